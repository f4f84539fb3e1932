// Vector functions that follow from exp and log: exp2, log2, log10, softplus, the hyperbolic ones
// and their inverses. Errors <= 2 ulp, of the inverse hyperbolic ones and of softplus <= 4.
#if defined(CT_BACKEND_CPU_SIMD_EXPONENTIAL_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef CT_BACKEND_CPU_SIMD_EXPONENTIAL_INL_HPP
#undef CT_BACKEND_CPU_SIMD_EXPONENTIAL_INL_HPP
#else
#define CT_BACKEND_CPU_SIMD_EXPONENTIAL_INL_HPP
#endif

#include "backend_cpu/simd/pointwise/math-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {

template <class D, class V>
HWY_INLINE V Exp2(D d, V x) {
  using F = FormatOf<D>;
  using T = hn::TFromD<D>;
  constexpr bool kFloat = std::is_same_v<T, float>;
  const hn::RebindToUnsigned<D> bits;
  const V t = Limit(d, x, kFloat ? T{-152} : T{-1080}, kFloat ? T{129} : T{1025});
  const V magic = hn::Set(d, F::kRoundMagic);
  const V shifted = hn::Add(t, magic);
  const V r = hn::Sub(t, hn::Sub(shifted, magic)) * hn::Set(d, static_cast<T>(0.6931471805599453));
  const V expm1_r = hn::MulAdd(r * r, Polynomial(d, r, F::kExp), r);
  const auto exponent = hn::Sub(hn::BitCast(bits, shifted), hn::BitCast(bits, magic));
  return ScaledExp(d, ExpParts<V, decltype(exponent)>{expm1_r, exponent});
}

/// fn on the two halves of a vector of floats, in double.
template <class D, class V, class F>
HWY_INLINE V InDouble(D d, V x, F fn) {
  const hn::Half<D> half;
  const hn::Rebind<double, decltype(half)> wide;
  const auto low = fn(wide, hn::PromoteTo(wide, hn::LowerHalf(half, x)));
  const auto high = fn(wide, hn::PromoteTo(wide, hn::UpperHalf(half, x)));
  return hn::Combine(d, hn::DemoteTo(half, high), hn::DemoteTo(half, low));
}

/// In double: what is exact (log2 of a power of two, log10 of one of ten) comes out exact.
template <class D, class V>
HWY_INLINE V Log2(D d, V x) {
  if constexpr (std::is_same_v<hn::TFromD<D>, float>) {
    return InDouble(
        d, x, [](auto w, auto v) HWY_ATTR { return Log(w, v) * hn::Set(w, 1.4426950408889634); });
  } else {
    return PerLane(d, x, [](double v) { return std::log2(v); });
  }
}
template <class D, class V>
HWY_INLINE V Log10(D d, V x) {
  if constexpr (std::is_same_v<hn::TFromD<D>, float>) {
    return InDouble(
        d, x, [](auto w, auto v) HWY_ATTR { return Log(w, v) * hn::Set(w, 0.4342944819032518); });
  } else {
    return PerLane(d, x, [](double v) { return std::log10(v); });
  }
}

template <class D, class V>
HWY_INLINE V Softplus(D d, V x) {
  // Of x86's max, the second operand wins when one is NaN.
  return hn::Add(hn::Max(hn::Zero(d), x), Log1p(d, Exp(d, hn::Neg(hn::Abs(x)))));
}

/// exp(a) / 2 for a >= 0, which does not overflow before sinh does.
template <class D, class V>
HWY_INLINE V HalfExp(D d, V a) {
  using F = FormatOf<D>;
  const hn::RebindToUnsigned<D> bits;
  const auto parts = ReduceExp(d, Limit(d, a, F::kExpLowest, F::kExpHighest + 1));
  const auto exponent = hn::Sub(parts.exponent, hn::Set(bits, 1));
  return ScaledExp(d, ExpParts<V, hn::Vec<hn::RebindToUnsigned<D>>>{parts.expm1_r, exponent});
}

template <class D, class V>
HWY_INLINE V Sinh(D d, V x) {
  const V a = hn::Abs(x);
  const V one = hn::Set(d, 1);
  const V half = hn::Set(d, 0.5);
  const V t = Expm1(d, hn::Min(hn::Set(d, 20), a));
  const V small = half * hn::Add(t, t / hn::Add(t, one));
  return hn::CopySign(hn::IfThenElse(hn::Lt(a, hn::Set(d, 20)), small, HalfExp(d, a)), x);
}

template <class D, class V>
HWY_INLINE V Cosh(D d, V x) {
  const V e = HalfExp(d, hn::Abs(x));
  return hn::Add(e, hn::Set(d, 0.25) / e);
}

/// Beyond it, sqrt(x^2 +- 1) is |x|.
template <class T>
inline constexpr T kHyperbolicLarge = static_cast<T>(std::is_same_v<T, float> ? 1e5 : 1e9);

template <class D, class V>
HWY_INLINE V Asinh(D d, V x) {
  using T = hn::TFromD<D>;
  const V a = hn::Abs(x);
  const V one = hn::Set(d, 1);
  const auto large = hn::Lt(hn::Set(d, kHyperbolicLarge<T>), a);
  // log(a + sqrt(a^2 + 1)) = log1p(a + a^2 / (1 + sqrt(a^2 + 1)))
  const V safe = hn::IfThenElse(large, one, a);
  const V square = safe * safe;
  const V inner = hn::Add(safe, square / hn::Add(one, hn::Sqrt(hn::Add(square, one))));
  const V y = Log1p(d, hn::IfThenElse(large, hn::Sub(a, one), inner));
  const V ln2 = hn::IfThenElseZero(large, hn::Set(d, static_cast<T>(0.6931471805599453)));
  return hn::CopySign(hn::Add(y, ln2), x);
}

template <class D, class V>
HWY_INLINE V Acosh(D d, V x) {
  using T = hn::TFromD<D>;
  const V one = hn::Set(d, 1);
  const auto large = hn::Lt(hn::Set(d, kHyperbolicLarge<T>), x);
  const V t = hn::Sub(hn::IfThenElse(large, one, x), one);
  const V inner = hn::Add(t, hn::Sqrt(hn::MulAdd(t, t, hn::Add(t, t))));
  const V y = Log1p(d, hn::IfThenElse(large, hn::Sub(x, one), inner));
  const V ln2 = hn::IfThenElseZero(large, hn::Set(d, static_cast<T>(0.6931471805599453)));
  return hn::IfThenElse(hn::Lt(x, one), hn::Set(d, std::numeric_limits<T>::quiet_NaN()),
                        hn::Add(y, ln2));
}

template <class D, class V>
HWY_INLINE V Atanh(D d, V x) {
  const V a = hn::Abs(x);
  const V y = Log1p(d, hn::Add(a, a) / hn::Sub(hn::Set(d, 1), a));
  return hn::CopySign(hn::Set(d, 0.5) * y, x);
}

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // include guard, once per target
