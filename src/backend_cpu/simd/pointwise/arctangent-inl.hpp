// Inverse trigonometric functions of vectors, and hypot. Polynomials fitted for this library; the
// bound of the relative error stands beside each. Errors <= 2 ulp, of atan2 <= 3.
#if defined(CT_BACKEND_CPU_SIMD_ARCTANGENT_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef CT_BACKEND_CPU_SIMD_ARCTANGENT_INL_HPP
#undef CT_BACKEND_CPU_SIMD_ARCTANGENT_INL_HPP
#else
#define CT_BACKEND_CPU_SIMD_ARCTANGENT_INL_HPP
#endif

#include "backend_cpu/simd/pointwise/math-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {

template <class T>
struct ArcCoefficients;

template <>
struct ArcCoefficients<float> {
  // (asin(x) - x) / x^3 in x^2 up to 1/4, 2^-27; (atan(x) - x) / x^3 up to tan(pi / 8)^2, 2^-29.7
  static constexpr float kAsin[] = {0.166667044F, 0.0749694929F, 0.045288302F, 0.0249909405F,
                                    0.0409000479F};
  static constexpr float kAtan[] = {-0.333333284F, 0.199991077F, -0.14254126F, 0.106643468F,
                                    -0.0624167956F};
  // What rounding pi / 2 to float leaves out.
  static constexpr float kHalfPiLow = -4.37113883e-8F;
};

template <>
struct ArcCoefficients<double> {
  // 2^-59.1, 2^-58.5
  static constexpr double kAsin[] = {
      0.16666666666666674,  0.07499999999993083,  0.044642857154497596, 0.030381943621814365,
      0.022372190535043114, 0.01735203029149555,  0.013976031601289362, 0.011436440905099874,
      0.010578247427606022, 0.004441018895723229, 0.019982631670792405, -0.018638604154174725,
      0.03119833905015063};
  static constexpr double kAtan[] = {
      -0.3333333333333332,  0.19999999999988116, -0.14285714283503778, 0.11111110940240078,
      -0.09090902034324391, 0.07692132500152389, -0.06663886485921573, 0.058533228136716554,
      -0.05062721877225709, 0.03863482549922976, -0.018506967177380235};
  static constexpr double kHalfPiLow = 6.123233995736766e-17;
};

/// asin(a) for 0 <= a <= 1/2, or for greater ones asin(sqrt((1 - a) / 2)) = (pi / 2 - asin(a)) / 2.
/// NaN above 1.
template <class V, class M>
struct AsinParts {
  V y;
  M large;
};
template <class D, class V>
HWY_INLINE auto ReduceAsin(D d, V a) {
  const auto large = hn::Lt(hn::Set(d, 0.5), a);
  const V half = hn::Set(d, 0.5);
  const V z = hn::IfThenElse(large, half * hn::Sub(hn::Set(d, 1), a), a * a);
  const V t = hn::IfThenElse(large, hn::Sqrt(z), a);
  const V y = hn::MulAdd(t * z, Polynomial(d, z, ArcCoefficients<hn::TFromD<D>>::kAsin), t);
  return AsinParts<V, decltype(large)>{y, large};
}

template <class D, class V>
HWY_INLINE V Asin(D d, V x) {
  using T = hn::TFromD<D>;
  const auto parts = ReduceAsin(d, hn::Abs(x));
  const V low = hn::Set(d, ArcCoefficients<T>::kHalfPiLow);
  const V turned = hn::Add(
      hn::Sub(hn::Set(d, static_cast<T>(1.5707963267948966)), hn::Add(parts.y, parts.y)), low);
  return hn::CopySign(hn::IfThenElse(parts.large, turned, parts.y), x);
}

template <class D, class V>
HWY_INLINE V Acos(D d, V x) {
  using T = hn::TFromD<D>;
  const auto parts = ReduceAsin(d, hn::Abs(x));
  const V half_pi = hn::Set(d, static_cast<T>(1.5707963267948966));
  const V low = hn::Set(d, ArcCoefficients<T>::kHalfPiLow);
  const auto negative = hn::Lt(x, hn::Zero(d));
  // Up to 1/2: pi / 2 - asin(x). Above: 2 y, or pi - 2 y of a negative x.
  const V small = hn::Sub(half_pi, hn::Sub(hn::CopySign(parts.y, x), low));
  const V twice = hn::Add(parts.y, parts.y);
  const V pi = hn::Add(half_pi, half_pi);
  const V large = hn::IfThenElse(negative, hn::Sub(pi, hn::Sub(twice, hn::Add(low, low))), twice);
  return hn::IfThenElse(parts.large, large, small);
}

