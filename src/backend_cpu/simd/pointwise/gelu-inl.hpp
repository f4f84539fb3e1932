// GELU, a Φ(a) with the normal distribution function Φ, its approximation by tanh, and the
// derivatives of both. Each is b (1 - tail) of positive numbers and b tail of negative ones, where
// the tail is k exp(-t): b comes in before the power of two, because Φ(-13) is denormal where 13
// Φ(-13) is not, and t keeps more digits than a float, since rounding it would cost as many ulp as
// it is large. Errors in float <= 4 ulp, of the derivatives <= 6 but about -0.75, where they change
// their sign.
#if defined(CT_BACKEND_CPU_SIMD_GELU_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef CT_BACKEND_CPU_SIMD_GELU_INL_HPP
#undef CT_BACKEND_CPU_SIMD_GELU_INL_HPP
#else
#define CT_BACKEND_CPU_SIMD_GELU_INL_HPP
#endif

#include "backend_cpu/simd/pointwise/math-inl.hpp"
#include "core/program/special_functions.hpp"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {

template <class T>
struct GeluFormat;

// Beyond the last b the functions vanish whatever they are multiplied by: there exp(-t) has an
// exponent whose factor is 0 (Scaled in math-inl.hpp), and so has every greater b, set to the last.
template <>
struct GeluFormat<float> {
  static constexpr uint32_t kHighHalf = 0xfffff000U;  // 12 bits, whose square is exact
  static constexpr float kLast = 18.75F;
  static constexpr float kTanhLast = 12.95F;
  // 2 sqrt(2 / pi) / ln 2 without 2.3046875, and 0.044715 times it in two numbers
  static constexpr float kFirstLow = -0.00247930177F;
  static constexpr float kThird = 0.102943242F;
  static constexpr float kThirdLow = -2.01619832e-9F;
};

template <>
struct GeluFormat<double> {
  static constexpr uint64_t kHighHalf = 0xfffffffff8000000ULL;
  static constexpr double kLast = 53.25;
  static constexpr double kTanhLast = 26.81;
  static constexpr double kFirstLow = -0.002479301855675111;
  static constexpr double kThird = 0.1029432395800235;
  static constexpr double kThirdLow = -5.978177400718744e-18;
};

/// |b|, at most `last`. The second operand of x86's min wins when one is NaN.
template <class D, class V, class T>
HWY_INLINE V SizeUpTo(D d, T last, V b) {
  return hn::Min(hn::Set(d, last), hn::Abs(b));
}

/// exp(-a^2 / 2) of 0 <= a <= kLast.
template <class D, class V>
HWY_INLINE auto ExpOfSquare(D d, V a) {
  using F = FormatOf<D>;
  using T = hn::TFromD<D>;
  const hn::RebindToUnsigned<D> bits;
  // a^2 = square + rest
#if HWY_NATIVE_FMA
  const V square = a * a;
  const V rest = hn::MulSub(a, a, square);
  const V sum = square;
#else
  const auto high_half = hn::Set(bits, GeluFormat<T>::kHighHalf);
  const V high = hn::BitCast(d, hn::And(hn::BitCast(bits, a), high_half));
  const V square = high * high;
  const V rest = hn::Sub(a, high) * hn::Add(a, high);
  const V sum = hn::Add(square, rest);
#endif
  const V magic = hn::Set(d, F::kRoundMagic);
  const V minus_half = hn::Set(d, -0.5);
  const V shifted = hn::MulAdd(sum, hn::Set(d, static_cast<T>(-0.5 * 1.4426950408889634)), magic);
  const V n = hn::Sub(shifted, magic);
  V r = hn::NegMulAdd(n, hn::Set(d, F::kLn2High), minus_half * square);
  r = hn::NegMulAdd(n, hn::Set(d, F::kLn2Low), r);
  r = hn::MulAdd(minus_half, rest, r);
  const auto exponent = hn::Sub(hn::BitCast(bits, shifted), hn::BitCast(bits, magic));
  return ExpParts<V, decltype(exponent)>{ExpMinus1(d, r), exponent};
}

