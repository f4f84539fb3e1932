// See softmax_kernels.hpp. A row is read three times, from cache: for the maximum, for the sum of
// exponentials (which are kept in y), for the division. Sums run in vector lanes over blocks of
// kSumBlock elements, blocks add up in double.
#include "backend_cpu/simd/norm/softmax_kernels.hpp"

#include "backend_cpu/simd/dispatch.hpp"
#include "backend_cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend_cpu/simd/norm/softmax_kernels.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// After highway.h: compiled once per target.
#include "backend_cpu/simd/pointwise/math-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {
namespace {

constexpr int64_t kSumBlock = 4096;

/// exp(x) for x that is not much above 0, or NaN. 0 where the result would be denormal.
template <class D, class V>
HWY_INLINE V ExpBelow(D d, V x) {
  const V lowest =
      hn::Set(d, static_cast<hn::TFromD<D>>(sizeof(hn::TFromD<D>) == 4 ? -87.3 : -708));
  const auto parts = ReduceExp(d, hn::Max(lowest, x));  // in this order NaN stays
  const V scale = PowerOf2(d, parts.exponent);
  return hn::IfThenZeroElse(hn::Lt(x, lowest), hn::MulAdd(scale, parts.expm1_r, scale));
}

template <class D, class V>
HWY_INLINE hn::TFromD<D> Sum(D d, V v) {
  return hn::GetLane(hn::SumOfLanes(d, v));
}

/// Largest of n > 0 elements. With a NaN among them: any value, the exponentials show the NaN.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE T RowMax(D d, const T* x, int64_t n) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  if (n < lanes) {
    const auto count = static_cast<size_t>(n);
    const auto lowest = hn::Set(d, -std::numeric_limits<T>::infinity());
    const auto v = hn::IfThenElse(hn::FirstN(d, count), LoadFirst(d, x, count), lowest);
    return hn::GetLane(hn::MaxOfLanes(d, v));
  }
  auto m0 = hn::LoadU(d, x);
  auto m1 = m0;
  int64_t i = lanes;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    m0 = hn::Max(hn::LoadU(d, x + i), m0);
    m1 = hn::Max(hn::LoadU(d, x + i + lanes), m1);
  }
  if (i + lanes <= n) m0 = hn::Max(hn::LoadU(d, x + i), m0);
  m1 = hn::Max(hn::LoadU(d, x + n - lanes), m1);  // the tail, some of it twice
  return hn::GetLane(hn::MaxOfLanes(d, hn::Max(m0, m1)));
}

/// Sum of exp(x - m); kKeep: also stored in y.
template <bool kKeep, class D, class T = hn::TFromD<D>>
HWY_INLINE double ExpSum(D d, const T* x, T m, T* y, int64_t n) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto max = hn::Set(d, m);
  double total = 0;
  for (int64_t begin = 0; begin < n; begin += kSumBlock) {
    const int64_t end = HWY_MIN(begin + kSumBlock, n);
    auto s0 = hn::Zero(d);
    auto s1 = s0;
    int64_t i = begin;
    for (; i + 2 * lanes <= end; i += 2 * lanes) {
      const auto e0 = ExpBelow(d, hn::Sub(hn::LoadU(d, x + i), max));
      const auto e1 = ExpBelow(d, hn::Sub(hn::LoadU(d, x + i + lanes), max));
      if constexpr (kKeep) {
        hn::StoreU(e0, d, y + i);
        hn::StoreU(e1, d, y + i + lanes);
      }
      s0 = hn::Add(s0, e0);
      s1 = hn::Add(s1, e1);
    }
    if (i + lanes <= end) {
      const auto e = ExpBelow(d, hn::Sub(hn::LoadU(d, x + i), max));
      if constexpr (kKeep) hn::StoreU(e, d, y + i);
      s0 = hn::Add(s0, e);
      i += lanes;
    }
    if (i < end) {
      const auto count = static_cast<size_t>(end - i);
      const auto e = ExpBelow(d, hn::Sub(LoadFirst(d, x + i, count), max));
      if constexpr (kKeep) StoreFirst(d, e, y + i, count);
      s1 = hn::Add(s1, hn::IfThenElseZero(hn::FirstN(d, count), e));
    }
    total += static_cast<double>(Sum(d, hn::Add(s0, s1)));
  }
  return total;
}

