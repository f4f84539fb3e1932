// The math functions as kernels, for one floating type, and the table that binds them to opcodes.
#if defined(CT_BACKEND_CPU_SIMD_TRANSCENDENTAL_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef CT_BACKEND_CPU_SIMD_TRANSCENDENTAL_INL_HPP
#undef CT_BACKEND_CPU_SIMD_TRANSCENDENTAL_INL_HPP
#else
#define CT_BACKEND_CPU_SIMD_TRANSCENDENTAL_INL_HPP
#endif

#include "backend_cpu/simd/math-inl.hpp"
#include "backend_cpu/simd/trigonometry-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {

/// The processor overlaps iterations of these loops by itself.
struct MathFunction {
  static constexpr int kUnroll = 1;
};

struct ExpOp : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return Exp(d, a);
  }
};
struct Expm1Op : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return Expm1(d, a);
  }
};
struct LogOp : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return Log(d, a);
  }
};
struct Log1pOp : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return Log1p(d, a);
  }
};
struct SinOp : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return Sin(d, a);
  }
};
struct CosOp : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return Cos(d, a);
  }
};
struct TanhOp : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return Tanh(d, a);
  }
};
struct SigmoidOp : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return Sigmoid(d, a);
  }
};
struct ErfOp : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return Erf(d, a);
  }
};
struct PowOp : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a, V b) const {
    return Pow(d, a, b);
  }
};
struct SquarePowOp {
  static constexpr int kUnroll = 4;
  template <class D, class V>
  HWY_INLINE V operator()(D, V a) const {
    return a * a;
  }
};
struct InversePowOp {
  static constexpr int kUnroll = 4;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return hn::Set(d, 1) / a;
  }
};

/// a^b with one exponent: squares and reciprocals are exactly rounded without pow.
template <class T>
void PowByScalar(const void* a, const void* b, const void* c, void* out, int64_t n) {
  const T exponent = *static_cast<const T*>(b);
  if (exponent == T{2}) {
    PointwiseLoop<T, SquarePowOp, 1, 0>(a, b, c, out, n);
  } else if (exponent == T{1}) {
    if (out != a) std::memcpy(out, a, static_cast<size_t>(n) * sizeof(T));
  } else if (exponent == T{-1}) {
    PointwiseLoop<T, InversePowOp, 1, 0>(a, b, c, out, n);
  } else {
    PointwiseLoop<T, PowOp, 2, 2>(a, b, c, out, n);
  }
}

template <class T>
void FillTranscendental(PointwiseKernels& table) {
  SetUnary<T, ExpOp>(table, Opcode::exp);
  SetUnary<T, Expm1Op>(table, Opcode::expm1);
  SetUnary<T, LogOp>(table, Opcode::log);
  SetUnary<T, Log1pOp>(table, Opcode::log1p);
  SetUnary<T, SinOp>(table, Opcode::sin);
  SetUnary<T, CosOp>(table, Opcode::cos);
  SetUnary<T, TanhOp>(table, Opcode::tanh);
  SetUnary<T, SigmoidOp>(table, Opcode::sigmoid);
  SetUnary<T, ErfOp>(table, Opcode::erf);
  SetBinary<T, PowOp>(table, Opcode::pow);
  table.op[compute_index(dtype_of<T>)][static_cast<int>(Opcode::pow)][2] = PowByScalar<T>;
}

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // include guard, once per target