/// exp(b^2 / 2) Φ(-b) (1 + 1.28125 b) in u = (b - 3.625) / (b + 3.625), 2^-26.5. All but the last
/// step, which decides the rounding, in parts that do not wait for one another: 20% faster.
template <class D, class V>
HWY_INLINE V TailPolynomial(D d, V u) {
  const auto pair = [&](float low, float high)
                        HWY_ATTR { return hn::MulAdd(u, hn::Set(d, high), hn::Set(d, low)); };
  const V u2 = u * u;
  const V u4 = u2 * u2;
  const V low =
      hn::MulAdd(u2, pair(0.064035058F, -0.0462144911F), pair(-0.0736850128F, -0.0296791792F));
  V high =
      hn::MulAdd(u2, pair(-0.00190290646F, 0.000351221388F), pair(0.0169141218F, -0.00082483649F));
  high = hn::MulAdd(u4, hn::Set(d, 0.000224919524F), high);
  return hn::MulAdd(u, hn::MulAdd(u4, high, low), hn::Set(d, 0.581953466F));
}

/// 2 sqrt(2 / pi), and 0.044715 times it.
inline constexpr double kTanhFirst = 1.5957691216057308;
inline constexpr double kTanhThird = 0.07135481627260025;

/// exp(-t), t = kTanhFirst b + kTanhThird b^3, of 0 <= b <= kTanhLast.
template <class D, class V>
HWY_INLINE auto ExpOfCubic(D d, V b) {
  using T = hn::TFromD<D>;
  const hn::RebindToUnsigned<D> bits;
#if HWY_NATIVE_FMA
  using G = GeluFormat<T>;
  // t / ln 2 = b (first + third b^2), the bracket in two numbers: `first` has so few bits that its
  // difference from the sum is exact.
  const V first = hn::Set(d, static_cast<T>(2.3046875));
  const V third = hn::Set(d, G::kThird);
  const V square = b * b;
  const V sum = hn::MulAdd(square, third, first);
  V low = hn::MulAdd(square, hn::Set(d, G::kThirdLow), hn::Set(d, G::kFirstLow));
  low = hn::Add(low, hn::MulAdd(square, third, hn::Sub(first, sum)));
  low = hn::MulAdd(hn::MulSub(b, b, square), third, low);
  const V magic = hn::Set(d, FormatOf<D>::kRoundMagic);
  const V shifted = hn::NegMulAdd(b, sum, magic);
  V rest = hn::NegMulSub(b, sum, hn::Sub(shifted, magic));
  rest = hn::NegMulAdd(b, low, rest);
  const V expm1_r = ExpMinus1(d, rest * hn::Set(d, static_cast<T>(0.6931471805599453)));
  const auto exponent = hn::Sub(hn::BitCast(bits, shifted), hn::BitCast(bits, magic));
  return ExpParts<V, decltype(exponent)>{expm1_r, exponent};
#else
  if constexpr (std::is_same_v<T, double>) {
    return ReduceExp(d, hn::NegMulAdd(b * b, hn::Set(d, kTanhThird), hn::Set(d, -kTanhFirst)) * b);
  } else {  // in double
    const hn::Half<D> half;
    const hn::Rebind<double, decltype(half)> wide;
    const hn::Rebind<int32_t, decltype(half)> half_int;
    const hn::Rebind<int32_t, D> integers;
    const auto minus_t = [&](auto x) HWY_ATTR {
      const auto first = hn::Set(wide, -kTanhFirst);
      return hn::NegMulAdd(x * x, hn::Set(wide, kTanhThird), first) * x;
    };
    const auto t_low = minus_t(hn::PromoteTo(wide, hn::LowerHalf(half, b)));
    const auto t_high = minus_t(hn::PromoteTo(wide, hn::UpperHalf(half, b)));
    const auto n_low = hn::Round(t_low * hn::Set(wide, 1.4426950408889634));
    const auto n_high = hn::Round(t_high * hn::Set(wide, 1.4426950408889634));
    const auto rest = [&](auto t, auto n) HWY_ATTR {
      return hn::DemoteTo(half, hn::NegMulAdd(n, hn::Set(wide, 0.6931471805599453), t));
    };
    const V expm1_r = ExpMinus1(d, hn::Combine(d, rest(t_high, n_high), rest(t_low, n_low)));
    const auto exponent = hn::BitCast(
        bits, hn::Combine(integers, hn::DemoteTo(half_int, n_high), hn::DemoteTo(half_int, n_low)));
    return ExpParts<V, decltype(exponent)>{expm1_r, exponent};
  }
#endif
}

