// Convolution as a matrix product whose right operand is gathered from images while it is packed:
// out (m, places) = weights (m, channels * taps) X (channels * taps, places), for each group. A
// third axis is made of more images and channels: a place along it is an image, a tap along it a
// channel.
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

/// The third axis, the outermost of the kernel's. Of two axes it is of one plane and one tap.
struct ConvDepth {
  int64_t grid = 1;                              ///< image z is place z % grid of sample z / grid
  int64_t taps = 1;                              ///< channel q is tap q % taps of channel q / taps
  int64_t step = 1, first = 0, tap_step = 1;     ///< of the grid in the source, as in a plane
  int64_t source = 1;                            ///< planes of a source channel
  int64_t out = 1, out_step = 1, out_first = 0;  ///< planes of an output channel, and those written

  bool flat() const { return grid == 1 && taps == 1 && source == 1 && out == 1 && first == 0; }
  /// The plane of all planes that image z sees in channel q of a group, -1 if it is padding.
  int64_t source_plane(int64_t z, int64_t q, int64_t groups, int64_t group,
                       int64_t channels) const {
    const int64_t place = z % grid * step + first + q % taps * tap_step;
    if (place < 0 || place >= source) return -1;
    return ((z / grid * groups + group) * (channels / taps) + q / taps) * source + place;
  }
  /// That which image z writes in a channel over all groups, `channels` of them.
  int64_t out_plane(int64_t z, int64_t channel, int64_t channels) const {
    return (z / grid * channels + channel) * out + z % grid * out_step + out_first;
  }
};

template <class T>
struct ConvProduct {
  int64_t images = 0, groups = 1;  ///< images: samples times depth.grid
  int64_t m = 0, channels = 0;     ///< of one group: output and source channels, times depth.taps
  const ConvPatch* patch = nullptr;
  ConvDepth depth;

  const T* source = nullptr;  ///< (samples, groups, channels, plane), dense
  int64_t source_plane = 0;

  /// Weight of output channel i, source channel q, tap t of group g:
  /// weight[g * weight_group + i * weight_row + weight_of(q) + weight_taps[t]].
  const T* weight = nullptr;
  int64_t weight_group = 0, weight_row = 0, weight_channel = 0;
  int64_t weight_depth_first = 0, weight_depth = 0;  ///< of depth's taps
  std::vector<int64_t> weight_taps;
  int64_t weight_of(int64_t q) const {
    return q / depth.taps * weight_channel + weight_depth_first + q % depth.taps * weight_depth;
  }

  /// (samples, groups * m, depth.out, out_plane); grid place (i, j) is element
  /// (i * out_step_h + out_h) * out_width + j * out_step_w + out_w of a plane.
  T* out = nullptr;
  int64_t out_plane = 0, out_width = 0;
  int64_t out_step_h = 1, out_step_w = 1, out_h = 0, out_w = 0;
  const T* bias = nullptr;  ///< (groups * m), or null
  ConvDone done;

  /// Null: zeros.
  const T* source_at(int64_t z, int64_t group, int64_t q) const {
    const int64_t plane = depth.source_plane(z, q, groups, group, channels);
    return plane < 0 ? nullptr : source + plane * source_plane;
  }
  T* out_at(int64_t z, int64_t channel) const {
    return out + depth.out_plane(z, channel, groups * m) * out_plane;
  }
};

template <class T>
void conv_product(const ConvProduct<T>& product);

/// The sizes of a convolution.
struct ConvSizes {
  int64_t n, c, h, w, o, oh, ow, kh, kw;
  int64_t stride_h, stride_w, pad_h, pad_w, dilation_h, dilation_w;
  int64_t groups;
  // The third axis, before h; one plane if there is none.
  int64_t d = 1, od = 1, kd = 1, stride_d = 1, pad_d = 0, dilation_d = 1;
  bool flat() const { return d == 1 && od == 1 && kd == 1 && pad_d == 0; }
  int64_t taps() const { return kh * kw; }  ///< of a plane
  int64_t group_c() const { return c / groups; }
  int64_t group_o() const { return o / groups; }
};

/// The patch through which the forward pass and the weight gradient see x.
ConvPatch forward_patch(const ConvSizes& sizes);
ConvDepth forward_depth(const ConvSizes& sizes);

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
