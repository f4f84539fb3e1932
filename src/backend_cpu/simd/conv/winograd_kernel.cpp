// The kernels of winograd_kernel.hpp. Vectors run over tiles: the elements of one row of a tile are
// brought into six vectors by interleaved loads, so that both halves of a transform are plain sums.
#include "backend_cpu/simd/conv/winograd_kernel.hpp"

#include <numbers>

#include "backend_cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend_cpu/simd/conv/winograd_kernel.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {
namespace winograd {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
constexpr int64_t kLanes = static_cast<int64_t>(hn::MaxLanes(D()));

// The points' places a and b: a^2 = 1/2, b^2 = 2, a^2 b^2 = 1.
constexpr float kB = static_cast<float>(std::numbers::sqrt2);
constexpr float kA = kB / 2;

/// y = B' d.
HWY_INLINE void input_transform(const V (&d)[6], V (&y)[6]) {
  const D tag;
  const V a = hn::Set(tag, kA), b = hn::Set(tag, kB);
  const V sum = hn::Set(tag, 2.5F), half = hn::Set(tag, 0.5F), two = hn::Set(tag, 2.0F);
  y[0] = hn::NegMulAdd(sum, d[2], hn::Add(d[0], d[4]));
  const V even_a = hn::NegMulAdd(two, d[2], d[4]);
  const V odd_a = hn::Mul(a, hn::NegMulAdd(two, d[1], d[3]));
  y[1] = hn::Add(even_a, odd_a);
  y[2] = hn::Sub(even_a, odd_a);
  const V even_b = hn::NegMulAdd(half, d[2], d[4]);
  const V odd_b = hn::Mul(b, hn::NegMulAdd(half, d[1], d[3]));
  y[3] = hn::Add(even_b, odd_b);
  y[4] = hn::Sub(even_b, odd_b);
  y[5] = hn::NegMulAdd(sum, d[3], hn::Add(d[1], d[5]));
}

/// y = G g: g's polynomial at each point over the product of its distances to the others.
HWY_INLINE void weight_transform(const V (&g)[3], V (&y)[6]) {
  const D tag;
  const V at_a = hn::Set(tag, -2.0F / 3), at_b = hn::Set(tag, 1.0F / 6);
  y[0] = g[0];
  const V even_a = hn::Mul(at_a, hn::MulAdd(hn::Set(tag, 0.5F), g[2], g[0]));
  const V odd_a = hn::Mul(hn::Set(tag, -2.0F / 3 * kA), g[1]);
  y[1] = hn::Add(even_a, odd_a);
  y[2] = hn::Sub(even_a, odd_a);
  const V even_b = hn::Mul(at_b, hn::MulAdd(hn::Set(tag, 2.0F), g[2], g[0]));
  const V odd_b = hn::Mul(hn::Set(tag, kB / 6), g[1]);
  y[3] = hn::Add(even_b, odd_b);
  y[4] = hn::Sub(even_b, odd_b);
  y[5] = g[2];
}

/// y = A' m.
HWY_INLINE void output_transform(const V (&m)[6], V (&y)[4]) {
  const D tag;
  const V even_a = hn::Add(m[1], m[2]), odd_a = hn::Sub(m[1], m[2]);
  const V even_b = hn::Add(m[3], m[4]), odd_b = hn::Sub(m[3], m[4]);
  const V a = hn::Set(tag, kA), b = hn::Set(tag, kB);
  y[0] = hn::Add(m[0], hn::Add(even_a, even_b));
  y[1] = hn::MulAdd(a, odd_a, hn::Mul(b, odd_b));
  y[2] = hn::MulAdd(hn::Set(tag, 0.5F), even_a, hn::Add(even_b, even_b));
  y[3] = hn::MulAdd(hn::Set(tag, kA / 2), odd_a, hn::MulAdd(hn::Set(tag, kB * 2), odd_b, m[5]));
}

/// y = A d.
HWY_INLINE void gradient_transform(const V (&d)[4], V (&y)[6]) {
  const D tag;
  const V half = hn::Set(tag, 0.5F), two = hn::Set(tag, 2.0F);
  y[0] = d[0];
  const V even_a = hn::MulAdd(half, d[2], d[0]);
  const V odd_a = hn::Mul(hn::Set(tag, kA), hn::MulAdd(half, d[3], d[1]));
  y[1] = hn::Add(even_a, odd_a);
  y[2] = hn::Sub(even_a, odd_a);
  const V even_b = hn::MulAdd(two, d[2], d[0]);
  const V odd_b = hn::Mul(hn::Set(tag, kB), hn::MulAdd(two, d[3], d[1]));
  y[3] = hn::Add(even_b, odd_b);
  y[4] = hn::Sub(even_b, odd_b);
  y[5] = d[3];
}

/// y = G' s.
HWY_INLINE void tap_transform(const V (&s)[6], V (&y)[3]) {
  const D tag;
  const V even_a = hn::Mul(hn::Set(tag, -2.0F / 3), hn::Add(s[1], s[2]));
  const V odd_a = hn::Mul(hn::Set(tag, -2.0F / 3 * kA), hn::Sub(s[1], s[2]));
  const V even_b = hn::Mul(hn::Set(tag, 1.0F / 6), hn::Add(s[3], s[4]));
  const V odd_b = hn::Mul(hn::Set(tag, kB / 6), hn::Sub(s[3], s[4]));
  y[0] = hn::Add(s[0], hn::Add(even_a, even_b));
  y[1] = hn::Add(odd_a, odd_b);
  y[2] = hn::MulAdd(hn::Set(tag, 0.5F), even_a, hn::MulAdd(hn::Set(tag, 2.0F), even_b, s[5]));
}

void weights(const float* HWY_RESTRICT taps, const int64_t* order, int64_t channels, int64_t width,
             float* HWY_RESTRICT target, int64_t plane) {
  const D tag;
  for (int64_t c = 0; c < channels; ++c, taps += 9 * width, target += width) {
    for (int64_t i = 0; i < width; i += kLanes) {
      V half[6][3];
      for (int q = 0; q < 3; ++q) {
        V g[3], y[6];
        for (int p = 0; p < 3; ++p) g[p] = hn::LoadU(tag, taps + order[p * 3 + q] * width + i);
        weight_transform(g, y);
        for (int p = 0; p < 6; ++p) half[p][q] = y[p];
      }
      const bool whole = i + kLanes <= width;
      const auto mask = hn::FirstN(tag, static_cast<size_t>(width - i));
      for (int p = 0; p < 6; ++p) {
        V y[6];
        weight_transform(half[p], y);
        for (int q = 0; q < 6; ++q) {
          float* to = target + (p * 6 + q) * plane + i;
          whole ? hn::StoreU(y[q], tag, to) : hn::BlendedStore(y[q], mask, tag, to);
        }
      }
    }
  }
}

void columns(const float* HWY_RESTRICT patch, int64_t row, int64_t tiles, float* HWY_RESTRICT low,
             float* HWY_RESTRICT high, int64_t line) {
  const D tag;
  const int64_t width = 4 * tiles;
  HWY_ALIGN float first[static_cast<size_t>(2 * kLanes)] = {};
  // What is written behind the end of a line is overwritten by the next row of tiles.
  for (int64_t x = 0; x < width + 2; x += kLanes) {
    V d[6], y[6];
    for (int i = 0; i < 6; ++i) d[i] = hn::LoadU(tag, patch + i * row + x);
    input_transform(d, y);
    for (int i = 0; i < 6; ++i) {
      if (x < width) hn::StoreU(y[i], tag, low + i * line + x);
      if (x > 0) {
        hn::StoreU(y[i], tag, high + i * line + x - 4);
      } else {
        hn::Store(y[i], tag, first);
        hn::StoreU(hn::LoadU(tag, first + 4), tag, high + i * line);
      }
    }
  }
}

void rows(const float* HWY_RESTRICT low, const float* HWY_RESTRICT high, int64_t line,
          int64_t tiles, float* HWY_RESTRICT target, int64_t plane) {
  const D tag;
  for (int64_t t = 0; t < tiles; t += kLanes) {
    for (int i = 0; i < 6; ++i) {
      V d[6], y[6], unused2, unused3;
      hn::LoadInterleaved4(tag, low + i * line + 4 * t, d[0], d[1], d[2], d[3]);
      hn::LoadInterleaved4(tag, high + i * line + 4 * t, d[4], d[5], unused2, unused3);
      input_transform(d, y);
      for (int j = 0; j < 6; ++j) hn::StoreU(y[j], tag, target + (i * 6 + j) * plane + t);
    }
  }
}

void gradient_columns(const float* HWY_RESTRICT patch, int64_t row, int64_t tiles,
                      float* HWY_RESTRICT low, int64_t line) {
  const D tag;
  for (int64_t x = 0; x < 4 * tiles; x += kLanes) {
    V d[4], y[6];
    for (int i = 0; i < 4; ++i) d[i] = hn::LoadU(tag, patch + i * row + x);
    gradient_transform(d, y);
    for (int i = 0; i < 6; ++i) hn::StoreU(y[i], tag, low + i * line + x);
  }
}

void gradient_rows(const float* HWY_RESTRICT low, int64_t line, int64_t tiles,
                   float* HWY_RESTRICT target, int64_t plane) {
  const D tag;
  for (int64_t t = 0; t < tiles; t += kLanes) {
    for (int i = 0; i < 6; ++i) {
      V d[4], y[6];
      hn::LoadInterleaved4(tag, low + i * line + 4 * t, d[0], d[1], d[2], d[3]);
      gradient_transform(d, y);
      for (int j = 0; j < 6; ++j) hn::StoreU(y[j], tag, target + (i * 6 + j) * plane + t);
    }
  }
}

void output(const float* HWY_RESTRICT sums, int64_t plane, int64_t tiles, float bias,
            float* HWY_RESTRICT lines, int64_t line) {
  const D tag;
  const V start = hn::Set(tag, bias);
  for (int64_t t = 0; t < tiles; t += kLanes) {
    V half[4][6];
    for (int j = 0; j < 6; ++j) {
      V m[6], y[4];
      for (int i = 0; i < 6; ++i) m[i] = hn::LoadU(tag, sums + (i * 6 + j) * plane + t);
      output_transform(m, y);
      for (int i = 0; i < 4; ++i) half[i][j] = y[i];
    }
    for (int i = 0; i < 4; ++i) {
      V y[4];
      output_transform(half[i], y);
      hn::StoreInterleaved4(hn::Add(y[0], start), hn::Add(y[1], start), hn::Add(y[2], start),
                            hn::Add(y[3], start), tag, lines + i * line + 4 * t);
    }
  }
}

void taps(const float* HWY_RESTRICT sums, int64_t plane, int64_t kernels, float* HWY_RESTRICT taps,
          int64_t row) {
  const D tag;
  for (int64_t k = 0; k < kernels; k += kLanes) {
    V half[3][6];
    for (int j = 0; j < 6; ++j) {
      V s[6], y[3];
      for (int i = 0; i < 6; ++i) s[i] = hn::LoadU(tag, sums + (i * 6 + j) * plane + k);
      tap_transform(s, y);
      for (int i = 0; i < 3; ++i) half[i][j] = y[i];
    }
    for (int i = 0; i < 3; ++i) {
      V y[3];
      tap_transform(half[i], y);
      for (int j = 0; j < 3; ++j) hn::StoreU(y[j], tag, taps + (i * 3 + j) * row + k);
    }
  }
}

constexpr WinogradKernels kKernels = {
    .weights = &weights,
    .columns = &columns,
    .rows = &rows,
    .gradient_columns = &gradient_columns,
    .gradient_rows = &gradient_rows,
    .output = &output,
    .taps = &taps,
};

}  // namespace winograd

const WinogradKernels* winograd_kernels_f32() { return &winograd::kKernels; }

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ct::cpu {

HWY_EXPORT(winograd_kernels_f32);

const WinogradKernels& winograd_kernels() { return *HWY_DYNAMIC_DISPATCH(winograd_kernels_f32)(); }

}  // namespace ct::cpu
#endif
