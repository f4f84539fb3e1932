// Pooling with 2x2 windows of stride 2, float: the common case, at the speed of memory.
//
// Rows of 16, 8 or 4 outputs and more run on vectors of that width; the last vector of a row ends
// at the row's end and does some outputs twice. Shorter rows run in scalars.
#if defined(CT_BACKEND_CPU_SIMD_POOL_HALVES_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef CT_BACKEND_CPU_SIMD_POOL_HALVES_INL_HPP
#undef CT_BACKEND_CPU_SIMD_POOL_HALVES_INL_HPP
#else
#define CT_BACKEND_CPU_SIMD_POOL_HALVES_INL_HPP
#endif

#include <cstdint>

#include "backend_cpu/simd/conv/pool_kernels.hpp"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Calls fn(d, i) so that vectors of Lanes(d) outputs from i on cover [0, n), or one(i) for each.
template <class F, class One>
HWY_INLINE void CoverRow(int64_t n, const F& fn, const One& one) {
  const auto cover = [&](auto d) HWY_ATTR {
    const auto lanes = static_cast<int64_t>(hn::Lanes(d));
    int64_t i = 0;
    for (; i + lanes <= n; i += lanes) fn(d, i);
    if (i < n) fn(d, n - lanes);
  };
  const hn::ScalableTag<float> widest;
  // NOLINTNEXTLINE(bugprone-branch-clone): tags of different types
  if (n >= static_cast<int64_t>(hn::Lanes(widest))) {
    cover(widest);
  } else if (n >= 8) {
    cover(hn::CappedTag<float, 8>());
  } else if (n >= 4) {
    cover(hn::CappedTag<float, 4>());
  } else {
    for (int64_t i = 0; i < n; ++i) one(i);
  }
}

/// The larger of two candidates and its place; the first one if they are equal or it is NaN.
template <class D, class V, class VI>
HWY_INLINE void TakeLarger(D d, V& best, VI& place, V v, VI v_place) {
  const hn::RebindToSigned<D> di;
  static_cast<void>(d);
  const auto wins = hn::And(hn::Not(hn::Le(v, best)), hn::Eq(best, best));
  best = hn::IfThenElse(wins, v, best);
  place = hn::IfThenElse(hn::RebindMask(di, wins), v_place, place);
}
HWY_INLINE void TakeLarger(float& best, int32_t& place, float v, int32_t v_place) {
  if (!(v <= best) && best == best) {
    best = v;
    place = v_place;
  }
}

HWY_INLINE void MaxHalvesForward(const PoolPlane& plane, const float* x, float* y, int32_t* indices,
                                 int64_t begin, int64_t end) {
  const auto width = static_cast<int32_t>(plane.w.in);
  for (int64_t o = begin; o < end; ++o) {
    const auto first = static_cast<int32_t>(2 * o * width);
    const float* upper = x + first;
    const float* lower = upper + width;
    float* out = y + o * plane.w.out;
    int32_t* index = indices == nullptr ? nullptr : indices + o * plane.w.out;
    CoverRow(
        plane.w.out,
        [&](auto d, int64_t i) HWY_ATTR {
          const hn::RebindToSigned<decltype(d)> di;
          auto best = hn::Undefined(d);
          auto b = best;
          auto c = best;
          auto e = best;
          hn::LoadInterleaved2(d, upper + 2 * i, best, b);
          hn::LoadInterleaved2(d, lower + 2 * i, c, e);
          const auto even = hn::ShiftLeft<1>(hn::Iota(di, 0));
          const auto p0 = hn::Add(even, hn::Set(di, first + static_cast<int32_t>(2 * i)));
          const auto p1 = hn::Add(p0, hn::Set(di, 1));
          auto place = p0;
          TakeLarger(d, best, place, b, p1);
          TakeLarger(d, best, place, c, hn::Add(p0, hn::Set(di, width)));
          TakeLarger(d, best, place, e, hn::Add(p1, hn::Set(di, width)));
          hn::StoreU(best, d, out + i);
          if (index != nullptr) hn::StoreU(place, di, index + i);
        },
        [&](int64_t i) HWY_ATTR {
          int32_t place = first + static_cast<int32_t>(2 * i);
          const int32_t at = place;
          float best = upper[2 * i];
          TakeLarger(best, place, upper[2 * i + 1], at + 1);
          TakeLarger(best, place, lower[2 * i], at + width);
          TakeLarger(best, place, lower[2 * i + 1], at + width + 1);
          out[i] = best;
          if (index != nullptr) index[i] = place;
        });
  }
}

