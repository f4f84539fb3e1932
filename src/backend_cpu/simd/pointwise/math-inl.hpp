// Vector functions on float and double: exp, expm1, log, log1p, tanh, sigmoid, erf, pow; sin and
// cos are in trigonometry-inl.hpp.
//
// Each reduces its argument exactly, then evaluates a near-minimax polynomial fitted for this
// library (the bound of its relative error stands beside it). Measured errors: exp, log <= 1 ulp;
// the rest <= 2 ulp (sigmoid 2.2, tanh in double 3); float pow <= 1 ulp (computed in double).
// Correct at NaN, infinities, signed zeros and denormals.
#if defined(CT_BACKEND_CPU_SIMD_MATH_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef CT_BACKEND_CPU_SIMD_MATH_INL_HPP
#undef CT_BACKEND_CPU_SIMD_MATH_INL_HPP
#else
#define CT_BACKEND_CPU_SIMD_MATH_INL_HPP
#endif

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "backend_cpu/simd/pointwise/loops-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {

/// c[0] + x * (c[1] + x * ...), Horner.
template <class D, class V, class T, size_t kCount>
HWY_INLINE V Polynomial(D d, V x, const T (&c)[kCount]) {
  V y = hn::Set(d, c[kCount - 1]);
  for (size_t i = kCount - 1; i-- > 0;) y = hn::MulAdd(y, x, hn::Set(d, c[i]));
  return y;
}

// What the two formats differ in.
template <class T>
struct MathFormat;

template <>
struct MathFormat<float> {
  using Bits = uint32_t;
  static constexpr int kMantissaBits = 23;
  static constexpr Bits kBias = 127;
  static constexpr float kRoundMagic = 12582912.0F;  // 1.5 * 2^23: adding it rounds to integer
  static constexpr float kLn2High = 0.693359375F;    // 10 bits: times an exponent it is exact
  static constexpr float kLn2Low = -2.12194440e-4F;
  static constexpr float kExpLowest = -104.0F;  // exp underflows to 0 below, overflows above
  static constexpr float kExpHighest = 89.0F;
  static constexpr float kExpm1Lowest = -20.0F;    // expm1 is -1 below
  static constexpr float kExpm1Itself = 0x1p-26F;  // expm1 is its argument below
  static constexpr float kTanhHighest = 10.0F;     // tanh is 1 above
  // (exp(r) - 1 - r) / r^2 on [-ln 2 / 2, ln 2 / 2], 2^-28.2
  static constexpr float kExp[] = {0.49999994F, 0.16666515F, 0.04166846F, 0.008369423F,
                                   0.0013813089F};
};

template <>
struct MathFormat<double> {
  using Bits = uint64_t;
  static constexpr int kMantissaBits = 52;
  static constexpr Bits kBias = 1023;
  static constexpr double kRoundMagic = 6755399441055744.0;  // 1.5 * 2^52
  static constexpr double kLn2High = 0x1.62e42fef00000p-1;   // 33 bits
  static constexpr double kLn2Low = 0x1.473de6af278edp-34;
  static constexpr double kExpLowest = -746.0;
  static constexpr double kExpHighest = 710.0;
  static constexpr double kExpm1Lowest = -45.0;
  static constexpr double kExpm1Itself = 0x1p-55;
  static constexpr double kTanhHighest = 22.0;
  // 2^-57.8
  static constexpr double kExp[] = {0.5000000000000012,     0.16666666666666385,
                                    0.04166666666651897,    0.008333333333507513,
                                    0.0013888888946963901,  0.00019841269486628593,
                                    2.4801489310984514e-05, 2.7557596685679925e-06,
                                    2.7631700799330365e-07, 2.4999168618170516e-08};
};

template <class D>
using FormatOf = MathFormat<hn::TFromD<D>>;

/// x = n ln 2 + r with integer n and |r| <= ln 2 / 2: expm1_r is exp(r) - 1, `exponent` holds n in
/// its low bits (as a sum with the magic number).
template <class V, class VBits>
struct ExpParts {
  V expm1_r;
  VBits exponent;
};

/// exp(r) - 1 for |r| <= ln 2 / 2.
template <class D, class V>
HWY_INLINE V ExpMinus1(D d, V r) {
  return hn::MulAdd(r * r, Polynomial(d, r, FormatOf<D>::kExp), r);
}