/// out[i] = fn(a[i], b[i]) on vectors; a tail's unused lanes are 0.
template <class D, class T, class F>
HWY_INLINE void Map(D d, const T* a, const T* b, T* out, int64_t n, const F& fn) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    hn::StoreU(fn(hn::LoadU(d, a + i), hn::LoadU(d, b + i)), d, out + i);
  }
  if (i < n) {
    const auto count = static_cast<size_t>(n - i);
    StoreFirst(d, fn(LoadFirst(d, a + i, count), LoadFirst(d, b + i, count)), out + i, count);
  }
}

template <class T>
void ForwardRows(const T* x, T* y, int64_t rows, int64_t n, bool log) {
  const hn::ScalableTag<T> d;
  for (int64_t r = 0; r < rows; ++r, x += n, y += n) {
    const T m = RowMax(d, x, n);
    if (log) {
      const double log_sum = std::log(ExpSum<false>(d, x, m, y, n));
      const auto max = hn::Set(d, m);
      const auto shift = hn::Set(d, static_cast<T>(log_sum));
      Map(d, x, x, y, n, [&](auto a, auto) HWY_ATTR { return hn::Sub(hn::Sub(a, max), shift); });
    } else if (n <= static_cast<int64_t>(hn::Lanes(d))) {
      const auto count = static_cast<size_t>(n);
      const auto first = hn::FirstN(d, count);
      const auto loaded = count == hn::Lanes(d) ? hn::LoadU(d, x) : LoadFirst(d, x, count);
      const auto e = hn::IfThenElseZero(first, ExpBelow(d, hn::Sub(loaded, hn::Set(d, m))));
      const auto p = hn::Div(e, hn::SumOfLanes(d, e));
      if (count == hn::Lanes(d)) {
        hn::StoreU(p, d, y);
      } else {
        StoreFirst(d, p, y, count);
      }
    } else {
      const auto scale = hn::Set(d, static_cast<T>(1.0 / ExpSum<true>(d, x, m, y, n)));
      Map(d, y, y, y, n, [&](auto a, auto) HWY_ATTR { return hn::Mul(a, scale); });
    }
  }
}

/// Sum of a * b, or of b alone.
template <bool kProduct, class D, class T = hn::TFromD<D>>
HWY_INLINE double DotOrSum(D d, const T* a, const T* b, int64_t n) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto add = [&](auto sum, auto va, auto vb) HWY_ATTR {
    if constexpr (kProduct) return hn::MulAdd(va, vb, sum);
    return hn::Add(sum, vb);
  };
  double total = 0;
  for (int64_t begin = 0; begin < n; begin += kSumBlock) {
    const int64_t end = HWY_MIN(begin + kSumBlock, n);
    auto s0 = hn::Zero(d);
    auto s1 = s0;
    int64_t i = begin;
    for (; i + 2 * lanes <= end; i += 2 * lanes) {
      s0 = add(s0, hn::LoadU(d, a + i), hn::LoadU(d, b + i));
      s1 = add(s1, hn::LoadU(d, a + i + lanes), hn::LoadU(d, b + i + lanes));
    }
    for (; i < end; i += lanes) {
      const auto count = static_cast<size_t>(HWY_MIN(lanes, end - i));
      const bool full = count == static_cast<size_t>(lanes);
      s0 = add(s0, full ? hn::LoadU(d, a + i) : LoadFirst(d, a + i, count),
               full ? hn::LoadU(d, b + i) : LoadFirst(d, b + i, count));
    }
    total += static_cast<double>(Sum(d, hn::Add(s0, s1)));
  }
  return total;
}

template <class T>
void BackwardRows(const T* y, const T* grad_y, T* grad_x, int64_t rows, int64_t n, bool log) {
  const hn::ScalableTag<T> d;
  for (int64_t r = 0; r < rows; ++r, y += n, grad_y += n, grad_x += n) {
    if (log) {
      const auto sum = hn::Set(d, static_cast<T>(DotOrSum<false>(d, y, grad_y, n)));
      Map(d, y, grad_y, grad_x, n,
          [&](auto vy, auto vg) HWY_ATTR { return hn::NegMulAdd(ExpBelow(d, vy), sum, vg); });
    } else {
      const auto sum = hn::Set(d, static_cast<T>(DotOrSum<true>(d, y, grad_y, n)));
      Map(d, y, grad_y, grad_x, n,
          [&](auto vy, auto vg) HWY_ATTR { return hn::Mul(vy, hn::Sub(vg, sum)); });
    }
  }
}

