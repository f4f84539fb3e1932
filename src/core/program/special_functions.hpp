// Functions of one number that the C library lacks, in float64: what constants are folded with, and
// what the cpu device computes where no vector form pays. Errors: a few ulp, but near roots.
#pragma once

#include "customtensor/export.hpp"

namespace ct::special {

/// log |gamma(x)|; infinite at whole numbers <= 0. (std::lgamma writes a global: not for threads.)
CT_API double lgamma(double x);
/// Derivative of lgamma; NaN at negative whole numbers, an infinity of the other sign at +-0.
CT_API double digamma(double x);
/// Derivative number n (whole, >= 0; else NaN) of digamma. Of n > 0, infinite at whole numbers <=
/// 0.
CT_API double polygamma(double n, double x);
/// The y with erf(y) = x; NaN outside of [-1, 1].
CT_API double erfinv(double x);
/// The normal distribution function Φ.
CT_API double normal_cdf(double x);
/// x Φ(x), 0 at -infinity, and its derivative.
CT_API double gelu(double x);
CT_API double gelu_slope(double x);
/// x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2, and its derivative.
CT_API double gelu_tanh(double x);
CT_API double gelu_tanh_slope(double x);
/// PyTorch's: a / b rounded down, as the quotient of remainder.
CT_API double floor_divide(double a, double b);
/// fmod with b's sign.
CT_API double remainder(double a, double b);

}  // namespace ct::special
