// The math functions as kernels, for one floating type, and the table that binds them to opcodes.
#if defined(CT_BACKEND_CPU_SIMD_TRANSCENDENTAL_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef CT_BACKEND_CPU_SIMD_TRANSCENDENTAL_INL_HPP
#undef CT_BACKEND_CPU_SIMD_TRANSCENDENTAL_INL_HPP
#else
#define CT_BACKEND_CPU_SIMD_TRANSCENDENTAL_INL_HPP
#endif

#include "backend_cpu/simd/pointwise/arctangent-inl.hpp"
#include "backend_cpu/simd/pointwise/exponential-inl.hpp"
#include "backend_cpu/simd/pointwise/gelu-inl.hpp"
#include "backend_cpu/simd/pointwise/math-inl.hpp"
#include "backend_cpu/simd/pointwise/special-inl.hpp"
#include "backend_cpu/simd/pointwise/trigonometry-inl.hpp"

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
struct Exp2Op : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return Exp2(d, a);
  }
};
struct Log2Op : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return Log2(d, a);
  }
};
struct Log10Op : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return Log10(d, a);
  }
};
struct TanOp : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return Tan(d, a);
  }
};
struct AsinOp : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return Asin(d, a);
  }
};
struct AcosOp : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return Acos(d, a);
  }
};
struct AtanOp : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return Atan(d, a);
  }
};
struct SinhOp : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return Sinh(d, a);
  }
};
struct CoshOp : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return Cosh(d, a);
  }
};
struct AsinhOp : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return Asinh(d, a);
  }
};
struct AcoshOp : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return Acosh(d, a);
  }
};
struct AtanhOp : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return Atanh(d, a);
  }
};
struct SoftplusOp : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return Softplus(d, a);
  }
};
struct ErfcOp : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return Erfc(d, a);
  }
};
struct ErfinvOp : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return Erfinv(d, a);
  }
};
struct LgammaOp : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return Lgamma(d, a);
  }
};
struct DigammaOp : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return Digamma(d, a);
  }
};
struct Atan2Op : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a, V b) const {
    return Atan2(d, a, b);
  }
};
struct HypotOp : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a, V b) const {
    return Hypot(d, a, b);
  }
};
struct PolygammaOp : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a, V b) const {
    return Polygamma(d, a, b);
  }
};
struct GeluOp : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return Gelu(d, a);
  }
};
struct GeluTanhOp : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a) const {
    return GeluTanh(d, a);
  }
};
struct GeluSlopeOp : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a, V b) const {
    return GeluSlope(d, a, b);
  }
};
struct GeluTanhSlopeOp : MathFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a, V b) const {
    return GeluTanhSlope(d, a, b);
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
  SetUnary<T, Exp2Op>(table, Opcode::exp2);
  SetUnary<T, Log2Op>(table, Opcode::log2);
  SetUnary<T, Log10Op>(table, Opcode::log10);
  SetUnary<T, TanOp>(table, Opcode::tan);
  SetUnary<T, AsinOp>(table, Opcode::asin);
  SetUnary<T, AcosOp>(table, Opcode::acos);
  SetUnary<T, AtanOp>(table, Opcode::atan);
  SetUnary<T, SinhOp>(table, Opcode::sinh);
  SetUnary<T, CoshOp>(table, Opcode::cosh);
  SetUnary<T, AsinhOp>(table, Opcode::asinh);
  SetUnary<T, AcoshOp>(table, Opcode::acosh);
  SetUnary<T, AtanhOp>(table, Opcode::atanh);
  SetUnary<T, SoftplusOp>(table, Opcode::softplus);
  SetUnary<T, ErfcOp>(table, Opcode::erfc);
  SetUnary<T, ErfinvOp>(table, Opcode::erfinv);
  SetUnary<T, LgammaOp>(table, Opcode::lgamma);
  SetUnary<T, DigammaOp>(table, Opcode::digamma);
  SetBinary<T, Atan2Op>(table, Opcode::atan2);
  SetBinary<T, HypotOp>(table, Opcode::hypot);
  SetBinary<T, PolygammaOp>(table, Opcode::polygamma);
  SetUnary<T, GeluOp>(table, Opcode::gelu);
  SetUnary<T, GeluTanhOp>(table, Opcode::gelu_tanh);
  SetBinary<T, GeluSlopeOp>(table, Opcode::gelu_slope);
  SetBinary<T, GeluTanhSlopeOp>(table, Opcode::gelu_tanh_slope);
  SetBinary<T, PowOp>(table, Opcode::pow);
  table.op[compute_index(dtype_of<T>)][static_cast<int>(Opcode::pow)][2] = PowByScalar<T>;
}

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // include guard, once per target