/// Calls fn(i, count) for each vector of columns; count is Lanes(d) but for the last.
template <class D, class F>
HWY_INLINE void ForColumns(D d, int64_t columns, const F& fn) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t i = 0; i < columns; i += lanes) {
    fn(i, static_cast<size_t>(HWY_MIN(lanes, columns - i)));
  }
}

template <class D, class T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> LoadCount(D d, const T* p, size_t count) {
  return count == hn::Lanes(d) ? hn::LoadU(d, p) : LoadFirst(d, p, count);
}
template <class D, class V, class T = hn::TFromD<D>>
HWY_INLINE void StoreCount(D d, V v, T* p, size_t count) {
  if (count == hn::Lanes(d)) {
    hn::StoreU(v, d, p);
  } else {
    StoreFirst(d, v, p, count);
  }
}

// A vector for each column; one more vector's width, since tails are stored whole.
template <class T>
struct ColumnSums {
  HWY_ALIGN T values[kSoftmaxColumns + 64];
};
// Rows whose sum runs in one level; with two levels the error stays small for long columns.
constexpr int64_t kRowBlock = 1024;

template <class T>
void ForwardColumns(const T* x, T* y, int64_t n, int64_t stride, int64_t columns, bool log) {
  const hn::ScalableTag<T> d;
  ColumnSums<T> max, sum, total;
  ForColumns(d, columns, [&](int64_t i, size_t count) HWY_ATTR {
    hn::Store(LoadCount(d, x + i, count), d, max.values + i);
    hn::Store(hn::Zero(d), d, total.values + i);
  });
  for (int64_t r = 1; r < n; ++r) {
    ForColumns(d, columns, [&](int64_t i, size_t count) HWY_ATTR {
      const auto v = LoadCount(d, x + r * stride + i, count);
      hn::Store(hn::Max(v, hn::Load(d, max.values + i)), d, max.values + i);
    });
  }
  for (int64_t begin = 0; begin < n; begin += kRowBlock) {
    const int64_t end = HWY_MIN(begin + kRowBlock, n);
    ForColumns(d, columns,
               [&](int64_t i, size_t) HWY_ATTR { hn::Store(hn::Zero(d), d, sum.values + i); });
    for (int64_t r = begin; r < end; ++r) {
      ForColumns(d, columns, [&](int64_t i, size_t count) HWY_ATTR {
        const auto v = LoadCount(d, x + r * stride + i, count);
        const auto e = ExpBelow(d, hn::Sub(v, hn::Load(d, max.values + i)));
        hn::Store(hn::Add(e, hn::Load(d, sum.values + i)), d, sum.values + i);
        if (!log) StoreCount(d, e, y + r * stride + i, count);
      });
    }
    ForColumns(d, columns, [&](int64_t i, size_t) HWY_ATTR {
      const auto t = hn::Add(hn::Load(d, total.values + i), hn::Load(d, sum.values + i));
      hn::Store(t, d, total.values + i);
    });
  }
  ForColumns(d, columns, [&](int64_t i, size_t) HWY_ATTR {
    const auto t = hn::Load(d, total.values + i);
    hn::Store(log ? Log(d, t) : hn::Div(hn::Set(d, T{1}), t), d, total.values + i);
  });
  for (int64_t r = 0; r < n; ++r) {
    ForColumns(d, columns, [&](int64_t i, size_t count) HWY_ATTR {
      const auto t = hn::Load(d, total.values + i);
      const int64_t at = r * stride + i;
      if (log) {
        const auto v = hn::Sub(LoadCount(d, x + at, count), hn::Load(d, max.values + i));
        StoreCount(d, hn::Sub(v, t), y + at, count);
      } else {
        StoreCount(d, hn::Mul(LoadCount(d, y + at, count), t), y + at, count);
      }
    });
  }
}

