// Convolution on dense arrays of T as matrix products whose operands are gathered from images.
// Forward and input gradient are one kernel, described by ConvProduct; the input gradient of a
// step > 1 is one product for each phase of the step. No operand is scattered to: results repeat
// bit for bit. What their kernels are told; those of CPUs are in conv_product.cl and
// conv_grad_weight.cl, those of GPUs in conv_tiles.cl, those of few planes in conv_depthwise.cl.
// After common.cl.

/// out[image, group * m + row, place] = bias + sum over channels c and taps (i, j) of
///   weight(group, row, c, i, j) * source[image, group * channels + c, r * step + d + tap * tap_step]
/// for the places (r, column) of a grid; a place goes to (r * out_step + out_first, …). A third axis
/// is made of more images and channels: image z is place z % d_grid along it, channel q tap
/// q % d_taps; `flat` without one.
typedef struct {
  int images, groups, m, channels;
  int h, w;                // source planes
  int rows, columns;       // the grid
  int step[2], first[2];   // of the grid in the source
  int taps[2], tap_step[2];
  int out_h, out_w, out_step[2], out_first[2];
  int flat, d_grid, d_taps, d_step, d_first, d_tap_step;
  int d_source, d_out, d_out_step, d_out_first;  // planes of a channel
  long w_group, w_row, w_channel;  // of the weights in memory
  long w_first, w_tap[2], w_depth;
} ConvProduct;

/// The plane of `source` that image z sees in channel q of a group, -1 if it is padding.
long source_plane(const ConvProduct* s, int group, long z, int q) {
  if (s->flat) return (z * s->groups + group) * s->channels + q;
  const int place = (int)(z % s->d_grid) * s->d_step + s->d_first + q % s->d_taps * s->d_tap_step;
  if (place < 0 || place >= s->d_source) return -1;
  return ((z / s->d_grid * s->groups + group) * (s->channels / s->d_taps) + q / s->d_taps) *
             s->d_source + place;
}
/// That which it writes in output `row` of a group.
long out_plane(const ConvProduct* s, int group, long z, int row) {
  if (s->flat) return (z * s->groups + group) * s->m + row;
  return ((z / s->d_grid * s->groups + group) * s->m + row) * s->d_out +
         z % s->d_grid * s->d_out_step + s->d_out_first;
}
/// Where the weights of channel q are.
long weight_of(const ConvProduct* s, int q) {
  return s->flat ? q * s->w_channel : q / s->d_taps * s->w_channel + q % s->d_taps * s->w_depth;
}

/// The weight gradient: for each part of the images, sums over its places; the parts are added in
/// order by conv_sum_parts. Of a third axis it is that of one tap: image z is place z % d_grid
/// along it, and w_first the tap's first weight of the w_taps of a channel.
typedef struct {
  int images, groups, m, channels;  // m: outputs, channels: inputs of a group
  int h, w, oh, ow, kh, kw;
  int step[2], padding[2], dilation[2];
  int parts;
  int d_grid, x_planes, x_first, x_step, y_planes, y_first, w_taps, w_first;
} ConvWeights;

/// The planes that image z sees in a channel, and in an output, over all groups.
long weights_x_plane(const ConvWeights* s, long z, int channel) {
  return (z / s->d_grid * s->groups * s->channels + channel) * s->x_planes + s->x_first +
         z % s->d_grid * s->x_step;
}
long weights_y_plane(const ConvWeights* s, long z, int row) {
  return (z / s->d_grid * s->groups * s->m + row) * s->y_planes + s->y_first + z % s->d_grid;
}
