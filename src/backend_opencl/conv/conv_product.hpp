// A convolution as a matrix product, as kernels/conv/conv.cl takes it, and how it is cut for a
// device.
#pragma once

#include <cstdint>

#include "backend_opencl/runtime/runtime.hpp"
#include "core/view/dense.hpp"

namespace ct::opencl {

/// out[image, group * m + row, place] = bias + sum over channels and taps (i, j) of
///   weight(group, row, channel, i, j) * source[…, place * step + first + tap * tap_step]
/// for the places of a grid rows x columns; a place goes to place * out_step + out_first.
struct ConvProduct {
  int32_t images = 0, groups = 1, m = 0, channels = 0;
  int32_t h = 0, w = 0;
  int32_t rows = 0, columns = 0;
  int32_t step[2] = {1, 1}, first[2] = {0, 0};
  int32_t taps[2] = {1, 1}, tap_step[2] = {1, 1};
  int32_t out_h = 0, out_w = 0, out_step[2] = {1, 1}, out_first[2] = {0, 0};
  int64_t w_group = 0, w_row = 0, w_channel = 0;
  int64_t w_first = 0, w_tap[2] = {0, 0};
};

void run_product(Runtime& runtime, DType compute, const ConvProduct& product,
                 const DenseView& source, const DenseView& weight, const DenseView* bias,
                 const DenseView& out);

/// Whether Winograd's transforms cost less than the multiplications they save.
bool winograd_pays(int64_t m, int64_t channels, int64_t tiles, int64_t places);
/// The product by Winograd's transforms; false, and nothing done, where they do not fit or pay.
/// CPU-class devices only.
bool run_winograd(Runtime& runtime, DType compute, const ConvProduct& product,
                  const DenseView& source, const DenseView& weight, const DenseView* bias,
                  const DenseView& out);

/// The product without its matrices, for groups of few outputs; false, and nothing done, for
/// others.
bool run_depthwise(Runtime& runtime, DType compute, const ConvProduct& product,
                   const DenseView& source, const DenseView& weight, const DenseView* bias,
                   const DenseView& out);

/// As in kernels/conv/conv.cl.
struct ConvWeights {
  int32_t images, groups, m, channels;
  int32_t h, w, oh, ow, kh, kw;
  int32_t step[2], padding[2], dilation[2];
  int32_t parts;
};
/// The weight gradient likewise.
bool run_depthwise_grad_weight(Runtime& runtime, DType compute, ConvWeights sizes,
                               const DenseView& x, const DenseView& grad_y,
                               const DenseView& grad_w);
bool run_winograd_grad_weight(Runtime& runtime, DType compute, ConvWeights sizes,
                              const DenseView& x, const DenseView& grad_y, const DenseView& grad_w);

void run_grad_weight(Runtime& runtime, DType compute, const ConvArgs& args, const DenseView& x,
                     const DenseView& grad_y, const DenseView& grad_w);

}  // namespace ct::opencl