template <class T>
void BackwardColumns(const T* y, const T* grad_y, T* grad_x, int64_t n, int64_t stride,
                     int64_t columns, bool log) {
  const hn::ScalableTag<T> d;
  ColumnSums<T> sum, total;
  ForColumns(d, columns,
             [&](int64_t i, size_t) HWY_ATTR { hn::Store(hn::Zero(d), d, total.values + i); });
  for (int64_t begin = 0; begin < n; begin += kRowBlock) {
    const int64_t end = HWY_MIN(begin + kRowBlock, n);
    ForColumns(d, columns,
               [&](int64_t i, size_t) HWY_ATTR { hn::Store(hn::Zero(d), d, sum.values + i); });
    for (int64_t r = begin; r < end; ++r) {
      ForColumns(d, columns, [&](int64_t i, size_t count) HWY_ATTR {
        auto g = LoadCount(d, grad_y + r * stride + i, count);
        if (!log) g = hn::Mul(g, LoadCount(d, y + r * stride + i, count));
        hn::Store(hn::Add(g, hn::Load(d, sum.values + i)), d, sum.values + i);
      });
    }
    ForColumns(d, columns, [&](int64_t i, size_t) HWY_ATTR {
      const auto t = hn::Add(hn::Load(d, total.values + i), hn::Load(d, sum.values + i));
      hn::Store(t, d, total.values + i);
    });
  }
  for (int64_t r = 0; r < n; ++r) {
    ForColumns(d, columns, [&](int64_t i, size_t count) HWY_ATTR {
      const int64_t at = r * stride + i;
      const auto t = hn::Load(d, total.values + i);
      const auto vy = LoadCount(d, y + at, count);
      const auto vg = LoadCount(d, grad_y + at, count);
      const auto g = log ? hn::NegMulAdd(ExpBelow(d, vy), t, vg) : hn::Mul(vy, hn::Sub(vg, t));
      StoreCount(d, g, grad_x + at, count);
    });
  }
}

/// A target the caller could not check is forced into the range.
HWY_INLINE int64_t ClampTarget(int64_t target, int64_t classes) {
  return target < 0 ? 0 : target >= classes ? classes - 1 : target;
}

template <class T>
void CrossEntropy(const CrossEntropyRows<T>& rows, int64_t begin, int64_t end) {
  const hn::ScalableTag<T> d;
  const int64_t n = rows.classes;
  for (int64_t r = begin; r < end; ++r) {
    const T* x = rows.logits + r * n;
    const T m = RowMax(d, x, n);
    const double log_sum = std::log(ExpSum<false>(d, x, m, static_cast<T*>(nullptr), n));
    rows.lse[r * rows.lse_stride] = static_cast<T>(static_cast<double>(m) + log_sum);
    const int64_t target = rows.targets[r * rows.target_stride];
    T loss = 0;
    if (target != rows.ignore_index) {
      const double x_target = static_cast<double>(x[ClampTarget(target, n)]);
      loss = static_cast<T>(log_sum - (x_target - static_cast<double>(m)));
    }
    rows.losses[r * rows.loss_stride] = loss;
  }
}

template <class T>
void CrossEntropyBackward(const CrossEntropyRows<T>& rows, int64_t begin, int64_t end) {
  const hn::ScalableTag<T> d;
  const int64_t n = rows.classes;
  for (int64_t r = begin; r < end; ++r) {
    const T* x = rows.logits + r * n;
    T* grad = rows.grad_logits + r * n;
    const int64_t target = rows.targets[r * rows.target_stride];
    if (target == rows.ignore_index) {
      Map(d, x, x, grad, n, [&](auto, auto) HWY_ATTR { return hn::Zero(d); });
      continue;
    }
    const T g = rows.losses[r * rows.loss_stride];
    const auto lse = hn::Set(d, rows.lse[r * rows.lse_stride]);
    const auto scale = hn::Set(d, g);
    Map(d, x, x, grad, n,
        [&](auto v, auto) HWY_ATTR { return hn::Mul(ExpBelow(d, hn::Sub(v, lse)), scale); });
    grad[ClampTarget(target, n)] -= g;
  }
}

template <class T>
constexpr SoftmaxKernels<T> kTable = {ForwardRows<T>,     BackwardRows<T>, ForwardColumns<T>,
                                      BackwardColumns<T>, CrossEntropy<T>, CrossEntropyBackward<T>};

const SoftmaxKernels<float>& FloatKernels() { return kTable<float>; }
const SoftmaxKernels<double>& DoubleKernels() { return kTable<double>; }

}  // namespace
}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ct::cpu {

CT_SIMD_TABLE(SoftmaxKernels, softmax_kernels, float, FloatKernels);
CT_SIMD_TABLE(SoftmaxKernels, softmax_kernels, double, DoubleKernels);

}  // namespace ct::cpu
#endif
