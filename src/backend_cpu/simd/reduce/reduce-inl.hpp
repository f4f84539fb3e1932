// The loops of reduce, written once for every type and operation.
//
// Precision of float32 sums: a lane adds at most 8 + 3 values in float before it goes to a double
// accumulator, so that 16M elements lose no more than a few ulp.
#if defined(CT_BACKEND_CPU_SIMD_REDUCE_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef CT_BACKEND_CPU_SIMD_REDUCE_INL_HPP
#undef CT_BACKEND_CPU_SIMD_REDUCE_INL_HPP
#else
#define CT_BACKEND_CPU_SIMD_REDUCE_INL_HPP
#endif

#include <algorithm>
#include <limits>
#include <type_traits>

#include "backend_cpu/simd/pointwise/loops-inl.hpp"
#include "backend_cpu/simd/reduce/reduce_kernels.hpp"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {

struct SumReduction {
  using WithoutNan = SumReduction;
  static constexpr bool kWide = true;  ///< accumulates float in double
  template <class T>
  static constexpr T Identity() {
    return T{0};
  }
  template <class D, class V>
  HWY_INLINE V operator()(D, V a, V b) const {
    return hn::Add(a, b);
  }
  template <class T>
  static T Scalar(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
      using U = std::make_unsigned_t<T>;
      return static_cast<T>(static_cast<U>(a) + static_cast<U>(b));
    }
    return a + b;
  }
};
struct ProductReduction {
  using WithoutNan = ProductReduction;
  static constexpr bool kWide = true;
  template <class T>
  static constexpr T Identity() {
    return T{1};
  }
  template <class D, class V>
  HWY_INLINE V operator()(D, V a, V b) const {
    return a * b;
  }
  template <class T>
  static T Scalar(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
      using U = std::make_unsigned_t<T>;
      return static_cast<T>(static_cast<U>(a) * static_cast<U>(b));
    }
    return a * b;
  }
};
/// A NaN wins: of x86's max and min the second operand is the result when one is NaN. `a` is the
/// accumulator: the comparison is kept off its chain.
struct MaximumReduction {
  static constexpr bool kWide = false;
  /// Right where there is no NaN, and half the work.
  struct WithoutNan {
    template <class D, class V>
    HWY_INLINE V operator()(D, V a, V b) const {
      return hn::Max(a, b);
    }
  };
  template <class T>
  static constexpr T Identity() {
    return std::is_floating_point_v<T> ? -std::numeric_limits<T>::infinity()
                                       : std::numeric_limits<T>::lowest();
  }
  template <class D, class V>
  HWY_INLINE V operator()(D, V a, V b) const {
    if constexpr (std::is_floating_point_v<hn::TFromD<D>>) {
      return hn::IfThenElse(hn::IsNaN(b), b, hn::Max(b, a));
    }
    return hn::Max(a, b);
  }
  template <class T>
  static T Scalar(T a, T b) {
    return a > b || a != a ? a : b;
  }
};
struct MinimumReduction {
  static constexpr bool kWide = false;
  /// Right where there is no NaN, and half the work.
  struct WithoutNan {
    template <class D, class V>
    HWY_INLINE V operator()(D, V a, V b) const {
      return hn::Min(a, b);
    }
  };
  template <class T>
  static constexpr T Identity() {
    return std::is_floating_point_v<T> ? std::numeric_limits<T>::infinity()
                                       : std::numeric_limits<T>::max();
  }
  template <class D, class V>
  HWY_INLINE V operator()(D, V a, V b) const {
    if constexpr (std::is_floating_point_v<hn::TFromD<D>>) {
      return hn::IfThenElse(hn::IsNaN(b), b, hn::Min(b, a));
    }
    return hn::Min(a, b);
  }
  template <class T>
  static T Scalar(T a, T b) {
    return a < b || a != a ? a : b;
  }
};

template <class T, class Op>
using AccumulatorOf = std::conditional_t<Op::kWide && std::is_same_v<T, float>, double, T>;