/// exp(b^2 / 2) Φ(-b) of 0 <= b <= kLast is `above` / `below`.
template <class D, class V>
HWY_INLINE V TailAbove(D d, V b) {
  const V middle = hn::Set(d, 3.625F);
  return TailPolynomial(d, hn::Sub(b, middle) / hn::Add(b, middle));
}
template <class D, class V>
HWY_INLINE V TailBelow(D d, V b) {
  return hn::MulAdd(b, hn::Set(d, 1.28125F), hn::Set(d, 1));
}

template <class D, class V>
HWY_INLINE V Gelu(D d, V a) {
  if constexpr (std::is_same_v<hn::TFromD<D>, float>) {
    const V size = SizeUpTo(d, GeluFormat<float>::kLast, a);
    const auto power = ExpOfSquare(d, size);
    // Divided early: the polynomial takes longer.
    const V factor = size / TailBelow(d, size);
    const V y = hn::MulAdd(factor, power.expm1_r, factor) * TailAbove(d, size);
    return hn::Sub(hn::Max(hn::Zero(d), a), Scaled(d, y, power.exponent));
  } else {
    return PerLane(d, a, [](double x) { return special::gelu(x); });
  }
}

/// a k exp(-t) where b is negative, else a (1 - k exp(-t)), exp(-t) being `power`.
template <class D, class V, class Parts>
HWY_INLINE V SlopeOfTail(D d, V a, V b, V k, const Parts& power) {
  const V one = hn::Set(d, 1);
  const auto negative = hn::Lt(b, hn::Zero(d));
  const V factor = hn::IfThenElse(negative, a, one);
  const V tail = Scaled(d, factor * hn::MulAdd(k, power.expm1_r, k), power.exponent);
  return hn::IfThenElse(negative, tail, a * hn::Sub(one, tail));
}

/// a times the derivative of gelu at b: the tail is Φ(-|b|) - |b| Φ'(b).
template <class D, class V>
HWY_INLINE V GeluSlope(D d, V a, V b) {
  if constexpr (std::is_same_v<hn::TFromD<D>, float>) {
    const V size = SizeUpTo(d, GeluFormat<float>::kLast, b);
    const auto power = ExpOfSquare(d, size);
    const V at_zero = hn::Set(d, 0.398942280F);  // Φ'(0) = 1 / sqrt(2 pi)
    const V k = hn::NegMulAdd(size, at_zero, TailAbove(d, size) / TailBelow(d, size));
    return SlopeOfTail(d, a, b, k, power);
  } else {
    return PerLane(d, a, b, [](double x, double y) { return x * special::gelu_slope(y); });
  }
}

template <class D, class V>
HWY_INLINE V GeluTanh(D d, V a) {
  const V size = SizeUpTo(d, GeluFormat<hn::TFromD<D>>::kTanhLast, a);
  const auto power = ExpOfCubic(d, size);
  const V e = ScaledExp(d, power);
  const V y = hn::MulAdd(size, power.expm1_r, size) / hn::Add(hn::Set(d, 1), e);
  return hn::Sub(hn::Max(hn::Zero(d), a), Scaled(d, y, power.exponent));
}

/// a times the derivative of gelu_tanh at b: with e = exp(-t), the tail is
/// e (1 + e - |b| t') / (1 + e)^2.
template <class D, class V>
HWY_INLINE V GeluTanhSlope(D d, V a, V b) {
  using T = hn::TFromD<D>;
  const V size = SizeUpTo(d, GeluFormat<T>::kTanhLast, b);
  const auto power = ExpOfCubic(d, size);
  const V e = ScaledExp(d, power);
  const V one = hn::Set(d, 1);
  const V slope = hn::MulAdd(size * size, hn::Set(d, static_cast<T>(3 * kTanhThird)),
                             hn::Set(d, static_cast<T>(kTanhFirst)));
  const V above = hn::NegMulAdd(size, slope, hn::Add(one, e));
  const V below = hn::MulAdd(e, hn::Add(hn::Set(d, 2), e), one);
  return SlopeOfTail(d, a, b, above / below, power);
}

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // include guard, once per target