/// atan(n / m) for n, m >= 0, finite, not both 0.
template <class D, class V>
HWY_INLINE V AtanOfRatio(D d, V n, V m) {
  using T = hn::TFromD<D>;
  // A NaN is in n, and the second operand of x86's min and max wins.
  const V least = hn::Min(m, n);
  const V most = hn::Max(m, n);
  // Above tan(pi / 8), from pi / 4: atan(r) = pi / 4 + atan((r - 1) / (r + 1)).
  const auto turned = hn::Lt(hn::Set(d, static_cast<T>(0.4142135623730950)) * most, least);
  const V t = hn::IfThenElse(turned, hn::Sub(least, most), least) /
              hn::IfThenElse(turned, hn::Add(least, most), most);
  const V z = t * t;
  const V tail = t * z * Polynomial(d, z, ArcCoefficients<T>::kAtan);
  const V half_pi = hn::Set(d, static_cast<T>(1.5707963267948966));
  const V low = hn::Set(d, ArcCoefficients<T>::kHalfPiLow);
  const V half = hn::Set(d, 0.5);
  const V base = hn::IfThenElseZero(turned, half * half_pi);
  const V base_low = hn::IfThenElseZero(turned, half * low);
  V y = hn::Add(base, hn::Add(t, hn::Add(tail, base_low)));
  // Of the other side, pi / 2 - y.
  const auto swapped = hn::Lt(m, n);
  const V rest = hn::Sub(hn::Sub(half_pi, base), hn::Sub(hn::Add(t, tail), hn::Sub(low, base_low)));
  return hn::IfThenElse(swapped, rest, y);
}

template <class D, class V>
HWY_INLINE V Atan(D d, V x) {
  using T = hn::TFromD<D>;
  // Of larger ones the result is pi / 2 rounded, and the sum of x and 1 is still finite.
  const V most = hn::Set(d, static_cast<T>(std::is_same_v<T, float> ? 1e30 : 1e300));
  // The second operand of x86's min wins when one is NaN.
  return hn::CopySign(AtanOfRatio(d, hn::Min(most, hn::Abs(x)), hn::Set(d, 1)), x);
}

template <class D, class V>
HWY_INLINE V Atan2(D d, V y, V x) {
  using T = hn::TFromD<D>;
  const V zero = hn::Zero(d);
  V n = hn::Abs(y);
  V m = hn::Abs(x);
  const V infinity = hn::Set(d, std::numeric_limits<T>::infinity());
  const auto both_infinite = hn::And(hn::Eq(n, infinity), hn::Eq(m, infinity));
  const auto both_zero = hn::And(hn::Eq(n, zero), hn::Eq(m, zero));
  const auto same = hn::Or(both_infinite, both_zero);
  const V one = hn::Set(d, 1);
  n = hn::IfThenElse(same, hn::IfThenElse(both_zero, zero, one), n);
  m = hn::IfThenElse(same, one, m);
  // One infinite operand: the ratio is 0 on that side.
  const auto n_infinite = hn::Eq(n, infinity);
  const auto m_infinite = hn::Eq(m, infinity);
  n = hn::IfThenElse(n_infinite, one, hn::IfThenElse(m_infinite, zero, n));
  m = hn::IfThenElse(n_infinite, zero, hn::IfThenElse(m_infinite, one, m));
  // Their sum must not overflow, and tiny ones are lifted so that their ratio keeps its digits.
  const V huge = hn::Set(d, std::numeric_limits<T>::max() / 4);
  const V scale = hn::IfThenElse(hn::Or(hn::Lt(huge, n), hn::Lt(huge, m)), hn::Set(d, 0.25), one);
  const V ratio = AtanOfRatio(d, n * scale, m * scale);
  const V pi = hn::Set(d, static_cast<T>(3.141592653589793));
  const V pi_low = hn::Set(d, 2 * ArcCoefficients<T>::kHalfPiLow);
  const auto left = hn::Eq(hn::CopySign(one, x), hn::Neg(one));
  const V result = hn::IfThenElse(left, hn::Sub(pi, hn::Sub(ratio, pi_low)), ratio);
  const auto nan = hn::Or(hn::IsNaN(x), hn::IsNaN(y));
  return hn::IfThenElse(nan, hn::Add(x, y), hn::CopySign(result, y));
}

/// sqrt(a^2 + b^2) without overflow or loss of tiny ones.
template <class D, class V>
HWY_INLINE V Hypot(D d, V a, V b) {
  using T = hn::TFromD<D>;
  constexpr bool kFloat = std::is_same_v<T, float>;
  constexpr T kLarge = static_cast<T>(kFloat ? 0x1p60 : 0x1p500);
  constexpr T kTiny = 1 / kLarge;
  constexpr T kDown = static_cast<T>(kFloat ? 0x1p-66 : 0x1p-530);
  constexpr T kUp = static_cast<T>(kFloat ? 0x1p86 : 0x1p600);
  const V x = hn::Abs(a);
  const V y = hn::Abs(b);
  const V most = hn::Max(x, y);
  const auto large = hn::Lt(hn::Set(d, kLarge), most);
  const auto tiny = hn::Lt(most, hn::Set(d, kTiny));
  const auto by = [&](T if_large, T if_tiny) HWY_ATTR {
    return hn::IfThenElse(large, hn::Set(d, if_large),
                          hn::IfThenElse(tiny, hn::Set(d, if_tiny), hn::Set(d, 1)));
  };
  const V scale = by(kDown, kUp);
  const V back = by(1 / kDown, 1 / kUp);
  const V p = x * scale;
  const V q = y * scale;
  const V result = hn::Sqrt(hn::MulAdd(p, p, q * q)) * back;
  const V infinity = hn::Set(d, std::numeric_limits<T>::infinity());
  return hn::IfThenElse(hn::Or(hn::Eq(x, infinity), hn::Eq(y, infinity)), infinity, result);
}

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // include guard, once per target
