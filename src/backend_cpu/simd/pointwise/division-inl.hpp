// Division with a remainder: fmod, remainder and floor_divide of floats and integers, and integer
// division. Exact: where the quotient has few digits, a float's remainder is computed in double and
// a double's by a fused multiply-add; else by the C library. Integers: the quotient by 0 is 0, so
// that the remainder is the dividend (ops report it where they can); lowest / -1 wraps.
#if defined(CT_BACKEND_CPU_SIMD_DIVISION_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef CT_BACKEND_CPU_SIMD_DIVISION_INL_HPP
#undef CT_BACKEND_CPU_SIMD_DIVISION_INL_HPP
#else
#define CT_BACKEND_CPU_SIMD_DIVISION_INL_HPP
#endif

#include <cmath>
#include <type_traits>

#include "backend_cpu/simd/pointwise/loops-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {

/// Truncated.
template <class D, class V>
HWY_INLINE V IntegerDivide(D d, V a, V b) {
  using T = hn::TFromD<D>;
  if constexpr (std::is_same_v<T, int32_t>) {
    // Quotients of int32 are exact in double once truncated.
    const hn::Half<D> half;
    const hn::Rebind<double, decltype(half)> wide;
    const auto quotient = [&](auto x, auto y) HWY_ATTR {
      return hn::DemoteTo(half, hn::PromoteTo(wide, x) / hn::PromoteTo(wide, y));
    };
    const auto zero = hn::Eq(b, hn::Zero(d));
    const auto minus = hn::Eq(b, hn::Set(d, -1));
    const V safe = hn::IfThenElse(zero, hn::Set(d, 1), b);
    const V q = hn::Combine(d, quotient(hn::UpperHalf(half, a), hn::UpperHalf(half, safe)),
                            quotient(hn::LowerHalf(half, a), hn::LowerHalf(half, safe)));
    return hn::IfThenElse(zero, hn::Zero(d), hn::IfThenElse(minus, hn::Neg(a), q));
  } else {
    return PerLane(d, a, b, [](T x, T y) -> T {
      if (y == 0) return 0;
      if (y == -1) return static_cast<T>(std::make_unsigned_t<T>{0} - std::make_unsigned_t<T>(x));
      return static_cast<T>(x / y);
    });
  }
}

/// fmod(a, b) of positive doubles whose quotient n is below 2^51: a - n b is exact, also where the
/// quotient was rounded up to the next whole number. The product n b must be exact, or the
/// multiply-add fused.
template <class D, class V>
HWY_INLINE V SmallFmod(D d, V a, V b) {
  const V n = hn::Trunc(a / b);
  const V r = hn::NegMulAdd(n, b, a);
  return hn::IfThenElse(hn::Lt(r, hn::Zero(d)), hn::Add(r, b), r);
}

template <class D, class V>
HWY_INLINE V Fmod(D d, V a, V b) {
  using T = hn::TFromD<D>;
  if constexpr (std::is_same_v<T, float>) {
    const V x = hn::Abs(a);
    const V y = hn::Abs(b);
    // False for NaN, for a zero divisor and for infinities.
    const auto easy =
        hn::And(hn::Lt(x * hn::Set(d, 0x1p-29F), y), hn::Lt(hn::Max(x, y), hn::Set(d, 0x1p127F)));
    if (HWY_LIKELY(hn::AllTrue(d, easy))) {
      const hn::Half<D> half;
      const hn::Rebind<double, decltype(half)> wide;
      const auto low = SmallFmod(wide, hn::PromoteTo(wide, hn::LowerHalf(half, x)),
                                 hn::PromoteTo(wide, hn::LowerHalf(half, y)));
      const auto high = SmallFmod(wide, hn::PromoteTo(wide, hn::UpperHalf(half, x)),
                                  hn::PromoteTo(wide, hn::UpperHalf(half, y)));
      return hn::CopySign(hn::Combine(d, hn::DemoteTo(half, high), hn::DemoteTo(half, low)), a);
    }
  }
#if HWY_NATIVE_FMA
  if constexpr (std::is_same_v<T, double>) {
    const V x = hn::Abs(a);
    const V y = hn::Abs(b);
    const auto easy =
        hn::And(hn::Lt(x * hn::Set(d, 0x1p-50), y), hn::Lt(hn::Max(x, y), hn::Set(d, 0x1p1023)));
    if (HWY_LIKELY(hn::AllTrue(d, easy))) return hn::CopySign(SmallFmod(d, x, y), a);
  }
#endif
  return PerLane(d, a, b, [](T p, T q) { return std::fmod(p, q); });
}

struct FmodOp {
  static constexpr int kUnroll = 1;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a, V b) const {
    if constexpr (std::is_floating_point_v<hn::TFromD<D>>) {
      return Fmod(d, a, b);
    } else {
      return hn::Sub(a, IntegerDivide(d, a, b) * b);
    }
  }
};

/// Where a remainder r with a's sign must move by b to have b's.
template <class D, class V>
HWY_INLINE auto HasOtherSign(D d, V r, V b) {
  const V zero = hn::Zero(d);
  const auto not_zero = hn::And(hn::Not(hn::Eq(r, zero)), hn::Not(hn::Eq(b, zero)));
  return hn::And(not_zero, hn::Xor(hn::Lt(r, zero), hn::Lt(b, zero)));
}

struct RemainderOp {
  static constexpr int kUnroll = 1;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a, V b) const {
    const V r = FmodOp()(d, a, b);
    return hn::IfThenElse(HasOtherSign(d, r, b), hn::Add(r, b), r);
  }
};

struct FloorDivideOp {
  static constexpr int kUnroll = 1;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a, V b) const {
    const V one = hn::Set(d, 1);
    if constexpr (std::is_floating_point_v<hn::TFromD<D>>) {
      // (a - fmod) / b is whole but for rounding, which the last step takes away.
      const V r = Fmod(d, a, b);
      V q = hn::Sub(a, r) / b;
      q = hn::IfThenElse(HasOtherSign(d, r, b), hn::Sub(q, one), q);
      const V whole = hn::Floor(q);
      const V nearest =
          hn::IfThenElse(hn::Lt(hn::Set(d, 0.5), hn::Sub(q, whole)), hn::Add(whole, one), whole);
      const V zero = hn::Zero(d);
      const V signed_zero = hn::CopySign(zero, a / b);
      const V result = hn::IfThenElse(hn::Eq(q, zero), signed_zero, nearest);
      return hn::IfThenElse(hn::Eq(b, zero), a / b, result);
    } else {
      const V q = IntegerDivide(d, a, b);
      const V r = hn::Sub(a, q * b);
      return hn::IfThenElse(HasOtherSign(d, r, b), hn::Sub(q, one), q);
    }
  }
};

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // include guard, once per target
