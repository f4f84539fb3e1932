// Loops over contiguous elements that turn a functor on vectors, written once, into kernels for
// every type, instruction set and combination of vector and scalar operands.
//
// A functor is a struct with `template <class D, class V> V operator()(D d, V a, ...) const` and
// `static constexpr int kUnroll`, the vectors in flight: 4 for cheap ones, 1 for long ones.
#if defined(CT_BACKEND_CPU_SIMD_LOOPS_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef CT_BACKEND_CPU_SIMD_LOOPS_INL_HPP
#undef CT_BACKEND_CPU_SIMD_LOOPS_INL_HPP
#else
#define CT_BACKEND_CPU_SIMD_LOOPS_INL_HPP
#endif

#include <cstdint>
#include <cstring>

#include "backend_cpu/simd/pointwise/pointwise_kernels.hpp"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Masked memory access is one instruction on AVX2 and AVX-512. Elsewhere the last, partial vector
// goes through a small array.
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
inline constexpr bool kMaskedMemory = true;
#else
inline constexpr bool kMaskedMemory = false;
#endif

/// The first n lanes from memory, zero in the others; nothing is read past them. 0 < n < Lanes(d).
template <class D, class T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> LoadFirst(D d, const T* p, size_t n) {
  if constexpr (kMaskedMemory) {
    return hn::MaskedLoad(hn::FirstN(d, n), d, p);
  } else {
    HWY_ALIGN T lanes[hn::MaxLanes(D())] = {};
    std::memcpy(lanes, p, n * sizeof(T));
    return hn::Load(d, lanes);
  }
}

/// Writes the first n lanes and nothing else.
template <class D, class V, class T = hn::TFromD<D>>
HWY_INLINE void StoreFirst(D d, V v, T* p, size_t n) {
  if constexpr (kMaskedMemory) {
    hn::BlendedStore(v, hn::FirstN(d, n), d, p);
  } else {
    HWY_ALIGN T lanes[hn::MaxLanes(D())];
    hn::Store(v, d, lanes);
    std::memcpy(p, lanes, n * sizeof(T));
  }
}

/// An operand of a loop: n values in memory, or one value in every lane.
template <class D, bool kScalar>
struct LoopOperand;

template <class D>
struct LoopOperand<D, false> {
  const hn::TFromD<D>* data;
  HWY_INLINE LoopOperand(D /*d*/, const void* p) : data(static_cast<const hn::TFromD<D>*>(p)) {}
  HWY_INLINE hn::Vec<D> get(D d, int64_t i) const { return hn::LoadU(d, data + i); }
  HWY_INLINE hn::Vec<D> first(D d, int64_t i, size_t n) const { return LoadFirst(d, data + i, n); }
};

template <class D>
struct LoopOperand<D, true> {
  hn::Vec<D> value;
  HWY_INLINE LoopOperand(D d, const void* p)
      : value(hn::Set(d, *static_cast<const hn::TFromD<D>*>(p))) {}
  HWY_INLINE hn::Vec<D> get(D /*d*/, int64_t /*i*/) const { return value; }
  HWY_INLINE hn::Vec<D> first(D /*d*/, int64_t /*i*/, size_t /*n*/) const { return value; }
};

