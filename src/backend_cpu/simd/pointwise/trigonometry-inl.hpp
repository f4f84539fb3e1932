// Sine, cosine and tangent of vectors. The argument is reduced to [-pi / 4, pi / 4] and a quadrant:
// in double with exact products below kSinLimit, by the C library beyond it. Errors <= 2 ulp, of
// the tangent <= 4.
#if defined(CT_BACKEND_CPU_SIMD_TRIGONOMETRY_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef CT_BACKEND_CPU_SIMD_TRIGONOMETRY_INL_HPP
#undef CT_BACKEND_CPU_SIMD_TRIGONOMETRY_INL_HPP
#else
#define CT_BACKEND_CPU_SIMD_TRIGONOMETRY_INL_HPP
#endif

#include "backend_cpu/simd/pointwise/math-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {

template <class T>
struct SinCoefficients;

template <>
struct SinCoefficients<float> {
  // (sin(r) - r) / r^3 and (cos(r) - 1 + r^2 / 2) / r^4 in r^2 on [-pi / 4, pi / 4], 2^-28, 2^-33
  static constexpr float kSin[] = {-0.16666655F, 0.008332157F, -0.00019514703F};
  static constexpr float kCos[] = {0.041666646F, -0.0013887308F, 2.4432295e-05F};
};

template <>
struct SinCoefficients<double> {
  // 2^-57.9, 2^-63.9
  static constexpr double kSin[] = {-0.1666666666666663,     0.008333333333322064,
                                    -0.00019841269829536866, 2.7557313600364173e-06,
                                    -2.505074411278316e-08,  1.589600064394454e-10};
  static constexpr double kCos[] = {0.041666666666666595,   -0.0013888888888872908,
                                    2.480158728875687e-05,  -2.755731415128655e-07,
                                    2.0875696944680274e-09, -1.1358329950226648e-11};
};

/// x = n pi / 2 + r with |r| <= pi / 4; `quadrant` holds n in its low bits.
template <class V, class VBits>
struct SinParts {
  V r;
  VBits quadrant;
};

/// For |x| below kSinLimit<T>.
template <class T>
inline constexpr T kSinLimit = static_cast<T>(1.0e6);

template <class D, class V>
HWY_INLINE auto ReduceSin(D d, V x) {
  // The high parts have 33 bits, n at most 20: n times them is exact.
  constexpr double kHigh = 0x1.921fb54400000p+0;
  constexpr double kMiddle = 0x1.0b4611a600000p-34;
  constexpr double kLow = 0x1.3198a2e037073p-69;
  constexpr double kTwoOverPi = 0.63661977236758134308;
  using F = FormatOf<D>;
  if constexpr (std::is_same_v<hn::TFromD<D>, double>) {
    const hn::RebindToUnsigned<D> bits;
    const V magic = hn::Set(d, F::kRoundMagic);
    const V shifted = hn::MulAdd(x, hn::Set(d, kTwoOverPi), magic);
    const V n = hn::Sub(shifted, magic);
    V r = hn::NegMulAdd(n, hn::Set(d, kHigh), x);
    r = hn::NegMulAdd(n, hn::Set(d, kMiddle), r);
    r = hn::NegMulAdd(n, hn::Set(d, kLow), r);
    const auto quadrant = hn::BitCast(bits, shifted);
    return SinParts<V, decltype(quadrant)>{r, quadrant};
  } else {
    // In double: exact enough for any argument below the limit, with or without FMA.
    const hn::Half<D> half;
    const hn::Rebind<double, decltype(half)> wide;
    const hn::Rebind<int32_t, decltype(half)> half_int;
    const hn::Rebind<int32_t, D> integers;
    const hn::RebindToUnsigned<D> bits;
    const auto low = hn::PromoteTo(wide, hn::LowerHalf(half, x));
    const auto high = hn::PromoteTo(wide, hn::UpperHalf(half, x));
    const auto n_low = hn::Round(low * hn::Set(wide, kTwoOverPi));
    const auto n_high = hn::Round(high * hn::Set(wide, kTwoOverPi));
    const auto reduce = [&](auto v, auto n) HWY_ATTR {
      v = hn::NegMulAdd(n, hn::Set(wide, kHigh), v);
      return hn::DemoteTo(half, hn::NegMulAdd(n, hn::Set(wide, kMiddle), v));
    };
    const V r = hn::Combine(d, reduce(high, n_high), reduce(low, n_low));
    const auto quadrant = hn::BitCast(
        bits, hn::Combine(integers, hn::DemoteTo(half_int, n_high), hn::DemoteTo(half_int, n_low)));
    return SinParts<V, decltype(quadrant)>{r, quadrant};
  }
}

