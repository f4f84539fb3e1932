// Windows, and the short-time Fourier transform that uses them. Names and defaults as PyTorch's.
#pragma once

#include <optional>

#include "customtensor/ops/shape.hpp"
#include "customtensor/tensor.hpp"

namespace ct {

// n values. `periodic`: those of a window of n + 1 without the last, as spectra need them; else
// symmetric. A window of one value is 1. Errors: ValueError for n < 0; DTypeError unless floating.

/// (1 - cos 2πi/N) / 2
CT_API Tensor hann_window(int64_t n, bool periodic = true, const TensorOptions& options = {});
/// alpha - beta cos 2πi/N
CT_API Tensor hamming_window(int64_t n, bool periodic = true, double alpha = 0.54,
                             double beta = 0.46, const TensorOptions& options = {});
/// 0.42 - 0.5 cos 2πi/N + 0.08 cos 4πi/N
CT_API Tensor blackman_window(int64_t n, bool periodic = true, const TensorOptions& options = {});
/// A triangle: 1 - |2i/N - 1|
CT_API Tensor bartlett_window(int64_t n, bool periodic = true, const TensorOptions& options = {});
/// I0(beta sqrt(1 - (2i/N - 1)²)) / I0(beta)
CT_API Tensor kaiser_window(int64_t n, bool periodic = true, double beta = 12.0,
                            const TensorOptions& options = {});

struct StftOptions {
  std::optional<int64_t> hop_length = std::nullopt;  ///< default: n_fft / 4
  std::optional<int64_t> win_length = std::nullopt;  ///< default: n_fft
  Tensor window = {};  ///< (win_length); undefined: ones. Shorter ones stand in the middle of n_fft
  bool center = true;  ///< frames are centred: x is padded by n_fft / 2 on both sides
  PadMode pad_mode = PadMode::reflect;
  bool normalized = false;  ///< divided by sqrt(n_fft)
  bool onesided = true;     ///< n_fft / 2 + 1 frequencies: false for complex x, or for all
  std::optional<int64_t> length = std::nullopt;  ///< istft: of the result
};

/// Fourier transforms of overlapping frames.
///
/// Shapes:   x (length) or (batch, length) -> complex (…, frequencies, frames)
/// Errors:   ShapeError for another rank or an x shorter than a frame; ValueError for a hop or
/// window
///           length that is not positive, or a window length above n_fft
/// Gradient: through the transform and the frames, which add up where they overlap
/// Source:   torch.stft with return_complex
CT_API Tensor stft(const Tensor& x, int64_t n_fft, const StftOptions& options = {});

/// The signal whose frames have these transforms, by least squares: frames times window, added up
/// and divided by the sum of the windows' squares.
///
/// Shapes:   z (…, frequencies, frames), complex -> (…, length)
/// Errors:   as stft; ValueError where the windows leave a gap
/// Source:   torch.istft
CT_API Tensor istft(const Tensor& z, int64_t n_fft, const StftOptions& options = {});

}  // namespace ct
