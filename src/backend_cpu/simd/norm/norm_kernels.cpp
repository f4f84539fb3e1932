// See norm_kernels.hpp. The moments are exact to a few ulp even where the mean is 1e4 deviations:
// each block of about kSumBlock elements is read twice, the second time from the L1 cache, for its
// own mean and the squared distances from that; blocks are merged in double.
#include "backend_cpu/simd/norm/norm_kernels.hpp"

#include "backend_cpu/simd/dispatch.hpp"
#include "backend_cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend_cpu/simd/norm/norm_kernels.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// After highway.h: compiled once per target.
#include "backend_cpu/simd/pointwise/loops-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {
namespace {

constexpr int64_t kSumBlock = 4096;

template <class D, class V>
HWY_INLINE double Sum(D d, V v) {
  return static_cast<double>(hn::GetLane(hn::SumOfLanes(d, v)));
}

/// Calls full(i) for whole vectors, two at a time (the second with `second`), then tail(i, count).
template <class D, class Pair, class Single, class Tail>
HWY_INLINE void ForVectors(D d, int64_t n, const Pair& pair, const Single& single,
                           const Tail& tail) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) pair(i, i + lanes);
  if (i + lanes <= n) {
    single(i);
    i += lanes;
  }
  if (i < n) tail(i, static_cast<size_t>(n - i));
}

/// Calls fn(offset, length of one run, runs) on pieces of the slab of about kSumBlock elements:
/// several planes, or a part of one.
template <class T, class F>
HWY_INLINE void ForBlocks(const Slab<T>& slab, const F& fn) {
  if (slab.inner >= kSumBlock) {
    for (int64_t p = 0; p < slab.planes; ++p) {
      for (int64_t i = 0; i < slab.inner; i += kSumBlock) {
        fn(p * slab.stride + i, HWY_MIN(kSumBlock, slab.inner - i), int64_t{1});
      }
    }
    return;
  }
  const int64_t together = kSumBlock / slab.inner;
  for (int64_t p = 0; p < slab.planes; p += together) {
    fn(p * slab.stride, slab.inner, HWY_MIN(together, slab.planes - p));
  }
}

template <class T>
Moments SlabMoments(const Slab<T>& slab) {
  const hn::ScalableTag<T> d;
  Moments total;
  ForBlocks(slab, [&](int64_t offset, int64_t n, int64_t runs) HWY_ATTR {
    const T* begin = slab.x + offset;
    auto s0 = hn::Zero(d);
    auto s1 = s0;
    for (int64_t run = 0; run < runs; ++run) {
      const T* x = begin + run * slab.stride;
      ForVectors(
          d, n,
          [&](int64_t i, int64_t j) HWY_ATTR {
            s0 = hn::Add(s0, hn::LoadU(d, x + i));
            s1 = hn::Add(s1, hn::LoadU(d, x + j));
          },
          [&](int64_t i) HWY_ATTR { s0 = hn::Add(s0, hn::LoadU(d, x + i)); },
          [&](int64_t i, size_t count) HWY_ATTR { s1 = hn::Add(s1, LoadFirst(d, x + i, count)); });
    }
    const auto count = static_cast<double>(n * runs);
    const T mean = static_cast<T>(Sum(d, hn::Add(s0, s1)) / count);
    const auto vm = hn::Set(d, mean);
    // The distances' own sum says what rounding took from the mean.
    auto q0 = hn::Zero(d);
    auto q1 = q0;
    s0 = s1 = q0;
    for (int64_t run = 0; run < runs; ++run) {
      const T* x = begin + run * slab.stride;
      ForVectors(
          d, n,
          [&](int64_t i, int64_t j) HWY_ATTR {
            const auto a = hn::Sub(hn::LoadU(d, x + i), vm);
            const auto b = hn::Sub(hn::LoadU(d, x + j), vm);
            s0 = hn::Add(s0, a);
            s1 = hn::Add(s1, b);
            q0 = hn::MulAdd(a, a, q0);
            q1 = hn::MulAdd(b, b, q1);
          },
          [&](int64_t i) HWY_ATTR {
            const auto a = hn::Sub(hn::LoadU(d, x + i), vm);
            s0 = hn::Add(s0, a);
            q0 = hn::MulAdd(a, a, q0);
          },
          [&](int64_t i, size_t rest) HWY_ATTR {
            const auto a =
                hn::IfThenElseZero(hn::FirstN(d, rest), hn::Sub(LoadFirst(d, x + i, rest), vm));
            s1 = hn::Add(s1, a);
            q1 = hn::MulAdd(a, a, q1);
          });
    }
    const double shift = Sum(d, hn::Add(s0, s1)) / count;
    const double m2 = Sum(d, hn::Add(q0, q1)) - shift * shift * count;
    merge(total, {count, static_cast<double>(mean) + shift, m2 < 0 ? 0 : m2});
  });
  return total;
}