/// Zeros what no window covers: the last column and row of odd sizes.
HWY_INLINE void ZeroRest(const PoolPlane& plane, float* grad_x) {
  const int64_t width = plane.w.in;
  for (int64_t row = 0; row < 2 * plane.h.out; ++row) {
    for (int64_t i = 2 * plane.w.out; i < width; ++i) grad_x[row * width + i] = 0;
  }
  for (int64_t i = 2 * plane.h.out * width; i < plane.h.in * width; ++i) grad_x[i] = 0;
}

HWY_INLINE void MaxHalvesBackward(const PoolPlane& plane, const float* grad_y,
                                  const int32_t* indices, float* grad_x) {
  const auto width = static_cast<int32_t>(plane.w.in);
  for (int64_t o = 0; o < plane.h.out; ++o) {
    const auto first = static_cast<int32_t>(2 * o * width);
    float* upper = grad_x + first;
    float* lower = upper + width;
    const float* grad = grad_y + o * plane.w.out;
    const int32_t* index = indices + o * plane.w.out;
    CoverRow(
        plane.w.out,
        [&](auto d, int64_t i) HWY_ATTR {
          const hn::RebindToSigned<decltype(d)> di;
          const auto even = hn::ShiftLeft<1>(hn::Iota(di, 0));
          const auto origin = hn::Add(even, hn::Set(di, first + static_cast<int32_t>(2 * i)));
          const auto offset = hn::Sub(hn::LoadU(di, index + i), origin);
          const auto g = hn::LoadU(d, grad + i);
          const auto at = [&](int32_t wanted) HWY_ATTR {
            return hn::IfThenElseZero(hn::RebindMask(d, hn::Eq(offset, hn::Set(di, wanted))), g);
          };
          hn::StoreInterleaved2(at(0), at(1), d, upper + 2 * i);
          hn::StoreInterleaved2(at(width), at(width + 1), d, lower + 2 * i);
        },
        [&](int64_t i) HWY_ATTR {
          upper[2 * i] = upper[2 * i + 1] = lower[2 * i] = lower[2 * i + 1] = 0;
          grad_x[index[i]] = grad[i];
        });
  }
  ZeroRest(plane, grad_x);
}

HWY_INLINE void AverageHalvesForward(const PoolPlane& plane, const float* x, float* y,
                                     int64_t begin, int64_t end) {
  const int64_t width = plane.w.in;
  for (int64_t o = begin; o < end; ++o) {
    const float* upper = x + 2 * o * width;
    const float* lower = upper + width;
    float* out = y + o * plane.w.out;
    CoverRow(
        plane.w.out,
        [&](auto d, int64_t i) HWY_ATTR {
          auto a = hn::Undefined(d);
          auto b = a;
          auto c = a;
          auto e = a;
          hn::LoadInterleaved2(d, upper + 2 * i, a, b);
          hn::LoadInterleaved2(d, lower + 2 * i, c, e);
          const auto sum = hn::Add(hn::Add(hn::Add(a, b), c), e);
          hn::StoreU(hn::Mul(sum, hn::Set(d, 0.25F)), d, out + i);
        },
        [&](int64_t i) HWY_ATTR {
          out[i] = (((upper[2 * i] + upper[2 * i + 1]) + lower[2 * i]) + lower[2 * i + 1]) * 0.25F;
        });
  }
}

HWY_INLINE void AverageHalvesBackward(const PoolPlane& plane, const float* grad_y, float* grad_x) {
  const int64_t width = plane.w.in;
  for (int64_t o = 0; o < plane.h.out; ++o) {
    float* upper = grad_x + 2 * o * width;
    float* lower = upper + width;
    const float* grad = grad_y + o * plane.w.out;
    CoverRow(
        plane.w.out,
        [&](auto d, int64_t i) HWY_ATTR {
          const auto g = hn::Mul(hn::LoadU(d, grad + i), hn::Set(d, 0.25F));
          hn::StoreInterleaved2(g, g, d, upper + 2 * i);
          hn::StoreInterleaved2(g, g, d, lower + 2 * i);
        },
        [&](int64_t i) HWY_ATTR {
          const float g = grad[i] * 0.25F;
          upper[2 * i] = upper[2 * i + 1] = lower[2 * i] = lower[2 * i + 1] = g;
        });
  }
  ZeroRest(plane, grad_x);
}

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // include guard, once per target
