// 2-D convolution on dense arrays of T as matrix products whose operands are gathered from images.
// Forward and input gradient are one kernel, described by ConvProduct; the input gradient of a
// step > 1 is one product for each phase of the step. No operand is scattered to: results repeat
// bit for bit. What their kernels are told; those of CPUs are in conv_product.cl and
// conv_grad_weight.cl, those of GPUs in conv_tiles.cl, those of few planes in conv_depthwise.cl.
// After common.cl.

/// out[image, group * m + row, place] = bias + sum over channels c and taps (i, j) of
///   weight(group, row, c, i, j) * source[image, group * channels + c, r * step + d + tap * tap_step]
/// for the places (r, column) of a grid; a place goes to (r * out_step + out_first, …).
typedef struct {
  int images, groups, m, channels;
  int h, w;                // source planes
  int rows, columns;       // the grid
  int step[2], first[2];   // of the grid in the source
  int taps[2], tap_step[2];
  int out_h, out_w, out_step[2], out_first[2];
  long w_group, w_row, w_channel;  // of the weights in memory
  long w_first, w_tap[2];
} ConvProduct;

/// The weight gradient: for each part of the images, sums over its places; the parts are added in
/// order by conv_sum_parts.
typedef struct {
  int images, groups, m, channels;  // m: outputs, channels: inputs of a group
  int h, w, oh, ow, kh, kw;
  int step[2], padding[2], dilation[2];
  int parts;
} ConvWeights;