template <class D, class V>
HWY_INLINE auto ReduceExp(D d, V x) {
  using F = FormatOf<D>;
  using T = hn::TFromD<D>;
  const hn::RebindToUnsigned<D> bits;
  const V magic = hn::Set(d, F::kRoundMagic);
  const V shifted = hn::MulAdd(x, hn::Set(d, static_cast<T>(1.4426950408889634)), magic);
  const V n = hn::Sub(shifted, magic);
  V r = hn::NegMulAdd(n, hn::Set(d, F::kLn2High), x);
  r = hn::NegMulAdd(n, hn::Set(d, F::kLn2Low), r);
  const auto exponent = hn::Sub(hn::BitCast(bits, shifted), hn::BitCast(bits, magic));
  return ExpParts<V, decltype(exponent)>{ExpMinus1(d, r), exponent};
}

/// 2^k for k in the exponent range, k in the low bits.
template <class D, class VBits>
HWY_INLINE hn::Vec<D> PowerOf2(D d, VBits k) {
  using F = FormatOf<D>;
  const hn::RebindToUnsigned<D> bits;
  return hn::BitCast(d, hn::ShiftLeft<F::kMantissaBits>(hn::Add(k, hn::Set(bits, F::kBias))));
}

/// x limited to [low, high]; NaN stays.
template <class D, class V, class T>
HWY_INLINE V Limit(D d, V x, T low, T high) {
  return hn::Max(hn::Set(d, low), hn::Min(hn::Set(d, high), x));
}

/// y 2^n for n beyond the exponent range, by two factors: where the result is denormal or
/// overflows. n >= -2 bias; at that n, and the next, a factor is 0.
template <class D, class V, class VBits>
HWY_INLINE V Scaled(D d, V y, VBits n) {
  using F = FormatOf<D>;
  const hn::RebindToUnsigned<D> bits;
  // Exponents as they are stored, with a bias each.
  const auto both = hn::Add(n, hn::Set(bits, 2 * F::kBias));
  const auto half = hn::ShiftRight<1>(both);
  return y * hn::BitCast(d, hn::ShiftLeft<F::kMantissaBits>(half)) *
         hn::BitCast(d, hn::ShiftLeft<F::kMantissaBits>(hn::Sub(both, half)));
}

/// exp(r) 2^n of its parts.
template <class D, class Parts>
HWY_INLINE hn::Vec<D> ScaledExp(D d, const Parts& parts) {
  return Scaled(d, hn::Add(parts.expm1_r, hn::Set(d, 1)), parts.exponent);
}

template <class D, class V>
HWY_INLINE V Exp(D d, V x) {
  using F = FormatOf<D>;
  return ScaledExp(d, ReduceExp(d, Limit(d, x, F::kExpLowest, F::kExpHighest)));
}

template <class D, class V>
HWY_INLINE V Expm1(D d, V x) {
  using F = FormatOf<D>;
  const hn::RebindToUnsigned<D> bits;
  const auto parts = ReduceExp(d, Limit(d, x, F::kExpm1Lowest, F::kExpHighest));
  // 2 * (2^(n-1) (exp(r) - 1) + (2^(n-1) - 1/2)): the halving keeps 2^n in range at the top.
  const V scale = PowerOf2(d, hn::Sub(parts.exponent, hn::Set(bits, 1)));
  const V half = hn::Set(d, 0.5);
  const V y = hn::MulAdd(scale, parts.expm1_r, hn::Sub(scale, half));
  // So small an x is the result, a denormal one too, of which half may be lost; and -0.
  const auto itself = hn::Lt(hn::Abs(x), hn::Set(d, F::kExpm1Itself));
  return hn::IfThenElse(itself, x, hn::Add(y, y));
}

/// A positive x = 2^e (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)).
template <class V>
struct LogParts {
  V e, f;
};

