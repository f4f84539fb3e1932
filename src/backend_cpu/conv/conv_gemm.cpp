// The forward pass and the input gradient, described as products with a gathered operand
// (conv_product.cpp). For a stride s the input gradient falls apart in s phases an axis: the
// elements of one phase meet the same taps, at grad_y's places without gaps.
#include "backend_cpu/conv/conv_gemm.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <type_traits>
#include <utility>

#include "backend_cpu/conv/conv_winograd.hpp"
#include "core/view/integer.hpp"

namespace ct::cpu {
ConvPatch forward_patch(const ConvSizes& s) {
  std::vector<ConvTap> taps;
  taps.reserve(static_cast<size_t>(s.taps()));
  for (int64_t p = 0; p < s.kh; ++p) {
    for (int64_t q = 0; q < s.kw; ++q) {
      taps.push_back({p * s.dilation_h - s.pad_h, q * s.dilation_w - s.pad_w});
    }
  }
  return {s.h, s.w, s.oh, s.ow, s.stride_h, s.stride_w, std::move(taps)};
}

ConvDepth forward_depth(const ConvSizes& s) {
  return {.grid = s.od,
          .taps = s.kd,
          .step = s.stride_d,
          .first = -s.pad_d,
          .tap_step = s.dilation_d,
          .source = s.d,
          .out = s.od};
}

std::vector<GradInputPhase> grad_input_phases(const ConvSizes& s) {
  std::vector<GradInputPhase> phases;
  for (int64_t h0 = 0; h0 < std::min(s.stride_h, s.h); ++h0) {
    for (int64_t w0 = 0; w0 < std::min(s.stride_w, s.w); ++w0) {
      // Element h of grad_x meets grad_y at (h + pad - p * dilation) / stride where that is whole.
      std::vector<ConvTap> taps;
      std::vector<int64_t> weight_taps;
      for (int64_t p = 0; p < s.kh; ++p) {
        for (int64_t q = 0; q < s.kw; ++q) {
          const int64_t h = h0 + s.pad_h - p * s.dilation_h;
          const int64_t w = w0 + s.pad_w - q * s.dilation_w;
          if (h % s.stride_h != 0 || w % s.stride_w != 0) continue;
          taps.push_back({h / s.stride_h, w / s.stride_w});
          weight_taps.push_back(p * s.kw + q);
        }
      }
      phases.push_back({h0, w0, std::move(weight_taps),
                        ConvPatch(s.oh, s.ow, ceil_div(s.h - h0, s.stride_h),
                                  ceil_div(s.w - w0, s.stride_w), 1, 1, std::move(taps))});
    }
  }
  return phases;
}

namespace {

/// The places d0, d0 + stride, … of the input along the third axis, and the kernel's taps that
/// reach them: `first_tap`, `first_tap` + `every`, …; none: false.
struct DepthPhase {
  ConvDepth depth;
  int64_t first_tap = 0, every = 1;
  bool reached = false;
};

DepthPhase depth_phase(const ConvSizes& s, int64_t d0) {
  DepthPhase p;
  p.depth = {.grid = ceil_div(s.d - d0, s.stride_d),
             .source = s.od,
             .out = s.d,
             .out_step = s.stride_d,
             .out_first = d0};
  p.every = s.stride_d / std::gcd(s.stride_d, s.dilation_d);
  while (p.first_tap < s.kd && (d0 + s.pad_d - p.first_tap * s.dilation_d) % s.stride_d != 0) {
    ++p.first_tap;
  }
  p.reached = p.first_tap < s.kd;
  if (!p.reached) return p;
  p.depth.taps = (s.kd - 1 - p.first_tap) / p.every + 1;
  p.depth.first = (d0 + s.pad_d - p.first_tap * s.dilation_d) / s.stride_d;
  p.depth.tap_step = -s.dilation_d * p.every / s.stride_d;
  return p;
}

template <class T>
void run(const ConvProduct<T>& product, bool winograd) {
  if constexpr (std::is_same_v<T, float>) {
    if (winograd) return conv_winograd(product);
  }
  assert(!winograd);
  conv_product(product);
}

}  // namespace

template <class T>
void conv_forward_gemm(const ConvSizes& s, const T* x, const T* w, const T* bias, T* y,
                       const ConvDone& done, bool winograd) {
  const ConvPatch patch = forward_patch(s);
  ConvProduct<T> p;
  p.depth = forward_depth(s);
  p.images = s.n * s.od;
  p.groups = s.groups;
  p.m = s.group_o();
  p.channels = s.group_c() * s.kd;
  p.patch = &patch;
  p.source = x;
  p.source_plane = s.h * s.w;
  p.weight = w;
  p.weight_depth = s.taps();
  p.weight_channel = s.kd * s.taps();
  p.weight_row = s.group_c() * p.weight_channel;
  p.weight_group = p.m * p.weight_row;
  for (int64_t t = 0; t < s.taps(); ++t) p.weight_taps.push_back(t);
  p.out = y;
  p.out_plane = s.oh * s.ow;
  p.out_width = s.ow;
  p.bias = bias;
  p.done = done;
  run(p, winograd);
}

template <class T>
void conv_grad_input_gemm(const ConvSizes& s, const T* grad_y, const T* w, T* grad_x,
                          bool winograd) {
  const std::vector<GradInputPhase> phases = grad_input_phases(s);
  for (int64_t d0 = 0; d0 < std::min(s.stride_d, s.d); ++d0) {
    const DepthPhase along = depth_phase(s, d0);
    for (const GradInputPhase& phase : phases) {
      const ConvPatch nothing(s.oh, s.ow, phase.patch.rows(), phase.patch.columns(), 1, 1, {});
      ConvProduct<T> p;
      p.depth = along.depth;
      p.images = s.n * p.depth.grid;
      p.groups = s.groups;
      p.m = s.group_c();
      p.channels = s.group_o() * p.depth.taps;
      p.patch = along.reached ? &phase.patch : &nothing;
      p.source = grad_y;
      p.source_plane = s.oh * s.ow;
      p.weight = w;
      p.weight_row = s.kd * s.taps();
      p.weight_channel = p.m * p.weight_row;
      p.weight_group = s.group_o() * p.weight_channel;
      p.weight_depth_first = along.first_tap * s.taps();
      p.weight_depth = along.every * s.taps();
      if (along.reached) p.weight_taps = phase.weight_taps;
      p.out = grad_x;
      p.out_plane = s.h * s.w;
      p.out_width = s.w;
      p.out_step_h = s.stride_h;
      p.out_step_w = s.stride_w;
      p.out_h = phase.h0;
      p.out_w = phase.w0;
      run(p, winograd);
    }
  }
}

template void conv_forward_gemm<float>(const ConvSizes&, const float*, const float*, const float*,
                                       float*, const ConvDone&, bool);
template void conv_forward_gemm<double>(const ConvSizes&, const double*, const double*,
                                        const double*, double*, const ConvDone&, bool);
template void conv_grad_input_gemm<float>(const ConvSizes&, const float*, const float*, float*,
                                          bool);
template void conv_grad_input_gemm<double>(const ConvSizes&, const double*, const double*, double*,
                                           bool);

}  // namespace ct::cpu