/// kScalars: bit k set if operand k is a scalar.
template <class T, class Op, int kArity, int kScalars>
void PointwiseLoop(const void* a_data, const void* b_data, const void* c_data, void* out_data,
                   int64_t n) {
  using D = hn::ScalableTag<T>;
  const D d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  // Operands that the functor does not have stand for operand 0 and are never read.
  const LoopOperand<D, (kScalars & 1) != 0> a(d, a_data);
  const LoopOperand<D, (kScalars & 2) != 0> b(d, kArity > 1 ? b_data : a_data);
  const LoopOperand<D, (kScalars & 4) != 0> c(d, kArity > 2 ? c_data : a_data);
  T* out = static_cast<T*>(out_data);
  const Op op;
  const auto apply = [&](auto va, auto vb, auto vc) HWY_ATTR {
    if constexpr (kArity == 1) {
      return op(d, va);
    } else if constexpr (kArity == 2) {
      return op(d, va, vb);
    } else {
      return op(d, va, vb, vc);
    }
  };
  const auto vector = [&](int64_t i) HWY_ATTR {
    if constexpr (kArity == 1) {
      return op(d, a.get(d, i));
    } else if constexpr (kArity == 2) {
      return op(d, a.get(d, i), b.get(d, i));
    } else {
      return op(d, a.get(d, i), b.get(d, i), c.get(d, i));
    }
  };
  int64_t i = 0;
  if constexpr (Op::kUnroll == 4) {
    for (; i + 4 * lanes <= n; i += 4 * lanes) {
      const auto v0 = vector(i);
      const auto v1 = vector(i + lanes);
      const auto v2 = vector(i + 2 * lanes);
      const auto v3 = vector(i + 3 * lanes);
      hn::StoreU(v0, d, out + i);
      hn::StoreU(v1, d, out + i + lanes);
      hn::StoreU(v2, d, out + i + 2 * lanes);
      hn::StoreU(v3, d, out + i + 3 * lanes);
    }
  }
  for (; i + lanes <= n; i += lanes) hn::StoreU(vector(i), d, out + i);
  if (i < n) {
    const auto rest = static_cast<size_t>(n - i);
    const auto va = a.first(d, i, rest);
    const auto vb = kArity > 1 ? b.first(d, i, rest) : va;
    const auto vc = kArity > 2 ? c.first(d, i, rest) : va;
    StoreFirst(d, apply(va, vb, vc), out + i, rest);
  }
}

template <class T, class Op>
void SetUnary(PointwiseKernels& table, Opcode opcode) {
  table.op[compute_index(dtype_of<T>)][static_cast<int>(opcode)][0] = PointwiseLoop<T, Op, 1, 0>;
}

template <class T, class Op>
void SetBinary(PointwiseKernels& table, Opcode opcode) {
  auto& kernels = table.op[compute_index(dtype_of<T>)][static_cast<int>(opcode)];
  kernels[0] = PointwiseLoop<T, Op, 2, 0>;
  kernels[1] = PointwiseLoop<T, Op, 2, 1>;
  kernels[2] = PointwiseLoop<T, Op, 2, 2>;
}

template <class T, class Op>
void SetTernary(PointwiseKernels& table, Opcode opcode) {
  auto& kernels = table.op[compute_index(dtype_of<T>)][static_cast<int>(opcode)];
  kernels[0] = PointwiseLoop<T, Op, 3, 0>;
  kernels[1] = PointwiseLoop<T, Op, 3, 1>;
  kernels[2] = PointwiseLoop<T, Op, 3, 2>;
  kernels[3] = PointwiseLoop<T, Op, 3, 3>;
  kernels[4] = PointwiseLoop<T, Op, 3, 4>;
  kernels[5] = PointwiseLoop<T, Op, 3, 5>;
  kernels[6] = PointwiseLoop<T, Op, 3, 6>;
}

/// Calls fn(T, T...) for every lane: for the rare and the hard cases.
template <class D, class V, class F>
HWY_NOINLINE V PerLane(D d, V a, F fn) {
  using T = hn::TFromD<D>;
  HWY_ALIGN T x[hn::MaxLanes(D())];
  hn::Store(a, d, x);
  for (size_t i = 0; i < hn::Lanes(d); ++i) x[i] = fn(x[i]);
  return hn::Load(d, x);
}
template <class D, class V, class F>
HWY_NOINLINE V PerLane(D d, V a, V b, F fn) {
  using T = hn::TFromD<D>;
  HWY_ALIGN T x[hn::MaxLanes(D())];
  HWY_ALIGN T y[hn::MaxLanes(D())];
  hn::Store(a, d, x);
  hn::Store(b, d, y);
  for (size_t i = 0; i < hn::Lanes(d); ++i) x[i] = fn(x[i], y[i]);
  return hn::Load(d, x);
}

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // include guard, once per target
