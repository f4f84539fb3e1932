// Fourier transforms: complex results by their parts.
#include "customtensor/fft.hpp"

#include "conformance/op_cases.hpp"
#include "customtensor/ops/complex.hpp"
#include "customtensor/ops/window.hpp"

namespace ct::test {

namespace {
using Inputs = const Tensors&;
Tensor z(Inputs x) { return complex(x[0], x[1]); }
Tensor parts(const Tensor& y) { return is_complex(y.dtype()) ? view_as_real(y) : y; }
}  // namespace

void add_fft_cases(std::vector<OpCase>& cases) {
  const auto row = [&](const char* name, std::vector<Shape> shapes,
                       std::function<Tensor(Inputs)> run) {
    cases.push_back({.name = name,
                     .shapes = std::move(shapes),
                     .run = [run = std::move(run)](Inputs x) { return square(parts(run(x))); },
                     .tolerance = kTranscendental32,
                     .half = false});
  };
  const std::vector<Shape> one = {{2, 6}, {2, 6}};
  row("fft::fft", one, [](Inputs x) { return fft::fft(z(x)); });
  row("fft::fft/real", {{2, 5}}, [](Inputs x) { return fft::fft(x[0]); });
  row("fft::fft/longer", one, [](Inputs x) { return fft::fft(z(x), 8, 1, "ortho"); });
  row("fft::fft/shorter", one, [](Inputs x) { return fft::fft(z(x), 4, 1, "forward"); });
  row("fft::fft/first axis", {{3, 4}, {3, 4}},
      [](Inputs x) { return fft::fft(z(x), std::nullopt, 0); });
  row("fft::fft/prime", {{1, 37}, {1, 37}}, [](Inputs x) { return fft::fft(z(x)); });
  row("fft::ifft", one, [](Inputs x) { return fft::ifft(z(x)); });
  row("fft::rfft", {{2, 6}}, [](Inputs x) { return fft::rfft(x[0]); });
  row("fft::rfft/odd", {{2, 7}},
      [](Inputs x) { return fft::rfft(x[0], std::nullopt, -1, "ortho"); });
  row("fft::irfft", {{2, 4}, {2, 4}}, [](Inputs x) { return fft::irfft(z(x)); });
  row("fft::irfft/odd", {{2, 4}, {2, 4}}, [](Inputs x) { return fft::irfft(z(x), 7); });
  row("fft::irfft/longer", {{2, 3}, {2, 3}}, [](Inputs x) { return fft::irfft(z(x), 10); });
  row("fft::hfft", {{2, 4}, {2, 4}}, [](Inputs x) { return fft::hfft(z(x), 7); });
  row("fft::ihfft", {{2, 6}}, [](Inputs x) { return fft::ihfft(x[0]); });
  row("fft::fft2", {{2, 3, 4}, {2, 3, 4}}, [](Inputs x) { return fft::fft2(z(x)); });
  row("fft::ifft2", {{2, 3, 4}, {2, 3, 4}}, [](Inputs x) { return fft::ifft2(z(x), {4, -1}); });
  row("fft::rfft2", {{2, 3, 4}}, [](Inputs x) { return fft::rfft2(x[0]); });
  row("fft::irfft2", {{2, 3, 3}, {2, 3, 3}}, [](Inputs x) { return fft::irfft2(z(x), {3, 4}); });
  row("fft::fftn", {{2, 3, 4}, {2, 3, 4}}, [](Inputs x) { return fft::fftn(z(x)); });
  row("fft::ifftn", {{2, 3, 4}, {2, 3, 4}}, [](Inputs x) { return fft::ifftn(z(x), {}, {0, 2}); });
  row("fft::rfftn", {{2, 3, 4}}, [](Inputs x) { return fft::rfftn(x[0], {4}); });
  row("fft::irfftn", {{2, 3, 3}, {2, 3, 3}}, [](Inputs x) { return fft::irfftn(z(x)); });
  row("fft::fftshift", {{3, 4}, {3, 4}}, [](Inputs x) { return fft::fftshift(z(x)); });
  row("fft::ifftshift", {{3, 5}, {3, 5}}, [](Inputs x) { return fft::ifftshift(z(x), {1}); });
  row("stft", {{2, 20}}, [](Inputs x) {
    const Tensor window = hann_window(8, true, {.dtype = x[0].dtype(), .device = x[0].device()});
    return stft(x[0], 8, {.hop_length = 4, .window = window});
  });
  row("istft", {{5, 4}, {5, 4}}, [](Inputs x) {
    const Tensor window =
        hamming_window(8, true, 0.54, 0.46, {.dtype = x[0].dtype(), .device = x[0].device()});
    return istft(z(x), 8, {.window = window});
  });
  const auto made = [&](const char* name, std::function<Tensor(const TensorOptions&)> make) {
    cases.push_back(
        {.name = name,
         .shapes = {{3, 5}},
         .run = [make = std::move(make)](
                    Inputs x) { return make({.dtype = x[0].dtype(), .device = x[0].device()}); },
         .differentiable = false});
  };
  made("fft::fftfreq", [](const TensorOptions& o) { return fft::fftfreq(5, 0.5, o); });
  made("fft::rfftfreq", [](const TensorOptions& o) { return fft::rfftfreq(6, 2.0, o); });
  made("hann_window", [](const TensorOptions& o) { return hann_window(7, true, o); });
  made("hamming_window",
       [](const TensorOptions& o) { return hamming_window(7, false, 0.5, 0.5, o); });
  made("blackman_window", [](const TensorOptions& o) { return blackman_window(7, true, o); });
  made("bartlett_window", [](const TensorOptions& o) { return bartlett_window(7, false, o); });
  made("kaiser_window", [](const TensorOptions& o) { return kaiser_window(7, true, 5.0, o); });
}

}  // namespace ct::test
