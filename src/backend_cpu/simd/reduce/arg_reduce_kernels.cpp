// The loops of arg_reduce. A chunk is searched twice: for its best value at full speed, and only if
// that improves on what there was, for its place: on most data that is rare.
#include "backend_cpu/simd/reduce/arg_reduce_kernels.hpp"

#include "backend_cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend_cpu/simd/reduce/arg_reduce_kernels.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// After highway.h: compiled once per target.
#include "backend_cpu/simd/reduce/reduce-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {

/// The first element equal to `value`, or the first NaN if `value` is one; -1 if there is none.
template <class T>
int64_t FindFirst(const T* p, int64_t n, T value) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto wanted = hn::Set(d, value);
  const bool nan = value != value;
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto v = hn::LoadU(d, p + i);
    const auto found = nan ? hn::Not(hn::Eq(v, v)) : hn::Eq(v, wanted);
    const intptr_t lane = hn::FindFirstTrue(d, found);
    if (lane >= 0) return i + lane;
  }
  for (; i < n; ++i) {
    if (nan ? p[i] != p[i] : p[i] == value) return i;
  }
  return -1;
}

/// Up to here a plain loop is quicker than two passes by vectors.
inline constexpr int64_t kShortChunk = 16;

/// The best of n elements, and whether any is NaN.
template <class T, class Op>
T BestOf(const T* p, int64_t n, bool& any_nan) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  // NaN is looked for beside: cheaper than a maximum that keeps it.
  const auto pick = [&](auto a, auto b) HWY_ATTR {
    return std::is_same_v<Op, MaximumReduction> ? hn::Max(a, b) : hn::Min(a, b);
  };
  auto best0 = hn::Set(d, Op::template Identity<T>());
  auto best1 = best0;
  auto best2 = best0;
  auto best3 = best0;
  auto nan0 = hn::Ne(best0, best0);
  auto nan1 = nan0;
  int64_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    const auto v0 = hn::LoadU(d, p + i);
    const auto v1 = hn::LoadU(d, p + i + lanes);
    const auto v2 = hn::LoadU(d, p + i + 2 * lanes);
    const auto v3 = hn::LoadU(d, p + i + 3 * lanes);
    if constexpr (std::is_floating_point_v<T>) {
      // v0 + v1 is NaN if either is (or if they are opposite infinities: decided below).
      nan0 = hn::Or(nan0, hn::IsNaN(hn::Add(v0, v1)));
      nan1 = hn::Or(nan1, hn::IsNaN(hn::Add(v2, v3)));
    }
    best0 = pick(best0, v0);
    best1 = pick(best1, v1);
    best2 = pick(best2, v2);
    best3 = pick(best3, v3);
  }
  T best = ReduceLanes<Op>(d, pick(pick(best0, best1), pick(best2, best3)));
  any_nan = !hn::AllFalse(d, hn::Or(nan0, nan1));
  for (; i < n; ++i) {
    any_nan = any_nan || p[i] != p[i];
    best = Op::Scalar(best, p[i]);
  }
  return best;
}

template <class T, class Op>
int64_t ArgChunk(const void* data, int64_t n, bool start, void* best_data) {
  const auto* p = static_cast<const T*>(data);
  T& best = *static_cast<T*>(best_data);
  if (!start && best != best) return -1;
  if (n <= kShortChunk) {
    int64_t place = start ? 0 : -1;
    T value = start ? p[0] : best;
    for (int64_t i = 0; i < n && value == value; ++i) {
      const bool beats = std::is_same_v<Op, MaximumReduction> ? p[i] > value : p[i] < value;
      if (beats || p[i] != p[i]) {
        value = p[i];
        place = i;
      }
    }
    best = value;
    return place;
  }
  bool any_nan = false;
  T found = BestOf<T, Op>(p, n, any_nan);
  if constexpr (std::is_floating_point_v<T>) {
    if (any_nan) {
      const int64_t place = FindFirst(p, n, std::numeric_limits<T>::quiet_NaN());
      if (place >= 0) {
        best = p[place];
        return place;
      }
    }
  }
  const bool better = std::is_same_v<Op, MaximumReduction> ? found > best : found < best;
  if (!start && !better) return -1;
  best = found;
  return FindFirst(p, n, found);
}