/// sin and cos of |r| <= pi / 4.
template <class D, class V>
HWY_INLINE V SinSmall(D d, V r, V z) {
  return hn::MulAdd(r * z, Polynomial(d, z, SinCoefficients<hn::TFromD<D>>::kSin), r);
}
template <class D, class V>
HWY_INLINE V CosSmall(D d, V z) {
  const V tail = z * z * Polynomial(d, z, SinCoefficients<hn::TFromD<D>>::kCos);
  return hn::Add(hn::NegMulAdd(hn::Set(d, 0.5), z, hn::Set(d, 1)), tail);
}

/// sin(r + quadrant pi / 2).
template <class D, class V, class VBits>
HWY_INLINE V SinOfQuadrant(D d, V r, VBits quadrant) {
  const hn::RebindToUnsigned<D> bits;
  constexpr int kSignShift = sizeof(hn::TFromD<D>) * 8 - 2;
  const V z = r * r;
  const auto odd = hn::Ne(hn::And(quadrant, hn::Set(bits, 1)), hn::Zero(bits));
  const V y = hn::IfThenElse(hn::RebindMask(d, odd), CosSmall(d, z), SinSmall(d, r, z));
  const auto sign = hn::ShiftLeft<kSignShift>(hn::And(quadrant, hn::Set(bits, 2)));
  return hn::BitCast(d, hn::Xor(hn::BitCast(bits, y), sign));
}

/// y, and where |x| is beyond kSinLimit the C library's function instead: lane by lane, so that a
/// result does not depend on its neighbours.
template <class D, class V, class F>
HWY_INLINE V OrOfLarge(D d, V x, V y, F exact) {
  using T = hn::TFromD<D>;
  const auto small = hn::Lt(hn::Abs(x), hn::Set(d, kSinLimit<T>));
  if (HWY_LIKELY(hn::AllTrue(d, small))) return y;
  const auto one = [&](T v) { return static_cast<T>(exact(static_cast<double>(v))); };
  return hn::IfThenElse(small, y, PerLane(d, x, one));
}

template <class D, class V>
HWY_INLINE V Sin(D d, V x) {
  const auto parts = ReduceSin(d, x);
  const V y = hn::IfThenElse(hn::Eq(x, hn::Zero(d)), x, SinOfQuadrant(d, parts.r, parts.quadrant));
  return OrOfLarge(d, x, y, [](double v) { return std::sin(v); });
}

template <class D, class V>
HWY_INLINE V Cos(D d, V x) {
  const hn::RebindToUnsigned<D> bits;
  const auto parts = ReduceSin(d, x);
  const V y = SinOfQuadrant(d, parts.r, hn::Add(parts.quadrant, hn::Set(bits, 1)));
  return OrOfLarge(d, x, y, [](double v) { return std::cos(v); });
}

template <class D, class V>
HWY_INLINE V Tan(D d, V x) {
  const hn::RebindToUnsigned<D> bits;
  const auto parts = ReduceSin(d, x);
  const V z = parts.r * parts.r;
  const V sine = SinSmall(d, parts.r, z);
  const V cosine = CosSmall(d, z);
  // A quarter turn on, it is -cos / sin.
  const auto odd =
      hn::RebindMask(d, hn::Ne(hn::And(parts.quadrant, hn::Set(bits, 1)), hn::Zero(bits)));
  const V y = hn::IfThenElse(odd, hn::Neg(cosine), sine) / hn::IfThenElse(odd, sine, cosine);
  return OrOfLarge(d, x, hn::IfThenElse(hn::Eq(x, hn::Zero(d)), x, y),
                   [](double v) { return std::tan(v); });
}

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // include guard, once per target
