// Convolution as a matrix product whose right operand is gathered from images while it is packed:
// out (m, places) = weights (m, channels * taps) X (channels * taps, places), for each group.
#pragma once

#include <cstdint>
#include <vector>

#include "backend_cpu/conv/conv_patch.hpp"

namespace ct::cpu {

/// A finished part of the output: images, channels (over all groups) and rows of the grid.
struct ConvPart {
  int64_t image, image_end, channel, channel_end, row, row_end;
};
struct ConvDone {
  void (*call)(const void* context, const ConvPart& part) = nullptr;
  const void* context = nullptr;
  void operator()(const ConvPart& part) const {
    if (call != nullptr) call(context, part);
  }
};

template <class T>
struct ConvProduct {
  int64_t images = 0, groups = 1;
  int64_t m = 0, channels = 0;  ///< of one group: output and source channels
  const ConvPatch* patch = nullptr;

  const T* source = nullptr;  ///< (images, groups * channels, plane), dense
  int64_t source_plane = 0;

  /// Weight of output channel i, source channel c, tap t of group g:
  /// weight[g * weight_group + i * weight_row + c * weight_channel + weight_taps[t]].
  const T* weight = nullptr;
  int64_t weight_group = 0, weight_row = 0, weight_channel = 0;
  std::vector<int64_t> weight_taps;

  /// (images, groups * m, out_plane); grid place (i, j) is element
  /// (i * out_step_h + out_h) * out_width + j * out_step_w + out_w of a plane.
  T* out = nullptr;
  int64_t out_plane = 0, out_width = 0;
  int64_t out_step_h = 1, out_step_w = 1, out_h = 0, out_w = 0;
  const T* bias = nullptr;  ///< (groups * m), or null
  ConvDone done;
};

template <class T>
void conv_product(const ConvProduct<T>& product);

/// The sizes of a convolution.
struct ConvSizes {
  int64_t n, c, h, w, o, oh, ow, kh, kw;
  int64_t stride_h, stride_w, pad_h, pad_w, dilation_h, dilation_w;
  int64_t groups;
  int64_t taps() const { return kh * kw; }
  int64_t group_c() const { return c / groups; }
  int64_t group_o() const { return o / groups; }
};

/// The patch through which the forward pass and the weight gradient see x.
ConvPatch forward_patch(const ConvSizes& sizes);

/// One stride phase of the input gradient: rows h0, h0 + stride, … and columns w0, w0 + stride, …
struct GradInputPhase {
  int64_t h0, w0;
  std::vector<int64_t> weight_taps;  ///< which taps of the kernel reach it
  ConvPatch patch;                   ///< over grad_y
};
/// All phases that have any element.
std::vector<GradInputPhase> grad_input_phases(const ConvSizes& sizes);

// The passes as products, `winograd` by transforms (float only). All tensors dense.
template <class T>
void conv_forward_gemm(const ConvSizes& sizes, const T* x, const T* w, const T* bias, T* y,
                       const ConvDone& done, bool winograd);
template <class T>
void conv_grad_input_gemm(const ConvSizes& sizes, const T* grad_y, const T* w, T* grad_x,
                          bool winograd);
template <class T>
void conv_grad_weight_gemm(const ConvSizes& sizes, const T* x, const T* grad_y, T* grad_w,
                           bool winograd);

}  // namespace ct::cpu
