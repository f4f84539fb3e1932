// Bitwise functors of int32 and int64.
#if defined(CT_BACKEND_CPU_SIMD_BITWISE_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef CT_BACKEND_CPU_SIMD_BITWISE_INL_HPP
#undef CT_BACKEND_CPU_SIMD_BITWISE_INL_HPP
#else
#define CT_BACKEND_CPU_SIMD_BITWISE_INL_HPP
#endif

#include <type_traits>

#include "backend_cpu/simd/pointwise/loops-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {

struct BitwiseNotOp {
  static constexpr int kUnroll = 4;
  template <class D, class V>
  HWY_INLINE V operator()(D, V a) const {
    return hn::Not(a);
  }
};
struct BitwiseAndOp {
  static constexpr int kUnroll = 4;
  template <class D, class V>
  HWY_INLINE V operator()(D, V a, V b) const {
    return hn::And(a, b);
  }
};
struct BitwiseOrOp {
  static constexpr int kUnroll = 4;
  template <class D, class V>
  HWY_INLINE V operator()(D, V a, V b) const {
    return hn::Or(a, b);
  }
};
struct BitwiseXorOp {
  static constexpr int kUnroll = 4;
  template <class D, class V>
  HWY_INLINE V operator()(D, V a, V b) const {
    return hn::Xor(a, b);
  }
};
struct ShiftLeftOp {
  static constexpr int kUnroll = 1;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a, V b) const {
    using T = hn::TFromD<D>;
    using U = std::make_unsigned_t<T>;
    return PerLane(d, a, b, [](T x, T count) -> T {
      return static_cast<U>(count) < 8 * sizeof(T) ? static_cast<T>(static_cast<U>(x) << count) : 0;
    });
  }
};
struct ShiftRightOp {
  static constexpr int kUnroll = 1;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a, V b) const {
    using T = hn::TFromD<D>;
    using U = std::make_unsigned_t<T>;
    constexpr int kLastBit = 8 * sizeof(T) - 1;
    return PerLane(d, a, b, [](T x, T count) -> T {
      return static_cast<T>(x >> (static_cast<U>(count) <= kLastBit ? count : T{kLastBit}));
    });
  }
};

template <class T>
void FillBitwise(PointwiseKernels& table) {
  SetUnary<T, BitwiseNotOp>(table, Opcode::bitwise_not);
  SetBinary<T, BitwiseAndOp>(table, Opcode::bitwise_and);
  SetBinary<T, BitwiseOrOp>(table, Opcode::bitwise_or);
  SetBinary<T, BitwiseXorOp>(table, Opcode::bitwise_xor);
  SetBinary<T, ShiftLeftOp>(table, Opcode::shift_left);
  SetBinary<T, ShiftRightOp>(table, Opcode::shift_right);
}

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // include guard, once per target