template <class D, class V>
HWY_INLINE LogParts<V> ReduceLog(D d, V x) {
  using F = FormatOf<D>;
  using T = hn::TFromD<D>;
  const hn::RebindToUnsigned<D> bits;
  using Bits = typename F::Bits;
  constexpr auto kOne = F::kBias << F::kMantissaBits;
  constexpr Bits kSqrtHalf = std::is_same_v<T, float> ? static_cast<Bits>(0x3f3504f3U)
                                                      : static_cast<Bits>(0x3fe6a09e667f3bcdULL);
  constexpr Bits kMantissa = (Bits{1} << F::kMantissaBits) - 1;
  // 2^23 (2^52) with a biased exponent in its low bits is 2^23 + that exponent.
  constexpr T kIntegers = std::is_same_v<T, float> ? T{8388608} : T{4503599627370496};
  const auto u = hn::Add(hn::BitCast(bits, x), hn::Set(bits, kOne - kSqrtHalf));
  const auto biased =
      hn::Or(hn::ShiftRight<F::kMantissaBits>(u), hn::BitCast(bits, hn::Set(d, kIntegers)));
  const V e = hn::Sub(hn::BitCast(d, biased), hn::Set(d, kIntegers + static_cast<T>(F::kBias)));
  const auto m = hn::Add(hn::And(u, hn::Set(bits, kMantissa)), hn::Set(bits, kSqrtHalf));
  return {e, hn::Sub(hn::BitCast(d, m), hn::Set(d, 1))};
}

/// e ln 2 + log(1 + f) + correction, the correction being much smaller than the rest.
template <class D, class V>
HWY_INLINE V LogOfParts(D d, LogParts<V> parts, V correction) {
  using F = FormatOf<D>;
  using T = hn::TFromD<D>;
  const V f = parts.f;
  const V low = hn::MulAdd(parts.e, hn::Set(d, F::kLn2Low), correction);
  const V high = parts.e * hn::Set(d, F::kLn2High);
  const V f2 = f * f;
  if constexpr (std::is_same_v<T, float>) {
    // (log(1 + f) - f + f^2 / 2) / f^3, 2^-30.3
    constexpr float kLog[] = {0.33333313F,  -0.2500001F, 0.20002125F,  -0.16668026F, 0.14219455F,
                              -0.12405088F, 0.11888319F, -0.11678351F, 0.0674943F};
    V y = hn::MulAdd(f2 * f, Polynomial(d, f, kLog), low);
    y = hn::NegMulAdd(hn::Set(d, 0.5F), f2, y);
    return hn::Add(high, hn::Add(f, y));
  } else {
    // s = f / (2 + f): log(1 + f) = f - (f^2 / 2 - s (f^2 / 2 + R)), R = s^2 P(s^2), 2^-58.5
    constexpr double kLog[] = {0.6666666666666734,  0.39999999999415176, 0.285714287422845,
                               0.22222198583161454, 0.1818356383226654,  0.15314062675350995,
                               0.14795832665356698};
    const V s = f / hn::Add(f, hn::Set(d, 2.0));
    const V z = s * s;
    const V half_f2 = hn::Set(d, 0.5) * f2;
    const V rest = hn::MulAdd(s, hn::MulAdd(z, Polynomial(d, z, kLog), half_f2), low);
    return hn::Sub(high, hn::Sub(hn::Sub(half_f2, rest), f));
  }
}

template <class D, class V>
HWY_INLINE V Log(D d, V x) {
  using T = hn::TFromD<D>;
  const V zero = hn::Zero(d);
  const V infinity = hn::Set(d, std::numeric_limits<T>::infinity());
  // Denormals are scaled into the normal range.
  constexpr T kScale = std::is_same_v<T, float> ? T{33554432} : T{18014398509481984};  // 2^25, 2^54
  constexpr T kScaleLog2 = std::is_same_v<T, float> ? T{25} : T{54};
  const auto denormal = hn::Lt(x, hn::Set(d, std::numeric_limits<T>::min()));
  auto parts = ReduceLog(d, hn::IfThenElse(denormal, x * hn::Set(d, kScale), x));
  parts.e = hn::Sub(parts.e, hn::IfThenElseZero(denormal, hn::Set(d, kScaleLog2)));
  V y = LogOfParts(d, parts, zero);
  // Also true for NaN: x stays, infinity too.
  y = hn::IfThenElse(hn::Lt(x, infinity), y, x);
  y = hn::IfThenElse(hn::Eq(x, zero), hn::Neg(infinity), y);
  return hn::IfThenElse(hn::Lt(x, zero), hn::Set(d, std::numeric_limits<T>::quiet_NaN()), y);
}