/// All lanes into one, by halves.
template <class Op, class D, class V>
HWY_INLINE hn::TFromD<D> ReduceLanes(D d, V v) {
  using T = hn::TFromD<D>;
  if constexpr (hn::MaxLanes(D()) * sizeof(T) > 16) {
    const hn::Half<D> half;
    return ReduceLanes<Op>(half, Op()(half, hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
  } else {
    HWY_ALIGN T lanes[hn::MaxLanes(D())];
    hn::Store(v, d, lanes);
    T result = lanes[0];
    for (size_t i = 1; i < hn::MaxLanes(D()); ++i) result = Op::Scalar(result, lanes[i]);
    return result;
  }
}

/// A vector of accumulators for one vector of T: itself, or two vectors of double.
template <class T, class Op, bool kPromote = !std::is_same_v<T, AccumulatorOf<T, Op>>>
struct VectorAccumulator;

template <class T, class Op>
struct VectorAccumulator<T, Op, false> {
  using D = hn::ScalableTag<T>;
  hn::Vec<D> value;
  HWY_INLINE void start() { value = hn::Set(D(), Op::template Identity<T>()); }
  HWY_INLINE void add(hn::Vec<D> v) { value = Op()(D(), value, v); }
  HWY_INLINE void load(const T* p) { value = hn::LoadU(D(), p); }
  HWY_INLINE void store(T* p) const { hn::StoreU(value, D(), p); }
  HWY_INLINE T reduce() const { return ReduceLanes<Op>(D(), value); }
};

template <class Op>
struct VectorAccumulator<float, Op, true> {
  using D = hn::ScalableTag<float>;
  using Wide = hn::ScalableTag<double>;
  using Half = hn::Half<D>;
  hn::Vec<Wide> low, high;
  HWY_INLINE void start() {
    low = hn::Set(Wide(), Op::template Identity<double>());
    high = low;
  }
  HWY_INLINE void add(hn::Vec<D> v) {
    low = Op()(Wide(), low, hn::PromoteTo(Wide(), hn::LowerHalf(Half(), v)));
    high = Op()(Wide(), high, hn::PromoteTo(Wide(), hn::UpperHalf(Half(), v)));
  }
  HWY_INLINE void load(const double* p) {
    low = hn::LoadU(Wide(), p);
    high = hn::LoadU(Wide(), p + hn::Lanes(Wide()));
  }
  HWY_INLINE void store(double* p) const {
    hn::StoreU(low, Wide(), p);
    hn::StoreU(high, Wide(), p + hn::Lanes(Wide()));
  }
  HWY_INLINE double reduce() const { return ReduceLanes<Op>(Wide(), Op()(Wide(), low, high)); }
};

/// The first n lanes from memory, the identity in the others.
template <class Op, class D, class T>
HWY_INLINE hn::Vec<D> LoadFirstOrIdentity(D d, const T* p, size_t n) {
  const auto v = LoadFirst(d, p, n);
  if constexpr (std::is_same_v<Op, SumReduction>) return v;
  return hn::IfThenElse(hn::FirstN(d, n), v, hn::Set(d, Op::template Identity<T>()));
}

/// 64 vectors into one, by 8 chains. kFindNan: sets any_nan if there may be a NaN (sums of
/// opposite infinities look like one).
template <class Op, bool kFindNan, class D, class T>
HWY_INLINE hn::Vec<D> ReduceBlock(D d, const T* p, bool& any_nan) {
  const Op op;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  auto v0 = hn::LoadU(d, p);
  auto v1 = hn::LoadU(d, p + lanes);
  auto v2 = hn::LoadU(d, p + 2 * lanes);
  auto v3 = hn::LoadU(d, p + 3 * lanes);
  auto v4 = hn::LoadU(d, p + 4 * lanes);
  auto v5 = hn::LoadU(d, p + 5 * lanes);
  auto v6 = hn::LoadU(d, p + 6 * lanes);
  auto v7 = hn::LoadU(d, p + 7 * lanes);
  // Sums of everything: NaN as soon as one element is.
  auto trace0 = hn::Add(v0, v1);
  auto trace1 = hn::Add(v2, v3);
  auto trace2 = hn::Add(v4, v5);
  auto trace3 = hn::Add(v6, v7);
  const auto fold = [&](auto& a, auto& b, auto& trace, const T* q) HWY_ATTR {
    const auto x = hn::LoadU(d, q);
    const auto y = hn::LoadU(d, q + lanes);
    if constexpr (kFindNan) trace = hn::Add(trace, hn::Add(x, y));
    a = op(d, a, x);
    b = op(d, b, y);
  };
  // Unrolled, the loop would need more registers than there are.
#pragma GCC unroll 1
  for (int64_t k = 1; k < 8; ++k) {
    const T* q = p + 8 * k * lanes;
    fold(v0, v1, trace0, q);
    fold(v2, v3, trace1, q + 2 * lanes);
    fold(v4, v5, trace2, q + 4 * lanes);
    fold(v6, v7, trace3, q + 6 * lanes);
  }
  if constexpr (kFindNan) {
    any_nan =
        !hn::AllFalse(d, hn::IsNaN(hn::Add(hn::Add(trace0, trace1), hn::Add(trace2, trace3))));
  }
  return op(d, op(d, op(d, v0, v1), op(d, v2, v3)), op(d, op(d, v4, v5), op(d, v6, v7)));
}

/// One row of n elements. (The order of the combination depends on n alone.)
template <class T, class Op>
HWY_INLINE AccumulatorOf<T, Op> ReduceRow(const T* p, int64_t n) {
  const hn::ScalableTag<T> d;
  const Op op;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  VectorAccumulator<T, Op> total;
  total.start();
  int64_t i = 0;
  constexpr int64_t kVectorsOfBlock = 64;  // vectors
  for (; i + kVectorsOfBlock * lanes <= n; i += kVectorsOfBlock * lanes) {
    if constexpr (std::is_floating_point_v<T> && !Op::kWide) {
      bool any_nan = false;
      const auto best = ReduceBlock<typename Op::WithoutNan, true>(d, p + i, any_nan);
      if (HWY_LIKELY(!any_nan)) {
        total.add(best);
        continue;
      }
    }
    bool ignored = false;
    total.add(ReduceBlock<Op, false>(d, p + i, ignored));
  }
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    const auto v0 = op(d, hn::LoadU(d, p + i), hn::LoadU(d, p + i + lanes));
    const auto v1 = op(d, hn::LoadU(d, p + i + 2 * lanes), hn::LoadU(d, p + i + 3 * lanes));
    total.add(op(d, v0, v1));
  }
  for (; i + lanes <= n; i += lanes) total.add(hn::LoadU(d, p + i));
  if (i < n) total.add(LoadFirstOrIdentity<Op>(d, p + i, static_cast<size_t>(n - i)));
  return total.reduce();
}

template <class T, class Op>
void ReduceRows(const void* data, int64_t row_stride, int64_t rows, int64_t columns,
                void* accumulators) {
  using A = AccumulatorOf<T, Op>;
  const auto* p = static_cast<const T*>(data);
  auto* out = static_cast<A*>(accumulators);
  for (int64_t r = 0; r < rows; ++r, p += row_stride) {
    A result;
    if (columns < 8) {
      result = static_cast<A>(p[0]);
      for (int64_t c = 1; c < columns; ++c) result = Op::Scalar(result, static_cast<A>(p[c]));
    } else {
      result = ReduceRow<T, Op>(p, columns);
    }
    out[r] = Op::Scalar(out[r], result);
  }
}

template <class T, class Op>
void ReduceColumns(const void* data, int64_t row_stride, int64_t rows, int64_t columns,
                   void* accumulators) {
  using A = AccumulatorOf<T, Op>;
  const hn::ScalableTag<T> d;
  const Op op;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto* p = static_cast<const T*>(data);
  auto* out = static_cast<A*>(accumulators);
  const auto fold = [&](int64_t count, auto load) HWY_ATTR {
    // `count` is 8 or 1 rows.
    for (int64_t c = 0; c < columns; c += lanes) {
      const auto rest = static_cast<size_t>(std::min(lanes, columns - c));
      VectorAccumulator<T, Op> total;
      total.load(out + c);
      auto v = load(p + c, rest);
      if (count == 8) {
        const auto v1 = load(p + row_stride + c, rest);
        const auto v2 = load(p + 2 * row_stride + c, rest);
        const auto v3 = load(p + 3 * row_stride + c, rest);
        const auto v4 = load(p + 4 * row_stride + c, rest);
        const auto v5 = load(p + 5 * row_stride + c, rest);
        const auto v6 = load(p + 6 * row_stride + c, rest);
        const auto v7 = load(p + 7 * row_stride + c, rest);
        v = op(d, op(d, op(d, v, v1), op(d, v2, v3)), op(d, op(d, v4, v5), op(d, v6, v7)));
      }
      total.add(v);
      total.store(out + c);
    }
  };
  const auto load = [&](const T* q, size_t n) HWY_ATTR {
    return n == static_cast<size_t>(lanes) ? hn::LoadU(d, q) : LoadFirst(d, q, n);
  };
  if (columns <= lanes) {  // the accumulators stay in registers
    const auto rest = static_cast<size_t>(columns);
    VectorAccumulator<T, Op> total;
    total.load(out);
    int64_t r = 0;
    for (; r + 8 <= rows; r += 8, p += 8 * row_stride) {
      auto v = load(p, rest);
      auto w = load(p + row_stride, rest);
      for (int64_t k = 2; k < 8; k += 2) {
        v = op(d, v, load(p + k * row_stride, rest));
        w = op(d, w, load(p + (k + 1) * row_stride, rest));
      }
      total.add(op(d, v, w));
    }
    for (; r < rows; ++r, p += row_stride) total.add(load(p, rest));
    total.store(out);
    return;
  }
  int64_t r = 0;
  for (; r + 8 <= rows; r += 8, p += 8 * row_stride) fold(8, load);
  for (; r < rows; ++r, p += row_stride) fold(1, load);
}

template <class T, class Op>
void StartAccumulators(void* accumulators, int64_t n) {
  using A = AccumulatorOf<T, Op>;
  std::fill_n(static_cast<A*>(accumulators), n, Op::template Identity<A>());
}

template <class T, class Op>
void CombineAccumulators(void* accumulators, const void* others, int64_t n) {
  using A = AccumulatorOf<T, Op>;
  auto* a = static_cast<A*>(accumulators);
  const auto* b = static_cast<const A*>(others);
  for (int64_t i = 0; i < n; ++i) a[i] = Op::Scalar(a[i], b[i]);
}

template <class T, class Op>
void FinishAccumulators(const void* accumulators, double scale, void* out, int64_t n) {
  using A = AccumulatorOf<T, Op>;
  const auto* a = static_cast<const A*>(accumulators);
  auto* t = static_cast<T*>(out);
  if (scale == 1.0) {
    for (int64_t i = 0; i < n; ++i) t[i] = static_cast<T>(a[i]);
  } else {
    for (int64_t i = 0; i < n; ++i) t[i] = static_cast<T>(static_cast<double>(a[i]) * scale);
  }
}

template <class T, class Op>
void SetReduction(ReduceTable& table, ReduceOp op) {
  table.of[compute_index(dtype_of<T>)][static_cast<int>(op)] = {
      sizeof(AccumulatorOf<T, Op>), ReduceRows<T, Op>,          ReduceColumns<T, Op>,
      StartAccumulators<T, Op>,     CombineAccumulators<T, Op>, FinishAccumulators<T, Op>};
}

template <class T>
void FillReduce(ReduceTable& table) {
  SetReduction<T, SumReduction>(table, ReduceOp::sum);
  SetReduction<T, ProductReduction>(table, ReduceOp::prod);
  SetReduction<T, MaximumReduction>(table, ReduceOp::maximum);
  SetReduction<T, MinimumReduction>(table, ReduceOp::minimum);
}

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // include guard, once per target
