// The short-time Fourier transform: frames are a view of the signal, each is transformed by one
// call; back, they are added up where they overlap.
#include <fmt/format.h>

#include <cmath>

#include "core/tensor/tensor_impl.hpp"
#include "customtensor/error.hpp"
#include "customtensor/fft.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/complex.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/indexing.hpp"
#include "customtensor/ops/reduce.hpp"
#include "customtensor/ops/window.hpp"
#include "ops/autocast.hpp"

namespace ct {

namespace {

/// The lengths of frames and the window of n_fft values.
struct Frames {
  int64_t n, hop;
  Tensor window;  ///< undefined: ones

  Frames(const char* op, int64_t n_fft, const StftOptions& options, DType dtype, Device device)
      : n(n_fft), hop(options.hop_length.value_or(n_fft / 4)) {
    const int64_t length = options.win_length.value_or(n_fft);
    if (n < 1 || hop < 1 || length < 1 || length > n) {
      throw ValueError(fmt::format(
          "{}: frames need 0 < win_length <= n_fft and 0 < hop_length: n_fft {}, hop_length {}, "
          "win_length {}",
          op, n, hop, length));
    }
    if (options.window.defined()) {
      if (options.window.shape() != Shape{length}) {
        throw ShapeError(fmt::format("{}: the window has shape {}: it must be ({})", op,
                                     to_string(options.window.shape()), length));
      }
      window = options.window;
    } else if (length < n) {
      window = ones({length}, {.dtype = dtype, .device = device});
    }
    if (window.defined() && length < n) {
      const int64_t before = (n - length) / 2;
      window = pad(window, {before, n - length - before});
    }
  }
};

}  // namespace

Tensor stft(const Tensor& x, int64_t n_fft, const StftOptions& options) {
  if (const ops::Autocast cast{"stft"}) {
    StftOptions wide = options;
    wide.window = cast(options.window);
    return stft(cast(x), n_fft, wide);
  }
  detail::check_defined(x, "stft", "x");
  const DType real = is_floating(real_type(x.dtype())) ? real_type(x.dtype()) : float32;
  const Frames frames("stft", n_fft, options, real, x.device());
  if (x.dim() < 1 || x.dim() > 2) {
    throw ShapeError(
        fmt::format("stft: the signal has shape {}: it must be (length) or (batch, "
                    "length)",
                    to_string(x.shape())));
  }
  Tensor signal = is_differentiable(x.dtype()) ? x : x.to(float32);
  if (options.center) {
    const Tensor batch = signal.dim() == 1 ? signal.unsqueeze(0) : signal;
    const Tensor padded = pad(batch, {n_fft / 2, n_fft / 2}, options.pad_mode);
    signal = signal.dim() == 1 ? padded.squeeze(0) : padded;
  }
  if (signal.size(-1) < n_fft) {
    throw ShapeError(
        fmt::format("stft: a signal of {} values is shorter than a frame of {}: shape {}",
                    signal.size(-1), n_fft, to_string(x.shape())));
  }
  Tensor parts = signal.unfold(-1, n_fft, frames.hop);
  if (frames.window.defined()) parts = parts * frames.window;
  const std::string_view norm = options.normalized ? "ortho" : "backward";
  const bool half = options.onesided && !is_complex(parts.dtype());
  const Tensor spectra =
      half ? fft::rfft(parts, std::nullopt, -1, norm) : fft::fft(parts, std::nullopt, -1, norm);
  return spectra.transpose(-2, -1);
}

Tensor istft(const Tensor& z, int64_t n_fft, const StftOptions& options) {
  detail::check_defined(z, "istft", "z");
  const int64_t rows = options.onesided ? n_fft / 2 + 1 : n_fft;
  if (!is_complex(z.dtype()) || z.dim() < 2 || z.dim() > 3 || z.size(-2) != rows) {
    throw ShapeError(
        fmt::format("istft: spectra are {} {}: they must be complex (…, {}, frames) for n_fft {}",
                    name(z.dtype()), to_string(z.shape()), rows, n_fft));
  }
  const DType real_dtype = real_type(z.dtype());
  const Frames frames("istft", n_fft, options, real_dtype, z.device());
  const std::string_view norm = options.normalized ? "ortho" : "backward";
  const Tensor spectra = z.transpose(-2, -1);
  Tensor parts = options.onesided ? fft::irfft(spectra, n_fft, -1, norm)
                                  : real(fft::ifft(spectra, n_fft, -1, norm));
  const Tensor window = frames.window.defined()
                            ? frames.window
                            : ones({n_fft}, {.dtype = real_dtype, .device = z.device()});
  parts = parts * window;
  // Where the values of each frame belong.
  const int64_t count = parts.size(-2), total = n_fft + frames.hop * (count - 1);
  const TensorOptions whole{.dtype = int64, .device = z.device()};
  const Tensor at =
      (arange(0, count * frames.hop, frames.hop, whole).unsqueeze(1) + arange(n_fft, whole))
          .reshape({-1});
  const auto added = [&](const Tensor& values) {
    Shape shape = values.shape();
    shape.erase(shape.rank() - 1);
    shape[shape.rank() - 1] = total;
    Shape flat = shape;
    flat[flat.rank() - 1] = count * n_fft;
    return index_add(zeros(shape, {.dtype = values.dtype(), .device = values.device()}), -1, at,
                     values.reshape(flat));
  };
  const Tensor weight = added(square(window).expand({count, n_fft}));
  const int64_t start = options.center ? n_fft / 2 : 0;
  const int64_t end =
      options.length ? start + *options.length : total - (options.center ? n_fft / 2 : 0);
  const int64_t there = std::min(end, total) - start;
  const Tensor used = weight.narrow(-1, start, there);
  if (detail::has_values(used) && there > 0 && !(min(used).item<double>() > 1e-11)) {
    throw ValueError(
        fmt::format("istft: the windows leave a gap: n_fft {}, hop_length {}: their squares must "
                    "add up to more "
                    "than 0 everywhere",
                    n_fft, frames.hop));
  }
  const Tensor out = added(parts).narrow(-1, start, there) / used;
  return end > total ? pad(out, {0, end - total}) : out;
}

}  // namespace ct