template <class D, class V>
HWY_INLINE V Log1p(D d, V x) {
  using T = hn::TFromD<D>;
  const V zero = hn::Zero(d);
  const V one = hn::Set(d, 1);
  const V infinity = hn::Set(d, std::numeric_limits<T>::infinity());
  const V u = hn::Add(one, x);
  // What rounding 1 + x lost, exactly.
  const V lost =
      hn::IfThenElse(hn::Lt(x, one), hn::Sub(x, hn::Sub(u, one)), hn::Sub(one, hn::Sub(u, x)));
  V y = LogOfParts(d, ReduceLog(d, u), lost / u);
  y = hn::IfThenElse(hn::Lt(x, infinity), y, x);
  y = hn::IfThenElse(hn::Eq(x, zero), x, y);  // keeps -0
  y = hn::IfThenElse(hn::Eq(u, zero), hn::Neg(infinity), y);
  return hn::IfThenElse(hn::Lt(u, zero), hn::Set(d, std::numeric_limits<T>::quiet_NaN()), y);
}

template <class D, class V>
HWY_INLINE V Tanh(D d, V x) {
  using F = FormatOf<D>;
  const V a = hn::Min(hn::Set(d, F::kTanhHighest), hn::Abs(x));
  const V two = hn::Set(d, 2);
  if constexpr (std::is_same_v<hn::TFromD<D>, float>) {
    // (tanh(x) - x) / x^3 in x^2 up to 0.625, 2^-27.8; above, 1 - 2 / (exp(2x) + 1)
    constexpr float kSmall[] = {-0.3333328F, 0.13331443F, -0.053739745F, 0.020639174F,
                                -0.0057050735F};
    const V z = a * a;
    const V small = hn::MulAdd(a * z, Polynomial(d, z, kSmall), a);
    const auto parts = ReduceExp(d, hn::Add(a, a));
    const V scale = PowerOf2(d, parts.exponent);
    const V exp_plus_1 = hn::Add(hn::MulAdd(scale, parts.expm1_r, scale), hn::Set(d, 1));
    const V large = hn::Sub(hn::Set(d, 1), two / exp_plus_1);
    return hn::CopySign(hn::IfThenElse(hn::Lt(a, hn::Set(d, 0.625F)), small, large), x);
  } else {
    // expm1(2|x|) / (expm1(2|x|) + 2): with a positive argument the errors shrink.
    const V t = Expm1(d, hn::Add(a, a));
    return hn::CopySign(t / hn::Add(t, two), x);
  }
}

template <class D, class V>
HWY_INLINE V Sigmoid(D d, V x) {
  const V one = hn::Set(d, 1);
  const V e = Exp(d, hn::Neg(hn::Abs(x)));
  return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), e, one) / hn::Add(one, e);
}

template <class D, class V>
HWY_INLINE V Erf(D d, V x) {
  if constexpr (std::is_same_v<hn::TFromD<D>, float>) {
    // (erf(x) - x) / x in x^2 up to 0.95, 2^-30.6; -log(erfc(x)) on [0.92, 4], 2^-29.3 of erf
    constexpr float kSmall[] = {0.12837917F,   -0.37612632F,    0.112836644F, -0.026857724F,
                                0.0051969867F, -0.00080980116F, 8.186143e-05F};
    constexpr float kLarge[] = {0.00019560657F, 1.127676F,     0.6371815F,     0.10393234F,
                                -0.022227343F,  0.0030433403F, -0.00019595165F};
    const V a = hn::Abs(x);
    const V small = hn::MulAdd(x, Polynomial(d, x * x, kSmall), x);
    // Above 4 the float result is 1. NaN stays.
    const V t = hn::Min(hn::Set(d, 4.0F), a);
    const auto parts = ReduceExp(d, hn::Neg(Polynomial(d, t, kLarge)));
    const V scale = PowerOf2(d, parts.exponent);
    const V large = hn::Sub(hn::Sub(hn::Set(d, 1.0F), scale), scale * parts.expm1_r);
    return hn::IfThenElse(hn::Lt(a, hn::Set(d, 0.9375F)), small, hn::CopySign(large, x));
  } else {
    return PerLane(d, x, [](double v) { return std::erf(v); });
  }
}