template <class T>
void SlabApply(const Slab<T>& slab, T mean, T scale, T bias) {
  const hn::ScalableTag<T> d;
  const auto vm = hn::Set(d, mean);
  const auto vs = hn::Set(d, scale);
  const auto vb = hn::Set(d, bias);
  const auto map = [&](auto x) HWY_ATTR { return hn::MulAdd(hn::Sub(x, vm), vs, vb); };
  for (int64_t p = 0; p < slab.planes; ++p) {
    const T* x = slab.x + p * slab.stride;
    T* y = slab.out + p * slab.stride;
    ForVectors(
        d, slab.inner,
        [&](int64_t i, int64_t j) HWY_ATTR {
          hn::StoreU(map(hn::LoadU(d, x + i)), d, y + i);
          hn::StoreU(map(hn::LoadU(d, x + j)), d, y + j);
        },
        [&](int64_t i) HWY_ATTR { hn::StoreU(map(hn::LoadU(d, x + i)), d, y + i); },
        [&](int64_t i, size_t count)
            HWY_ATTR { StoreFirst(d, map(LoadFirst(d, x + i, count)), y + i, count); });
  }
}

template <class T>
GradSums SlabGradSums(const Slab<T>& slab, T mean) {
  const hn::ScalableTag<T> d;
  const auto vm = hn::Set(d, mean);
  GradSums total;
  ForBlocks(slab, [&](int64_t offset, int64_t n, int64_t runs) HWY_ATTR {
    auto g0 = hn::Zero(d);
    auto g1 = g0;
    auto x0 = g0;
    auto x1 = g0;
    for (int64_t run = 0; run < runs; ++run) {
      const T* x = slab.x + offset + run * slab.stride;
      const T* g = slab.grad_y + offset + run * slab.stride;
      ForVectors(
          d, n,
          [&](int64_t i, int64_t j) HWY_ATTR {
            const auto a = hn::LoadU(d, g + i);
            const auto b = hn::LoadU(d, g + j);
            g0 = hn::Add(g0, a);
            g1 = hn::Add(g1, b);
            x0 = hn::MulAdd(a, hn::Sub(hn::LoadU(d, x + i), vm), x0);
            x1 = hn::MulAdd(b, hn::Sub(hn::LoadU(d, x + j), vm), x1);
          },
          [&](int64_t i) HWY_ATTR {
            const auto a = hn::LoadU(d, g + i);
            g0 = hn::Add(g0, a);
            x0 = hn::MulAdd(a, hn::Sub(hn::LoadU(d, x + i), vm), x0);
          },
          [&](int64_t i, size_t count) HWY_ATTR {
            const auto a = LoadFirst(d, g + i, count);  // 0 in the unused lanes
            g1 = hn::Add(g1, a);
            x1 = hn::MulAdd(a, hn::Sub(LoadFirst(d, x + i, count), vm), x1);
          });
    }
    total.g += Sum(d, hn::Add(g0, g1));
    total.gx += Sum(d, hn::Add(x0, x1));
  });
  return total;
}

template <class T>
void SlabApplyBackward(const Slab<T>& slab, T mean, T a, T b, T c) {
  const hn::ScalableTag<T> d;
  const auto vm = hn::Set(d, mean);
  const auto va = hn::Set(d, a);
  const auto vb = hn::Set(d, b);
  const auto vc = hn::Set(d, c);
  const auto map = [&](auto g, auto x)
                       HWY_ATTR { return hn::MulAdd(g, va, hn::MulAdd(hn::Sub(x, vm), vb, vc)); };
  for (int64_t p = 0; p < slab.planes; ++p) {
    const T* x = slab.x + p * slab.stride;
    const T* g = slab.grad_y + p * slab.stride;
    T* out = slab.out + p * slab.stride;
    ForVectors(
        d, slab.inner,
        [&](int64_t i, int64_t j) HWY_ATTR {
          hn::StoreU(map(hn::LoadU(d, g + i), hn::LoadU(d, x + i)), d, out + i);
          hn::StoreU(map(hn::LoadU(d, g + j), hn::LoadU(d, x + j)), d, out + j);
        },
        [&](int64_t i)
            HWY_ATTR { hn::StoreU(map(hn::LoadU(d, g + i), hn::LoadU(d, x + i)), d, out + i); },
        [&](int64_t i, size_t count) HWY_ATTR {
          StoreFirst(d, map(LoadFirst(d, g + i, count), LoadFirst(d, x + i, count)), out + i,
                     count);
        });
  }
}