/// Several rows at once: as many pages are on their way from memory.
template <class T, class Op>
void ArgColumns(const void* data, int64_t row_stride, int64_t rows, int64_t columns, int64_t place,
                void* best_data, void* index_data) {
  const hn::ScalableTag<T> d;
  const hn::RebindToSigned<decltype(d)> di;
  using I = hn::TFromD<decltype(di)>;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto* p = static_cast<const T*>(data);
  auto* best = static_cast<T*>(best_data);
  auto* index = static_cast<I*>(index_data);
  const auto one = hn::Set(di, 1);
  constexpr int64_t kRowsAtOnce = 8;
  for (int64_t r = 0; r < rows; r += kRowsAtOnce) {
    const int64_t count = std::min(kRowsAtOnce, rows - r);
    const T* row = p + r * row_stride;
    int64_t c = 0;
    for (; c + lanes <= columns; c += lanes) {
      auto b = hn::LoadU(d, best + c);
      auto i = hn::LoadU(di, index + c);
      auto here = hn::Set(di, static_cast<I>(place + r));
      const auto step = [&](auto v) HWY_ATTR {
        auto better = std::is_same_v<Op, MaximumReduction> ? hn::Gt(v, b) : hn::Lt(v, b);
        if constexpr (std::is_floating_point_v<T>) {
          better = hn::Or(better, hn::AndNot(hn::IsNaN(b), hn::IsNaN(v)));
        }
        b = hn::IfThenElse(better, v, b);
        i = hn::IfThenElse(hn::RebindMask(di, better), here, i);
        here = hn::Add(here, one);
      };
      if (count == kRowsAtOnce) {
        const auto v0 = hn::LoadU(d, row + c);
        const auto v1 = hn::LoadU(d, row + row_stride + c);
        const auto v2 = hn::LoadU(d, row + 2 * row_stride + c);
        const auto v3 = hn::LoadU(d, row + 3 * row_stride + c);
        const auto v4 = hn::LoadU(d, row + 4 * row_stride + c);
        const auto v5 = hn::LoadU(d, row + 5 * row_stride + c);
        const auto v6 = hn::LoadU(d, row + 6 * row_stride + c);
        const auto v7 = hn::LoadU(d, row + 7 * row_stride + c);
        step(v0);
        step(v1);
        step(v2);
        step(v3);
        step(v4);
        step(v5);
        step(v6);
        step(v7);
      } else {
        for (int64_t k = 0; k < count; ++k) step(hn::LoadU(d, row + k * row_stride + c));
      }
      hn::StoreU(b, d, best + c);
      hn::StoreU(i, di, index + c);
    }
    for (; c < columns; ++c) {
      for (int64_t k = 0; k < count; ++k) {
        const T v = row[k * row_stride + c];
        const bool beats = std::is_same_v<Op, MaximumReduction> ? v > best[c] : v < best[c];
        if (beats || (v != v && best[c] == best[c])) {
          best[c] = v;
          index[c] = static_cast<I>(place + r + k);
        }
      }
    }
  }
}

template <class T>
void FillArgReduceOf(ArgReduceTable& table) {
  auto& kernels = table.of[compute_index(dtype_of<T>)];
  kernels[0] = {ArgChunk<T, MinimumReduction>, ArgColumns<T, MinimumReduction>};
  kernels[1] = {ArgChunk<T, MaximumReduction>, ArgColumns<T, MaximumReduction>};
}

void FillArgReduce(ArgReduceTable& table) {
  FillArgReduceOf<float>(table);
  FillArgReduceOf<double>(table);
  FillArgReduceOf<int32_t>(table);
  FillArgReduceOf<int64_t>(table);
  FillArgReduceOf<uint64_t>(table);
}

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ct::cpu {

HWY_EXPORT(FillArgReduce);

void fill_arg_reduce(ArgReduceTable& table) { HWY_DYNAMIC_DISPATCH(FillArgReduce)(table); }

const ArgReduceKernels& arg_reduce_kernels(int compute, bool largest) {
  static const ArgReduceTable table = [] {
    apply_simd_environment();
    ArgReduceTable filled;
    fill_arg_reduce(filled);
    return filled;
  }();
  return table.of[compute][largest ? 1 : 0];
}

}  // namespace ct::cpu
#endif