/// |x|^y in double, good to float's precision; x and y come from floats.
template <class D, class V>
HWY_INLINE V PowOfAbs(D d, V x, V y) {
  // (log((1 + s) / (1 - s)) - 2 s) / s^3 in s^2, 2^-43.9; exp as above, 2^-34.1
  constexpr double kLog[] = {0.666666666757928, 0.3999999562471589, 0.28572108839659205,
                             0.22176202588478128, 0.19583943401180318};
  constexpr double kExp[] = {0.5000000071911087,   0.16666665825117685,   0.04166627972481475,
                             0.008333502483604123, 0.0013945786433269092, 0.0001978998711257871};
  using F = FormatOf<D>;
  const hn::RebindToUnsigned<D> bits;
  const V infinity = hn::Set(d, std::numeric_limits<double>::infinity());
  const V a = hn::Abs(x);
  const auto parts = ReduceLog(d, a);
  const V s = parts.f / hn::Add(parts.f, hn::Set(d, 2.0));
  const V z = s * s;
  const V log_f = hn::MulAdd(s * z, Polynomial(d, z, kLog), hn::Add(s, s));
  // log2(x)
  V log2_x = hn::MulAdd(log_f, hn::Set(d, 1.4426950408889634), parts.e);
  log2_x = hn::IfThenElse(hn::Lt(a, infinity), log2_x, a);
  log2_x = hn::IfThenElse(hn::Eq(a, hn::Zero(d)), hn::Neg(infinity), log2_x);
  // 2^t; beyond +-200 a float has long overflowed or vanished.
  const V t = Limit(d, y * log2_x, -200.0, 200.0);
  const V magic = hn::Set(d, F::kRoundMagic);
  const V shifted = hn::Add(t, magic);
  const V r = hn::Sub(t, hn::Sub(shifted, magic)) * hn::Set(d, 0.6931471805599453);
  const V exp_r = hn::Add(hn::MulAdd(r * r, Polynomial(d, r, kExp), r), hn::Set(d, 1.0));
  return exp_r * PowerOf2(d, hn::Sub(hn::BitCast(bits, shifted), hn::BitCast(bits, magic)));
}

template <class D, class V>
HWY_INLINE V Pow(D d, V x, V y) {
  if constexpr (std::is_same_v<hn::TFromD<D>, double>) {
    return PerLane(d, x, y, [](double a, double b) { return std::pow(a, b); });
  } else {
    const hn::Half<D> half;
    const hn::Rebind<double, decltype(half)> wide;
    const auto low = PowOfAbs(wide, hn::PromoteTo(wide, hn::LowerHalf(half, x)),
                              hn::PromoteTo(wide, hn::LowerHalf(half, y)));
    const auto high = PowOfAbs(wide, hn::PromoteTo(wide, hn::UpperHalf(half, x)),
                               hn::PromoteTo(wide, hn::UpperHalf(half, y)));
    V r = hn::Combine(d, hn::DemoteTo(half, high), hn::DemoteTo(half, low));
    const V zero = hn::Zero(d);
    const V one = hn::Set(d, 1.0F);
    const V infinity = hn::Set(d, std::numeric_limits<float>::infinity());
    // Negative bases: odd exponents keep the sign, fractions have no real result.
    const V half_y = hn::Set(d, 0.5F) * y;
    const auto whole = hn::Eq(hn::Trunc(y), y);
    const auto odd = hn::And(whole, hn::Ne(hn::Trunc(half_y), half_y));
    r = hn::IfThenElse(odd, hn::CopySign(r, x), r);
    const auto no_result =
        hn::And(hn::And(hn::Lt(x, zero), hn::Gt(x, hn::Neg(infinity))), hn::Not(whole));
    r = hn::IfThenElse(no_result, hn::Set(d, std::numeric_limits<float>::quiet_NaN()), r);
    // 1 whatever the other operand is: x^0, 1^y, (-1)^(+-inf).
    const auto is_one = hn::Or(hn::Or(hn::Eq(y, zero), hn::Eq(x, one)),
                               hn::And(hn::Eq(x, hn::Neg(one)), hn::Eq(hn::Abs(y), infinity)));
    return hn::IfThenElse(is_one, one, r);
  }
}

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // include guard, once per target