/// Calls fn(loader, storer, i) for each vector of a row; loader(p) and storer(v, p) take whole
/// vectors or the tail.
template <class D, class F>
HWY_INLINE void ForRow(D d, int64_t n, const F& fn) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    fn([&](const auto* p) HWY_ATTR { return hn::LoadU(d, p + i); },
       [&](auto v, auto* p) HWY_ATTR { hn::StoreU(v, d, p + i); });
  }
  if (i < n) {
    const auto count = static_cast<size_t>(n - i);
    fn([&](const auto* p) HWY_ATTR { return LoadFirst(d, p + i, count); },
       [&](auto v, auto* p) HWY_ATTR { StoreFirst(d, v, p + i, count); });
  }
}

template <class T>
void RowApply(const T* x, T* y, int64_t n, T mean, T rstd, T shift, const T* weight,
              const T* bias) {
  const hn::ScalableTag<T> d;
  const auto vm = hn::Set(d, mean);
  const auto vr = hn::Set(d, rstd);
  const auto vs = hn::Set(d, shift);
  const auto normal = [&](auto load) HWY_ATTR { return hn::MulAdd(hn::Sub(load(x), vm), vr, vs); };
  if (weight != nullptr && bias != nullptr) {
    ForRow(d, n, [&](auto load, auto store) HWY_ATTR {
      store(hn::MulAdd(normal(load), load(weight), load(bias)), y);
    });
  } else if (weight != nullptr) {
    ForRow(d, n,
           [&](auto load, auto store) HWY_ATTR { store(hn::Mul(normal(load), load(weight)), y); });
  } else if (bias != nullptr) {
    ForRow(d, n,
           [&](auto load, auto store) HWY_ATTR { store(hn::Add(normal(load), load(bias)), y); });
  } else {
    ForRow(d, n, [&](auto load, auto store) HWY_ATTR { store(normal(load), y); });
  }
}

template <class T>
GradSums RowGradSums(const T* grad_y, const T* x, const T* weight, int64_t n, T mean) {
  const hn::ScalableTag<T> d;
  const auto vm = hn::Set(d, mean);
  GradSums total;
  for (int64_t begin = 0; begin < n; begin += kSumBlock) {
    auto sg = hn::Zero(d);
    auto sx = sg;
    const T* g = grad_y + begin;
    const T* xs = x + begin;
    const T* w = weight == nullptr ? nullptr : weight + begin;
    ForRow(d, HWY_MIN(kSumBlock, n - begin), [&](auto load, auto) HWY_ATTR {
      auto v = load(g);
      if (w != nullptr) v = hn::Mul(v, load(w));
      sg = hn::Add(sg, v);
      sx = hn::MulAdd(v, hn::Sub(load(xs), vm), sx);
    });
    total.g += Sum(d, sg);
    total.gx += Sum(d, sx);
  }
  return total;
}

template <class T>
void RowApplyBackward(const T* grad_y, const T* x, const T* weight, T* grad_x, int64_t n, T mean,
                      T a, T b, T c) {
  const hn::ScalableTag<T> d;
  const auto vm = hn::Set(d, mean);
  const auto va = hn::Set(d, a);
  const auto vb = hn::Set(d, b);
  const auto vc = hn::Set(d, c);
  ForRow(d, n, [&](auto load, auto store) HWY_ATTR {
    auto g = load(grad_y);
    if (weight != nullptr) g = hn::Mul(g, load(weight));
    store(hn::MulAdd(g, va, hn::MulAdd(hn::Sub(load(x), vm), vb, vc)), grad_x);
  });
}

template <class T>
void RowAffineGrads(const T* grad_y, const T* x, int64_t n, T mean, T rstd, T shift, T* grad_weight,
                    T* grad_bias) {
  const hn::ScalableTag<T> d;
  const auto vm = hn::Set(d, mean);
  const auto vr = hn::Set(d, rstd);
  const auto vs = hn::Set(d, shift);
  ForRow(d, n, [&](auto load, auto store) HWY_ATTR {
    const auto g = load(grad_y);
    if (grad_weight != nullptr) {
      const auto normal = hn::MulAdd(hn::Sub(load(x), vm), vr, vs);
      store(hn::MulAdd(g, normal, load(grad_weight)), grad_weight);
    }
    if (grad_bias != nullptr) store(hn::Add(g, load(grad_bias)), grad_bias);
  });
}

template <class T>
constexpr NormKernels<T> kTable = {
    SlabMoments<T>, SlabApply<T>,   SlabGradSums<T>,     SlabApplyBackward<T>,
    RowApply<T>,    RowGradSums<T>, RowApplyBackward<T>, RowAffineGrads<T>,
};

const NormKernels<float>& FloatKernels() { return kTable<float>; }
const NormKernels<double>& DoubleKernels() { return kTable<double>; }

}  // namespace
}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ct::cpu {

CT_SIMD_TABLE(NormKernels, norm_kernels, float, FloatKernels);
CT_SIMD_TABLE(NormKernels, norm_kernels, double, DoubleKernels);

}  // namespace ct::cpu
#endif
