// Forward, input gradient and weight gradient on GPUs: a group makes a tile of a product whose
// operands it gathers in local memory. After conv.cl.

#define TILE 64
#define DEPTH 16
#define PART 4

/// Sums a TILE x TILE tile of a product over k in [k_begin, k_end); A_OF(row, k) and B_OF(k, column)
/// give the operands, 0 where there is none.
#define MULTIPLY_TILE(k_begin, k_end, A_OF, B_OF)                                  \
  __local T ta[DEPTH][TILE + 1];                                                   \
  __local T tb[DEPTH][TILE + 1];                                                   \
  const int lx = (int)get_local_id(0), ly = (int)get_local_id(1);                  \
  T sum[PART][PART];                                                               \
  for (int i = 0; i < PART; ++i)                                                   \
    for (int j = 0; j < PART; ++j) sum[i][j] = (T)0;                               \
  for (long k = k_begin; k < (k_end); k += DEPTH) {                                \
    for (int e = ly * 16 + lx; e < TILE * DEPTH; e += 256) {                       \
      const int at = e % TILE, depth = e / TILE;                                   \
      ta[depth][at] = k + depth < (k_end) ? A_OF(row + at, k + depth) : (T)0;      \
      tb[depth][at] = k + depth < (k_end) ? B_OF(k + depth, column + at) : (T)0;   \
    }                                                                              \
    barrier(CLK_LOCAL_MEM_FENCE);                                                  \
    for (int p = 0; p < DEPTH; ++p) {                                              \
      for (int i = 0; i < PART; ++i) {                                             \
        for (int j = 0; j < PART; ++j) {                                           \
          sum[i][j] += ta[p][ly + 16 * i] * tb[p][lx + 16 * j];                    \
        }                                                                          \
      }                                                                            \
    }                                                                              \
    barrier(CLK_LOCAL_MEM_FENCE);                                                  \
  }

T product_weight(__global const T* weight, const ConvProduct* s, int group, int row, long k) {
  if (row >= s->m) return (T)0;
  const int taps = s->taps[0] * s->taps[1];
  const int tap = (int)(k % taps);
  return weight[group * s->w_group + row * s->w_row + weight_of(s, (int)(k / taps)) + s->w_first +
                tap / s->taps[1] * s->w_tap[0] + tap % s->taps[1] * s->w_tap[1]];
}

T product_source(__global const T* source, const ConvProduct* s, int group, long k, long place) {
  const long grid = (long)s->rows * s->columns;
  const long image = place / grid;
  if (image >= s->images) return (T)0;
  const int taps = s->taps[0] * s->taps[1];
  const int tap = (int)(k % taps);
  const int in_image = (int)(place % grid);
  const int y = in_image / s->columns * s->step[0] + s->first[0] + tap / s->taps[1] * s->tap_step[0];
  const int x = in_image % s->columns * s->step[1] + s->first[1] + tap % s->taps[1] * s->tap_step[1];
  if (y < 0 || y >= s->h || x < 0 || x >= s->w) return (T)0;
  const long plane = source_plane(s, group, image, (int)(k / taps));
  return plane < 0 ? (T)0 : source[plane * s->h * s->w + (long)y * s->w + x];
}

__attribute__((reqd_work_group_size(16, 16, 1)))
__kernel void conv_product_tiles(ARRAY(const T, source), ARRAY(const T, weight),
                                 ARRAY(const T, bias), ARRAY(T, out), const ConvProduct s) {
  START(source);
  START(weight);
  START(bias);
  START(out);
  const int group = (int)get_group_id(2);
  const int row = (int)get_group_id(1) * TILE;
  const long column = (long)get_group_id(0) * TILE;
#define A_OF(r, k) product_weight(weight, &s, group, r, k)
#define B_OF(k, c) product_source(source, &s, group, k, c)
  MULTIPLY_TILE(0, (long)s.channels * s.taps[0] * s.taps[1], A_OF, B_OF)
#undef A_OF
#undef B_OF
  const long grid = (long)s.rows * s.columns;
  for (int j = 0; j < PART; ++j) {
    const long place = column + lx + 16 * j;
    const long image = place / grid;
    if (image >= s.images) continue;
    const int in_image = (int)(place % grid);
    const int y = in_image / s.columns * s.out_step[0] + s.out_first[0];
    const int x = in_image % s.columns * s.out_step[1] + s.out_first[1];
    for (int i = 0; i < PART; ++i) {
      const int r = row + ly + 16 * i;
      if (r >= s.m) continue;
      const T add = bias ? bias[group * s.m + r] : (T)0;
      out[(out_plane(&s, group, image, r) * s.out_h + y) * s.out_w + x] = sum[i][j] + add;
    }
  }
}

T weights_x(__global const T* x, const ConvWeights* s, int group, long place, long line) {
  const int taps = s->kh * s->kw;
  if (line >= (long)s->channels * taps) return (T)0;
  const int plane = s->oh * s->ow;
  const int tap = (int)(line % taps);
  const int in_image = (int)(place % plane);
  const int r = in_image / s->ow * s->step[0] - s->padding[0] + tap / s->kw * s->dilation[0];
  const int c = in_image % s->ow * s->step[1] - s->padding[1] + tap % s->kw * s->dilation[1];
  if (r < 0 || r >= s->h || c < 0 || c >= s->w) return (T)0;
  const int channel = group * s->channels + (int)(line / taps);
  return x[weights_x_plane(s, place / plane, channel) * s->h * s->w + (long)r * s->w + c];
}
T weights_y(__global const T* grad_y, const ConvWeights* s, int group, int row, long place) {
  if (row >= s->m) return (T)0;
  const int plane = s->oh * s->ow;
  return grad_y[weights_y_plane(s, place / plane, group * s->m + row) * plane + place % plane];
}

/// partial[part][group][o][c, tap].
__attribute__((reqd_work_group_size(16, 16, 1)))
__kernel void conv_grad_weight_tiles(ARRAY(const T, x), ARRAY(const T, grad_y),
                                     __global T* partial, const ConvWeights s) {
  START(x);
  START(grad_y);
  const int group = (int)get_group_id(2) % s.groups;
  const int part = (int)get_group_id(2) / s.groups;
  const int row = (int)get_group_id(1) * TILE;
  const long column = (long)get_group_id(0) * TILE;
  const long places = (long)s.images * s.oh * s.ow;
#define A_OF(r, k) weights_y(grad_y, &s, group, r, k)
#define B_OF(k, c) weights_x(x, &s, group, k, c)
  MULTIPLY_TILE(places * part / s.parts, places * (part + 1) / s.parts, A_OF, B_OF)
#undef A_OF
#undef B_OF
  const long lines = (long)s.channels * s.kh * s.kw;
  for (int i = 0; i < PART; ++i) {
    const int r = row + ly + 16 * i;
    for (int j = 0; j < PART; ++j) {
      const long line = column + lx + 16 * j;
      if (r < s.m && line < lines) {
        partial[(((long)part * s.groups + group) * s.m + r) * lines + line] = sum[i][j];
      }
    }
  }
}

__kernel void conv_sum_parts(__global const T* partial, ARRAY(T, grad_w), const ConvWeights s,
                             long size) {
  START(grad_w);
  const int taps = s.kh * s.kw;
  FOR_TASKS(i, size) {
    T sum = partial[i];
    for (int part = 1; part < s.parts; ++part) sum += partial[part * size + i];
    grad_w[i / taps * s.w_taps + s.w_first + i % taps] = sum;
  }
}
