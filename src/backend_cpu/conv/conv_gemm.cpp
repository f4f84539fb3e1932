// The forward pass and the input gradient, described as products with a gathered operand
// (conv_product.cpp). For a stride s the input gradient falls apart in s * s phases: the elements
// of one phase meet the same taps, at grad_y's places without gaps.
#include "backend_cpu/conv/conv_gemm.hpp"

#include <algorithm>
#include <cassert>
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
  p.images = s.n;
  p.groups = s.groups;
  p.m = s.group_o();
  p.channels = s.group_c();
  p.patch = &patch;
  p.source = x;
  p.source_plane = s.h * s.w;
  p.weight = w;
  p.weight_channel = s.taps();
  p.weight_row = p.channels * p.weight_channel;
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
  for (const GradInputPhase& phase : grad_input_phases(s)) {
    ConvProduct<T> p;
    p.images = s.n;
    p.groups = s.groups;
    p.m = s.group_c();
    p.channels = s.group_o();
    p.patch = &phase.patch;
    p.source = grad_y;
    p.source_plane = s.oh * s.ow;
    p.weight = w;
    p.weight_row = s.taps();
    p.weight_channel = p.m * s.taps();
    p.weight_group = p.channels * p.weight_channel;
    p.weight_taps = phase.weight_taps;
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

template void conv_forward_gemm<float>(const ConvSizes&, const float*, const float*, const float*,
                                       float*, const ConvDone&, bool);
template void conv_forward_gemm<double>(const ConvSizes&, const double*, const double*,
                                        const double*, double*, const ConvDone&, bool);
template void conv_grad_input_gemm<float>(const ConvSizes&, const float*, const float*, float*,
                                          bool);
template void conv_grad_input_gemm<double>(const ConvSizes&, const double*, const double*, double*,
                                           bool);

}  // namespace ct::cpu
