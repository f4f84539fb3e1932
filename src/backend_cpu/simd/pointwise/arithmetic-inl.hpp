// Vector functors of the cheap opcodes, each written once for float, double, int32 and int64, and
// the table that binds them to opcodes. Adding an opcode: one functor and one line in
// FillArithmetic.
#if defined(CT_BACKEND_CPU_SIMD_ARITHMETIC_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef CT_BACKEND_CPU_SIMD_ARITHMETIC_INL_HPP
#undef CT_BACKEND_CPU_SIMD_ARITHMETIC_INL_HPP
#else
#define CT_BACKEND_CPU_SIMD_ARITHMETIC_INL_HPP
#endif

#include <limits>
#include <type_traits>

#include "backend_cpu/simd/pointwise/bitwise-inl.hpp"
#include "backend_cpu/simd/pointwise/division-inl.hpp"
#include "backend_cpu/simd/pointwise/loops-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {

template <class D>
inline constexpr bool kIsFloat = std::is_floating_point_v<hn::TFromD<D>>;

/// 1 where the mask is set, else 0.
template <class D, class M>
HWY_INLINE hn::Vec<D> Truth(D d, M mask) {
  return hn::IfThenElseZero(mask, hn::Set(d, static_cast<hn::TFromD<D>>(1)));
}
/// True for NaN, as in C++. (Highway 1.0.3's Ne is false for NaN on AVX2 and AVX-512.)
template <class V>
HWY_INLINE auto NotEqual(V a, V b) {
  return hn::Not(hn::Eq(a, b));
}
template <class D, class V>
HWY_INLINE auto NotZero(D d, V v) {
  return NotEqual(v, hn::Zero(d));
}

template <class V>
HWY_INLINE auto LessEqual(V a, V b) {
  if constexpr (std::is_floating_point_v<hn::TFromV<V>>) {
    return hn::Le(a, b);
  } else {
    return hn::Not(hn::Gt(a, b));
  }
}

struct Cheap {
  static constexpr int kUnroll = 4;
};
struct Long {
  static constexpr int kUnroll = 1;
};

struct CopyOp : Cheap {
  template <class D, class V>
  HWY_INLINE V operator()(D, V a) const {
    return a;
  }
};
struct NegOp : Cheap {
  template <class D, class V>
  HWY_INLINE V operator()(D, V a) const {
    return hn::Neg(a);
  }
};
struct AbsOp : Cheap {
  template <class D, class V>
  HWY_INLINE V operator()(D, V a) const {
    return hn::Abs(a);
  }
};
struct SignOp : Cheap {  // 0 for NaN, as PyTorch
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    const V zero = hn::Zero(d);
    return hn::Sub(Truth(d, hn::Gt(a, zero)), Truth(d, hn::Lt(a, zero)));
  }
};
struct SquareOp : Cheap {
  template <class D, class V>
  HWY_INLINE V operator()(D, V a) const {
    return a * a;
  }
};
struct SqrtOp : Cheap {
  template <class D, class V>
  HWY_INLINE V operator()(D, V a) const {
    return hn::Sqrt(a);
  }
};
struct RsqrtOp : Cheap {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return hn::Set(d, 1) / hn::Sqrt(a);
  }
};
struct ReciprocalOp : Cheap {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return hn::Set(d, 1) / a;
  }
};
struct ReluOp : Cheap {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    // Of x86's max, the second operand wins when one is NaN.
    return hn::Max(hn::Zero(d), a);
  }
};
struct FloorOp : Cheap {
  template <class D, class V>
  HWY_INLINE V operator()(D, V a) const {
    if constexpr (kIsFloat<D>) return hn::Floor(a);
    return a;
  }
};
struct CeilOp : Cheap {
  template <class D, class V>
  HWY_INLINE V operator()(D, V a) const {
    if constexpr (kIsFloat<D>) return hn::Ceil(a);
    return a;
  }
};
struct RoundOp : Cheap {  // half to even
  template <class D, class V>
  HWY_INLINE V operator()(D, V a) const {
    if constexpr (kIsFloat<D>) return hn::Round(a);
    return a;
  }
};
struct TruncOp : Cheap {
  template <class D, class V>
  HWY_INLINE V operator()(D, V a) const {
    if constexpr (kIsFloat<D>) return hn::Trunc(a);
    return a;
  }
};
struct IsNanOp : Cheap {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    if constexpr (kIsFloat<D>) return Truth(d, hn::IsNaN(a));
    return hn::Zero(d);
  }
};
struct IsFiniteOp : Cheap {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    if constexpr (kIsFloat<D>) return Truth(d, hn::IsFinite(a));
    return hn::Set(d, 1);
  }
};
struct LogicalNotOp : Cheap {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return Truth(d, hn::Eq(a, hn::Zero(d)));
  }
};

