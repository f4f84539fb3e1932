// Functions of one tensor, elementwise. Integers are computed in float32 where the result is not
// whole; half types in float32. Gradients at kinks and NaN are PyTorch's: docs/gradients.md.
#pragma once

#include <optional>

#include "customtensor/tensor.hpp"

namespace ct {

CT_API Tensor neg(const Tensor& x);
CT_API Tensor abs(const Tensor& x);   ///< gradient sign(x)
CT_API Tensor sign(const Tensor& x);  ///< 0 for NaN; gradient 0, as floor, ceil, round, trunc
CT_API Tensor square(const Tensor& x);
CT_API Tensor sqrt(const Tensor& x);
CT_API Tensor rsqrt(const Tensor& x);  ///< 1 / sqrt(x)
CT_API Tensor reciprocal(const Tensor& x);
CT_API Tensor exp(const Tensor& x);
CT_API Tensor exp2(const Tensor& x);
CT_API Tensor expm1(const Tensor& x);  ///< exp(x) - 1, exact near 0
CT_API Tensor log(const Tensor& x);
CT_API Tensor log2(const Tensor& x);
CT_API Tensor log10(const Tensor& x);
CT_API Tensor log1p(const Tensor& x);  ///< log(1 + x), exact near 0
CT_API Tensor sin(const Tensor& x);
CT_API Tensor cos(const Tensor& x);
CT_API Tensor tan(const Tensor& x);
CT_API Tensor asin(const Tensor& x);
CT_API Tensor acos(const Tensor& x);
CT_API Tensor atan(const Tensor& x);
CT_API Tensor sinh(const Tensor& x);
CT_API Tensor cosh(const Tensor& x);
CT_API Tensor asinh(const Tensor& x);
CT_API Tensor acosh(const Tensor& x);
CT_API Tensor atanh(const Tensor& x);
CT_API Tensor erf(const Tensor& x);
CT_API Tensor erfc(const Tensor& x);    ///< 1 - erf(x), exact where that is tiny
CT_API Tensor erfinv(const Tensor& x);  ///< inverse of erf
/// log |gamma(x)|. Computed in float64 where the device has it, as digamma and polygamma are: near
/// their roots they are differences of numbers about 1, of which some ulp remain as the error.
CT_API Tensor lgamma(const Tensor& x);
CT_API Tensor digamma(const Tensor& x);  ///< derivative of lgamma
CT_API Tensor floor(const Tensor& x);
CT_API Tensor ceil(const Tensor& x);
CT_API Tensor round(const Tensor& x);  ///< half to even
CT_API Tensor trunc(const Tensor& x);
CT_API Tensor frac(const Tensor& x);  ///< x - trunc(x)
/// Derivative number n of digamma. Errors: ValueError if n is negative.
CT_API Tensor polygamma(int64_t n, const Tensor& x);
/// log(x / (1 - x)); x is clamped to [eps, 1 - eps] if eps is given.
CT_API Tensor logit(const Tensor& x, std::optional<double> eps = std::nullopt);
/// x limited to [low, high], either of them absent; high where low > high. A NaN stays.
/// Gradient: of x 1 inside and at the bounds, of a bound 1 where it is the result; 0 of all where
/// the result is NaN.
/// Errors: ValueError if both are absent.
CT_API Tensor clamp(const Tensor& x, std::optional<Scalar> low,
                    std::optional<Scalar> high = std::nullopt);
/// The same with bounds that broadcast with x; an undefined one is absent.
CT_API Tensor clamp(const Tensor& x, const Tensor& low, const Tensor& high);
/// NaN and infinities replaced; by default by 0 and the dtype's highest and lowest finite values.
CT_API Tensor nan_to_num(const Tensor& x, double nan = 0.0,
                         std::optional<double> posinf = std::nullopt,
                         std::optional<double> neginf = std::nullopt);

}  // namespace ct
