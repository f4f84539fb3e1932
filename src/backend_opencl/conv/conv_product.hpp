// A convolution as a matrix product, as kernels/conv/conv.cl takes it, and how it is cut for a
// device.
#pragma once

#include <cstdint>

#include "backend_opencl/runtime/runtime.hpp"
#include "core/view/dense.hpp"

namespace ct::opencl {

/// out[image, group * m + row, place] = bias + sum over channels and taps (i, j) of
///   weight(group, row, channel, i, j) * source[…, place * step + first + tap * tap_step]
/// for the places of a grid rows x columns; a place goes to place * out_step + out_first. A third
/// axis is made of more images and channels: image z is place z % d_grid along it, channel q tap
/// q % d_taps.
struct ConvProduct {
  int32_t images = 0, groups = 1, m = 0, channels = 0;
  int32_t h = 0, w = 0;
  int32_t rows = 0, columns = 0;
  int32_t step[2] = {1, 1}, first[2] = {0, 0};
  int32_t taps[2] = {1, 1}, tap_step[2] = {1, 1};
  int32_t out_h = 0, out_w = 0, out_step[2] = {1, 1}, out_first[2] = {0, 0};
  int32_t flat = 1, d_grid = 1, d_taps = 1, d_step = 1, d_first = 0, d_tap_step = 1;
  int32_t d_source = 1, d_out = 1, d_out_step = 1, d_out_first = 0;
  int64_t w_group = 0, w_row = 0, w_channel = 0;
  int64_t w_first = 0, w_tap[2] = {0, 0}, w_depth = 0;
};

/// As in kernels/conv/conv.cl.
struct ConvWeights {
  int32_t images, groups, m, channels;
  int32_t h, w, oh, ow, kh, kw;
  int32_t step[2], padding[2], dilation[2];
  int32_t parts;
  // Of a third axis, for one tap of it: as in conv.cl.
  int32_t d_grid = 1, x_planes = 1, x_first = 0, x_step = 1, y_planes = 1, y_first = 0;
  int32_t w_taps = kh * kw, w_first = 0;
  bool flat() const { return x_planes == 1 && y_planes == 1 && w_taps == kh * kw; }
};

/// The arrays of a product, dense; the bias may be absent.
struct ConvArrays {
  const DenseView &source, &weight, &bias, &out;
};
/// Those of a weight gradient.
struct ConvGradients {
  const DenseView &x, &grad_y, &grad_w;
};

// The algorithms, which choice.hpp chooses from. Of products:
void run_direct(Runtime& runtime, DType compute, const ConvProduct& product,
                const ConvArrays& arrays);
void run_winograd(Runtime& runtime, DType compute, const ConvProduct& product,
                  const ConvArrays& arrays);
void run_panels(Runtime& runtime, DType compute, const ConvProduct& product,
                const ConvArrays& arrays);
void run_tiles(Runtime& runtime, DType compute, const ConvProduct& product,
               const ConvArrays& arrays);
// Of weight gradients:
void run_direct(Runtime& runtime, DType compute, ConvWeights sizes, const ConvGradients& arrays);
void run_winograd(Runtime& runtime, DType compute, ConvWeights sizes, const ConvGradients& arrays);
void run_panels(Runtime& runtime, DType compute, ConvWeights sizes, const ConvGradients& arrays);
void run_tiles(Runtime& runtime, DType compute, ConvWeights sizes, const ConvGradients& arrays);

/// Sets the arrays of a product, in the order that all kernels take them in; `weight` may be
/// packed.
void set_arrays(Launch& launch, const ConvArrays& arrays, const Scratch* packed);

/// Elements of the frames that an item of run_direct keeps, on CPUs.
int64_t frame_elements(const ConvProduct& product, const Profile& profile, DType compute);

}  // namespace ct::opencl