struct AddOp : Cheap {
  template <class D, class V>
  HWY_INLINE V operator()(D, V a, V b) const {
    return hn::Add(a, b);
  }
};
struct SubOp : Cheap {
  template <class D, class V>
  HWY_INLINE V operator()(D, V a, V b) const {
    return hn::Sub(a, b);
  }
};
struct MulOp : Cheap {
  template <class D, class V>
  HWY_INLINE V operator()(D, V a, V b) const {
    return a * b;
  }
};
struct DivOp : Cheap {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a, V b) const {
    if constexpr (kIsFloat<D>) {
      static_cast<void>(d);
      return a / b;
    } else {
      return IntegerDivide(d, a, b);
    }
  }
};
/// By squaring; negative exponents give the truncated fraction, and 0 for base 0.
struct IntegerPowOp : Long {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a, V b) const {
    using T = hn::TFromD<D>;
    return PerLane(d, a, b, [](T base, T exponent) -> T {
      using U = std::make_unsigned_t<T>;
      if (exponent < 0) {
        if (base == 1) return 1;
        if (base == -1) return (exponent & 1) != 0 ? T{-1} : T{1};
        return 0;
      }
      U result = 1;
      U factor = static_cast<U>(base);
      for (U e = static_cast<U>(exponent); e != 0; e >>= 1) {
        if ((e & 1) != 0) result *= factor;
        factor *= factor;
      }
      return static_cast<T>(result);
    });
  }
};
struct MaximumOp : Cheap {  // a NaN wins
  template <class D, class V>
  HWY_INLINE V operator()(D, V a, V b) const {
    if constexpr (kIsFloat<D>) return hn::IfThenElse(hn::IsNaN(a), a, hn::Max(a, b));
    return hn::Max(a, b);
  }
};
struct MinimumOp : Cheap {
  template <class D, class V>
  HWY_INLINE V operator()(D, V a, V b) const {
    if constexpr (kIsFloat<D>) return hn::IfThenElse(hn::IsNaN(a), a, hn::Min(a, b));
    return hn::Min(a, b);
  }
};
struct EqOp : Cheap {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a, V b) const {
    return Truth(d, hn::Eq(a, b));
  }
};
struct NeOp : Cheap {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a, V b) const {
    return Truth(d, NotEqual(a, b));
  }
};
struct LtOp : Cheap {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a, V b) const {
    return Truth(d, hn::Lt(a, b));
  }
};
struct LeOp : Cheap {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a, V b) const {
    return Truth(d, LessEqual(a, b));
  }
};
struct GtOp : Cheap {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a, V b) const {
    return Truth(d, hn::Gt(a, b));
  }
};
struct GeOp : Cheap {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a, V b) const {
    return Truth(d, LessEqual(b, a));
  }
};
struct LogicalAndOp : Cheap {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a, V b) const {
    return Truth(d, hn::And(NotZero(d, a), NotZero(d, b)));
  }
};
struct LogicalOrOp : Cheap {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a, V b) const {
    return Truth(d, hn::Or(NotZero(d, a), NotZero(d, b)));
  }
};

struct FmaOp : Cheap {
  template <class D, class V>
  HWY_INLINE V operator()(D, V a, V b, V c) const {
    if constexpr (kIsFloat<D>) return hn::MulAdd(a, b, c);
    return hn::Add(a * b, c);
  }
};
struct SelectOp : Cheap {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a, V b, V c) const {
    return hn::IfThenElse(NotZero(d, a), b, c);
  }
};

template <class T>
void FillArithmetic(PointwiseKernels& table) {
  SetUnary<T, CopyOp>(table, Opcode::copy);
  SetUnary<T, NegOp>(table, Opcode::neg);
  SetUnary<T, AbsOp>(table, Opcode::abs);
  SetUnary<T, SignOp>(table, Opcode::sign);
  SetUnary<T, SquareOp>(table, Opcode::square);
  SetUnary<T, ReluOp>(table, Opcode::relu);
  SetUnary<T, FloorOp>(table, Opcode::floor);
  SetUnary<T, CeilOp>(table, Opcode::ceil);
  SetUnary<T, RoundOp>(table, Opcode::round);
  SetUnary<T, TruncOp>(table, Opcode::trunc);
  SetUnary<T, IsNanOp>(table, Opcode::is_nan);
  SetUnary<T, IsFiniteOp>(table, Opcode::is_finite);
  SetUnary<T, LogicalNotOp>(table, Opcode::logical_not);
  SetBinary<T, AddOp>(table, Opcode::add);
  SetBinary<T, SubOp>(table, Opcode::sub);
  SetBinary<T, MulOp>(table, Opcode::mul);
  SetBinary<T, DivOp>(table, Opcode::div);
  SetBinary<T, FloorDivideOp>(table, Opcode::floor_divide);
  SetBinary<T, FmodOp>(table, Opcode::fmod);
  SetBinary<T, RemainderOp>(table, Opcode::remainder);
  SetBinary<T, MaximumOp>(table, Opcode::maximum);
  SetBinary<T, MinimumOp>(table, Opcode::minimum);
  SetBinary<T, EqOp>(table, Opcode::eq);
  SetBinary<T, NeOp>(table, Opcode::ne);
  SetBinary<T, LtOp>(table, Opcode::lt);
  SetBinary<T, LeOp>(table, Opcode::le);
  SetBinary<T, GtOp>(table, Opcode::gt);
  SetBinary<T, GeOp>(table, Opcode::ge);
  SetBinary<T, LogicalAndOp>(table, Opcode::logical_and);
  SetBinary<T, LogicalOrOp>(table, Opcode::logical_or);
  SetTernary<T, FmaOp>(table, Opcode::fma);
  SetTernary<T, SelectOp>(table, Opcode::select);
  if constexpr (std::is_floating_point_v<T>) {
    SetUnary<T, SqrtOp>(table, Opcode::sqrt);
    SetUnary<T, RsqrtOp>(table, Opcode::rsqrt);
    SetUnary<T, ReciprocalOp>(table, Opcode::reciprocal);
  } else {
    SetBinary<T, IntegerPowOp>(table, Opcode::pow);
    FillBitwise<T>(table);
  }
}

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // include guard, once per target
