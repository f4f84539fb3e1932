// The loops of arg_reduce. A chunk is searched twice: for its best value at full speed, and only if
// that improves on what there was, for its place: on most data that is rare.
#include "backend_cpu/simd/arg_reduce_kernels.hpp"

#include "backend_cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend_cpu/simd/arg_reduce_kernels.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// After highway.h: compiled once per target.
#include "backend_cpu/simd/reduce-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {

/// The first element equal to `value`, or the first NaN if `value` is one. It is there.
template <class T>
int64_t FindFirst(const T* p, int64_t n, T value) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto wanted = hn::Set(d, value);
  const bool nan = value != value;
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto v = hn::LoadU(d, p + i);
    const auto found = nan ? hn::Ne(v, v) : hn::Eq(v, wanted);
    const intptr_t lane = hn::FindFirstTrue(d, found);
    if (lane >= 0) return i + lane;
  }
  for (; i < n; ++i) {
    if (nan ? p[i] != p[i] : p[i] == value) return i;
  }
  return -1;
}

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

template <class T, class Op>
void ArgColumns(const void* row_data, int64_t columns, int64_t place, void* best_data,
                void* index_data) {
  const hn::ScalableTag<T> d;
  const hn::RebindToSigned<decltype(d)> di;
  using I = hn::TFromD<decltype(di)>;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto* row = static_cast<const T*>(row_data);
  auto* best = static_cast<T*>(best_data);
  auto* index = static_cast<I*>(index_data);
  const auto here = hn::Set(di, static_cast<I>(place));
  int64_t c = 0;
  for (; c + lanes <= columns; c += lanes) {
    const auto v = hn::LoadU(d, row + c);
    const auto b = hn::LoadU(d, best + c);
    auto better = std::is_same_v<Op, MaximumReduction> ? hn::Gt(v, b) : hn::Lt(v, b);
    if constexpr (std::is_floating_point_v<T>) {
      better = hn::Or(better, hn::AndNot(hn::IsNaN(b), hn::IsNaN(v)));
    }
    hn::StoreU(hn::IfThenElse(better, v, b), d, best + c);
    const auto old = hn::LoadU(di, index + c);
    hn::StoreU(hn::IfThenElse(hn::RebindMask(di, better), here, old), di, index + c);
  }
  for (; c < columns; ++c) {
    const bool beats = std::is_same_v<Op, MaximumReduction> ? row[c] > best[c] : row[c] < best[c];
    if (beats || (row[c] != row[c] && best[c] == best[c])) {
      best[c] = row[c];
      index[c] = static_cast<I>(place);
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
