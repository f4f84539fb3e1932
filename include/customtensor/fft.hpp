// Discrete Fourier transforms, namespace ct::fft: names, defaults and meaning as torch.fft's. Real
// input may be of any type but float16 and bfloat16; of float64 the result is complex128, else
// complex64.
//
//   forward:  y[k] = sum over j of x[j] exp(-2πi jk/n)
//   inverse:  the same with + in the exponent
//
// n: the length, along which x is cut off or padded with zeros (default: x's own). norm: "backward"
// divides the inverse by n, "forward" the forward transform, "ortho" both by sqrt(n). Any n is fast
// but for those with large prime factors on custom_gpu. Every function has gradients of any order,
// of which each is the transform in the other direction.
//
// Errors: DTypeError for float16 and bfloat16, and for complex input where it must be real;
// ValueError
//         for n < 1, another norm, or an axis named twice; IndexError for an axis out of range
#pragma once

#include <optional>
#include <string_view>

#include "customtensor/tensor.hpp"

namespace ct::fft {

using Length = std::optional<int64_t>;

CT_API Tensor fft(const Tensor& x, Length n = std::nullopt, int64_t dim = -1,
                  std::string_view norm = "backward");
CT_API Tensor ifft(const Tensor& x, Length n = std::nullopt, int64_t dim = -1,
                   std::string_view norm = "backward");
/// Of real numbers: the first n/2 + 1 places, the others being their conjugates.
CT_API Tensor rfft(const Tensor& x, Length n = std::nullopt, int64_t dim = -1,
                   std::string_view norm = "backward");
/// The real numbers whose transform begins with x; n defaults to 2 (m - 1) for m places.
CT_API Tensor irfft(const Tensor& x, Length n = std::nullopt, int64_t dim = -1,
                    std::string_view norm = "backward");
/// The real transform of numbers whose second half are the conjugates of the first, which x has.
CT_API Tensor hfft(const Tensor& x, Length n = std::nullopt, int64_t dim = -1,
                   std::string_view norm = "backward");
/// The opposite: the first half of the inverse transform of real numbers.
CT_API Tensor ihfft(const Tensor& x, Length n = std::nullopt, int64_t dim = -1,
                    std::string_view norm = "backward");

/// Along several axes, `s` being their lengths (-1: x's own; empty: all). Empty dims: the last axes
/// of `s`, or all of them. rfftn halves the last one.
CT_API Tensor fftn(const Tensor& x, const Dims& s = {}, const Axes& dim = {},
                   std::string_view norm = "backward");
CT_API Tensor ifftn(const Tensor& x, const Dims& s = {}, const Axes& dim = {},
                    std::string_view norm = "backward");
CT_API Tensor rfftn(const Tensor& x, const Dims& s = {}, const Axes& dim = {},
                    std::string_view norm = "backward");
CT_API Tensor irfftn(const Tensor& x, const Dims& s = {}, const Axes& dim = {},
                     std::string_view norm = "backward");
CT_API Tensor fft2(const Tensor& x, const Dims& s = {}, const Axes& dim = {-2, -1},
                   std::string_view norm = "backward");
CT_API Tensor ifft2(const Tensor& x, const Dims& s = {}, const Axes& dim = {-2, -1},
                    std::string_view norm = "backward");
CT_API Tensor rfft2(const Tensor& x, const Dims& s = {}, const Axes& dim = {-2, -1},
                    std::string_view norm = "backward");
CT_API Tensor irfft2(const Tensor& x, const Dims& s = {}, const Axes& dim = {-2, -1},
                     std::string_view norm = "backward");

/// Frequencies of the places of fft's result in units of 1/d: 0, 1, … -2, -1 over n d.
CT_API Tensor fftfreq(int64_t n, double d = 1.0, const TensorOptions& options = {});
/// Of rfft's result: 0, 1, … n/2 over n d.
CT_API Tensor rfftfreq(int64_t n, double d = 1.0, const TensorOptions& options = {});

/// Frequency 0 in the middle, along `dim` (empty: all axes); and back where it was.
CT_API Tensor fftshift(const Tensor& x, const Axes& dim = {});
CT_API Tensor ifftshift(const Tensor& x, const Axes& dim = {});

}  // namespace ct::fft
