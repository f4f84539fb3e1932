// 2-D convolution on dense arrays of T as matrix products whose operands are gathered from images.
// Forward and input gradient are one kernel, described by ConvProduct; the input gradient of a
// step > 1 is one product for each phase of the step. No operand is scattered to: results repeat
// bit for bit. After common.cl and, for LANES 8, panel.cl.

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

#if LANES == 8

int floor_div(int a, int b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

/// Panels of ROWS weight rows, k = (channel, tap) outermost: [group][panel][k][ROWS].
__kernel void conv_pack_weights(ARRAY(const T, weight), __global T* packed, const ConvProduct s) {
  START(weight);
  const int panels = (s.m + ROWS - 1) / ROWS;
  const int taps = s.taps[0] * s.taps[1];
  const int total = s.groups * panels * s.channels;
  for (int task = (int)get_global_id(0); task < total; task += (int)get_global_size(0)) {
    const int c = task % s.channels;
    const int panel = task / s.channels % panels;
    const int group = task / s.channels / panels;
    __global T* to = packed + (long)task * taps * ROWS;
    __global const T* from = weight + group * s.w_group + (long)panel * ROWS * s.w_row +
                             c * s.w_channel + s.w_first;
    for (int i = 0; i < s.taps[0]; ++i) {
      for (int j = 0; j < s.taps[1]; ++j, to += ROWS) {
        __global const T* tap = from + i * s.w_tap[0] + j * s.w_tap[1];
        for (int r = 0; r < ROWS; ++r) {
          to[r] = panel * ROWS + r < s.m ? tap[r * s.w_row] : (T)0;
        }
      }
    }
  }
}

/// Whole vectors, of which the last ones overlap.
void copy_run(__global T* to, __global const T* from, int count) {
  if (count >= 8) {
    for (int i = 0; i + 8 < count; i += 8) vstore8(vload8(0, from + i), 0, to + i);
    vstore8(vload8(0, from + count - 8), 0, to + count - 8);
  } else if (count >= 4) {
    const JOIN(T, 4) end = vload4(0, from + count - 4);
    vstore4(vload4(0, from), 0, to);
    vstore4(end, 0, to + count - 4);
  } else {
    for (int i = 0; i < count; ++i) to[i] = from[i];
  }
}
void zero_run(__global T* to, int count) {
  if (count >= 8) {
    for (int i = 0; i + 8 < count; i += 8) vstore8((V)((T)0), 0, to + i);
    vstore8((V)((T)0), 0, to + count - 8);
  } else {
    for (int i = 0; i < count; ++i) to[i] = (T)0;
  }
}

/// A window: for some rows of the grid, what the taps see of a plane, with the zeros around it. Its
/// rows and columns are sorted by their remainder modulo the step, so that each tap reads a row of
/// the grid contiguously: [phase_h][row][phase_w][column].
typedef struct {
  int phases_h, phases_w;  // 1 where there is one tap
  int low_h, low_w;        // least floor((first + tap) / step)
  int height, width;       // of a phase
} Window;

Window window_of(const ConvProduct* s, int grid_rows) {
  Window v;
  const int last_h = s->first[0] + (s->taps[0] - 1) * s->tap_step[0];
  const int last_w = s->first[1] + (s->taps[1] - 1) * s->tap_step[1];
  v.phases_h = s->taps[0] == 1 ? 1 : s->step[0];
  v.phases_w = s->taps[1] == 1 ? 1 : s->step[1];
  v.low_h = floor_div(min(s->first[0], last_h), s->step[0]);
  v.low_w = floor_div(min(s->first[1], last_w), s->step[1]);
  v.height = grid_rows + floor_div(max(s->first[0], last_h), s->step[0]) - v.low_h;
  v.width = s->columns + floor_div(max(s->first[1], last_w), s->step[1]) - v.low_w;
  return v;
}
int window_size(const Window* v) { return v->phases_h * v->phases_w * v->height * v->width; }

/// Where tap (i, j) of grid place (0, 0) is in the window.
int window_tap(const ConvProduct* s, const Window* v, int i, int j) {
  const int dh = s->first[0] + i * s->tap_step[0];
  const int dw = s->first[1] + j * s->tap_step[1];
  const int fh = floor_div(dh, s->step[0]);
  const int fw = floor_div(dw, s->step[1]);
  const int phase_h = v->phases_h == 1 ? 0 : dh - fh * s->step[0];
  const int phase_w = v->phases_w == 1 ? 0 : dw - fw * s->step[1];
  return ((phase_h * v->phases_w + phase_w) * v->height + fh - v->low_h) * v->width + fw -
         v->low_w;
}

void fill_window(const ConvProduct* s, const Window* v, __global T* to,
                 __global const T* plane, int row) {
  for (int a = 0; a < v->phases_h; ++a) {
    const int phase_h =
        v->phases_h == 1 ? s->first[0] - floor_div(s->first[0], s->step[0]) * s->step[0] : a;
    for (int b = 0; b < v->phases_w; ++b) {
      const int phase_w =
          v->phases_w == 1 ? s->first[1] - floor_div(s->first[1], s->step[1]) * s->step[1] : b;
      // Columns [left, right) of the window lie in the plane.
      const int left = clamp(-floor_div(phase_w, s->step[1]) - v->low_w, 0, v->width);
      const int inside = (s->w - phase_w + s->step[1] - 1) / s->step[1] - v->low_w;
      const int right = phase_w < s->w ? clamp(inside, left, v->width) : left;
      for (int r = 0; r < v->height; ++r, to += v->width) {
        const int y = (row + r + v->low_h) * s->step[0] + phase_h;
        if (y < 0 || y >= s->h || left == right) {
          zero_run(to, v->width);
          continue;
        }
        zero_run(to, left);
        __global const T* from = plane + y * s->w + (left + v->low_w) * s->step[1] + phase_w;
        if (s->step[1] == 1) {
          copy_run(to + left, from, right - left);
        } else {
          for (int x = left; x < right; ++x, from += s->step[1]) to[x] = *from;
        }
        zero_run(to + right, v->width - right);
      }
    }
  }
}

/// A piece is a block of places (some rows of an image, or several images) of a group. For a block
/// of channels at a time it copies the windows, packs panels of COLUMNS places from them and
/// multiplies with all rows; the sums lie in `c` until they are spread to the output. An item's
/// scratch: windows, panels, sums.
__kernel void conv_product(ARRAY(const T, source), __global const T* packed,
                           ARRAY(const T, bias), ARRAY(T, out), const ConvProduct s,
                           __global T* scratch, long scratch_size, int block_images,
                           int block_rows, int block_channels) {
  START(source);
  START(bias);
  START(out);
  const int image_blocks = (s.images + block_images - 1) / block_images;
  const int row_blocks = (s.rows + block_rows - 1) / block_rows;
  const int pieces = s.groups * image_blocks * row_blocks;
  const int taps = s.taps[0] * s.taps[1];
  const int row_panels = (s.m + ROWS - 1) / ROWS;
  const Window window = window_of(&s, block_rows);
  const int plane_size = taps == 0 ? 0 : window_size(&window);
  const int most_panels = (block_images * block_rows * s.columns + COLUMNS - 1) / COLUMNS;
  const int c_row = most_panels * COLUMNS;
  __global T* windows = scratch + (long)get_global_id(0) * scratch_size;
  __global T* panels = windows + (long)block_images * block_channels * plane_size + 16;
  __global T* sums = panels + (long)most_panels * block_channels * taps * COLUMNS;

  for (int piece = (int)get_global_id(0); piece < pieces; piece += (int)get_global_size(0)) {
    const int row = piece % row_blocks * block_rows;
    const int rows = min(block_rows, s.rows - row);
    const int image = piece / row_blocks % image_blocks * block_images;
    const int images = min(block_images, s.images - image);
    const int group = piece / row_blocks / image_blocks;
    const int grid = rows * s.columns;
    const int places = images * grid;
    const int place_panels = (places + COLUMNS - 1) / COLUMNS;
    __global const T* weights = packed + (long)group * row_panels * s.channels * taps * ROWS;
    for (int channel = 0; channel == 0 || channel < s.channels; channel += block_channels) {
      const int channels = min(block_channels, s.channels - channel);
      const int k = channels * taps;
      if (taps > 0) {
        for (int i = 0; i < images; ++i) {
          for (int q = 0; q < channels; ++q) {
            fill_window(&s, &window, windows + (i * block_channels + q) * plane_size,
                        source + (((long)(image + i) * s.groups + group) * s.channels + channel + q) *
                                     s.h * s.w,
                        row);
          }
        }
      }
      for (int panel = 0; panel < place_panels; ++panel) {
        // The panel's places as runs in the windows.
        int from[COLUMNS], length[COLUMNS];
        int runs = 0;
        const int end = min(places, (panel + 1) * COLUMNS);
        for (int at = panel * COLUMNS; at < end;) {
          const int in_image = at % grid;
          const int column = in_image % s.columns;
          const int count = min(s.columns - column, end - at);
          from[runs] = at / grid * block_channels * plane_size +
                       in_image / s.columns * window.width + column;
          length[runs++] = count;
          at += count;
        }
        __global T* to = panels + (long)panel * k * COLUMNS;
        const int missing = (panel + 1) * COLUMNS - end;
        const int whole = runs == 1 && missing == 0;
        const int quarters = s.columns % 4 == 0 && missing == 0;
        for (int q = 0; q < channels; ++q) {
          for (int i = 0; i < s.taps[0]; ++i) {
            for (int j = 0; j < s.taps[1]; ++j, to += COLUMNS) {
              __global const T* tap = windows + q * plane_size + window_tap(&s, &window, i, j);
              if (whole) {
                for (int v = 0; v < VECTORS; ++v) STORE_P(LOAD_P(v, tap + from[0]), v, to);
                continue;
              }
              __global T* next = to;
              for (int n = 0; n < runs; ++n) {
                if (quarters) {
                  for (int x = 0; x < length[n]; x += 4, next += 4) {
                    vstore4(vload4(0, tap + from[n] + x), 0, next);
                  }
                } else {
                  for (int x = 0; x < length[n]; ++x) *next++ = tap[from[n] + x];
                }
              }
              for (int x = 0; x < missing; ++x) *next++ = (T)0;
            }
          }
        }
      }
      for (int r = 0; r < row_panels; ++r) {
        for (int panel = 0; panel < place_panels; ++panel) {
          multiply_panels(weights + ((long)r * s.channels + channel) * taps * ROWS,
                          panels + (long)panel * k * COLUMNS, k,
                          sums + (long)r * ROWS * c_row + panel * COLUMNS, c_row, channel > 0);
        }
      }
    }
    for (int r = 0; r < s.m; ++r) {
      const T add = bias ? bias[group * s.m + r] : (T)0;
      __global const T* from = sums + (long)r * c_row;
      for (int i = 0; i < images; ++i) {
        __global T* plane =
            out + (((long)(image + i) * s.groups + group) * s.m + r) * s.out_h * s.out_w;
        for (int y = row; y < row + rows; ++y, from += s.columns) {
          __global T* to = plane + (y * s.out_step[0] + s.out_first[0]) * s.out_w + s.out_first[1];
          int x = 0;
          if (s.out_step[1] == 1) {
            for (; x + 8 <= s.columns; x += 8) vstore8(vload8(0, from + x) + add, 0, to + x);
          }
          for (; x < s.columns; ++x) to[x * s.out_step[1]] = from[x] + add;
        }
      }
    }
  }
}

// ---- The weight gradient. One operand goes by vectors with its channels innermost, which costs one
// transposition of a window; the other is read where it lies, a number at a time.
//   by inputs  (SWAPPED 0): rows are outputs o, vectors are input channels c, one product a tap;
//   by outputs (SWAPPED 1): rows are (c, tap), vectors are outputs: for few input channels.

/// Sums over images, rows and columns of ROWS numbers times COLUMNS numbers, added to c.
void multiply_places(__global const T* a, const int* row_at, int a_image, int a_row, int a_column,
                     __global const T* b, int b_image, int b_row, int b_column, int images,
                     int rows, int columns, __global T* c, int c_row) {
  EACH_ROW(PANEL_DECLARE)
#define DECLARE_ROW(r) const int at##r = row_at[r];
  EACH_ROW(DECLARE_ROW)
  for (int i = 0; i < images; ++i) {
    for (int y = 0; y < rows; ++y) {
      __global const T* pa = a + i * a_image + y * a_row;
      __global const T* pb = b + i * b_image + y * b_row;
      for (int x = 0; x < columns; ++x, pa += a_column, pb += b_column) {
        const P b0 = LOAD_P(0, pb);
#if VECTORS == 2
        const P b1 = LOAD_P(1, pb);
#endif
#define A_AT(r) pa[at##r]
        EACH_ROW(PANEL_STEP)
#undef A_AT
      }
    }
  }
  EACH_ROW(PANEL_ADD)
}

/// target[row][column][COLUMNS]: COLUMNS planes of `source`, or zeros where `count` of them end, with
/// zeros around: row `top` of the window is row 0 of a plane.
void transpose_window(__global const T* source, int plane, int count, int h, int w, int top,
                      int left, __global T* target, int height, int width) {
  const int begin = clamp(left, 0, width);
  const int end = clamp(w + left, begin, width);
  for (int y = 0; y < height; ++y) {
    const int r = y - top;
    __global T* line = target + (long)y * width * COLUMNS;
    if (r < 0 || r >= h) {
      zero_run(line, width * COLUMNS);
      continue;
    }
    zero_run(line, begin * COLUMNS);
    zero_run(line + end * COLUMNS, (width - end) * COLUMNS);
    __global const T* from = source + r * w - left;
    for (int c = 0; c < COLUMNS; c += LANES) {
      int x = begin;
      if (c + LANES <= count) {
        for (; x + LANES <= end; x += LANES) {
          V square[LANES];
          for (int i = 0; i < LANES; ++i) square[i] = vload8(0, from + (c + i) * plane + x);
          transpose(square);
          for (int i = 0; i < LANES; ++i) vstore8(square[i], 0, line + (x + i) * COLUMNS + c);
        }
      }
      for (; x < end; ++x) {
        for (int i = c; i < c + LANES; ++i) {
          line[x * COLUMNS + i] = i < count ? from[i * plane + x] : (T)0;
        }
      }
    }
  }
}

/// partial[part][group][block][row][COLUMNS] for blocks of COLUMNS input channels and rows
/// (tap, o), or blocks of outputs and rows (c, tap); rows are rounded up to whole panels. An item's
/// scratch: windows of `block_images` images and, swapped, transposed gradients.
__kernel void conv_grad_weight(ARRAY(const T, x), ARRAY(const T, grad_y), __global T* partial,
                               const ConvWeights s, __global T* scratch, long scratch_size,
                               int block_images, int swapped) {
  START(x);
  START(grad_y);
  const int taps = s.kh * s.kw;
  const int lines = swapped ? s.channels * taps : s.m;  // rows of one product
  const int panels = (lines + ROWS - 1) / ROWS;
  const int across = swapped ? s.m : s.channels;
  const int blocks = (across + COLUMNS - 1) / COLUMNS;
  const int products = swapped ? 1 : taps;
  const int height = (s.oh - 1) * s.step[0] + (s.kh - 1) * s.dilation[0] + 1;
  const int width = (s.ow - 1) * s.step[1] + (s.kw - 1) * s.dilation[1] + 1;
  const int x_plane = s.h * s.w;
  const int y_plane = s.oh * s.ow;
  const long part_size = (long)s.groups * blocks * products * panels * ROWS * COLUMNS;
  const int pieces = s.parts * s.groups * blocks;
  __global T* windows = scratch + (long)get_global_id(0) * scratch_size;

  for (int piece = (int)get_global_id(0); piece < pieces; piece += (int)get_global_size(0)) {
    const int block = piece % blocks;
    const int group = piece / blocks % s.groups;
    const int part = piece / blocks / s.groups;
    const int begin = (int)((long)s.images * part / s.parts);
    const int end = (int)((long)s.images * (part + 1) / s.parts);
    const int count = min(COLUMNS, across - block * COLUMNS);
    __global T* sums = partial + part * part_size +
                       (long)(group * blocks + block) * products * panels * ROWS * COLUMNS;
    zero_run(sums, products * panels * ROWS * COLUMNS);
    for (int image = begin; image < end; image += block_images) {
      const int images = min(block_images, end - image);
      int row_at[ROWS];
      if (!swapped) {
        for (int i = 0; i < images; ++i) {
          transpose_window(x + (((long)(image + i) * s.groups + group) * s.channels +
                                block * COLUMNS) * x_plane,
                           x_plane, count, s.h, s.w, s.padding[0], s.padding[1],
                           windows + (long)i * height * width * COLUMNS, height, width);
        }
        __global const T* from = grad_y + ((long)image * s.groups + group) * s.m * y_plane;
        for (int panel = 0; panel < panels; ++panel) {
          for (int r = 0; r < ROWS; ++r) row_at[r] = min(panel * ROWS + r, s.m - 1) * y_plane;
          for (int tap = 0; tap < taps; ++tap) {
            const int shift = (tap / s.kw * s.dilation[0] * width + tap % s.kw * s.dilation[1]);
            multiply_places(from, row_at, s.groups * s.m * y_plane, s.ow, 1,
                            windows + shift * COLUMNS, height * width * COLUMNS,
                            s.step[0] * width * COLUMNS, s.step[1] * COLUMNS, images, s.oh, s.ow,
                            sums + (long)(tap * panels + panel) * ROWS * COLUMNS, COLUMNS);
          }
        }
      } else {
        // Windows with zeros around, and the gradients' outputs innermost.
        __global T* gradients = windows + (long)block_images * s.channels * height * width + 16;
        for (int i = 0; i < images; ++i) {
          for (int c = 0; c < s.channels; ++c) {
            __global const T* plane =
                x + (((long)(image + i) * s.groups + group) * s.channels + c) * x_plane;
            __global T* to = windows + (long)(i * s.channels + c) * height * width;
            for (int y = 0; y < height; ++y, to += width) {
              const int r = y - s.padding[0];
              for (int q = 0; q < width; ++q) {
                const int p = q - s.padding[1];
                to[q] = r >= 0 && r < s.h && p >= 0 && p < s.w ? plane[r * s.w + p] : (T)0;
              }
            }
          }
          transpose_window(
              grad_y + (((long)(image + i) * s.groups + group) * s.m + block * COLUMNS) * y_plane,
              y_plane, count, s.oh, s.ow, 0, 0, gradients + (long)i * y_plane * COLUMNS, s.oh,
              s.ow);
        }
        for (int panel = 0; panel < panels; ++panel) {
          for (int r = 0; r < ROWS; ++r) {
            const int line = min(panel * ROWS + r, lines - 1);
            const int tap = line % taps;
            row_at[r] = line / taps * height * width + tap / s.kw * s.dilation[0] * width +
                        tap % s.kw * s.dilation[1];
          }
          multiply_places(windows, row_at, s.channels * height * width, s.step[0] * width,
                          s.step[1], gradients, y_plane * COLUMNS, s.ow * COLUMNS, COLUMNS, images,
                          s.oh, s.ow, sums + (long)panel * ROWS * COLUMNS, COLUMNS);
        }
      }
    }
  }
}

/// Adds the parts in order and puts each sum to its place in the weights.
__kernel void conv_sum_parts(__global const T* partial, ARRAY(T, grad_w), const ConvWeights s,
                             int swapped) {
  START(grad_w);
  const int taps = s.kh * s.kw;
  const int lines = swapped ? s.channels * taps : s.m;
  const int panel_rows = (lines + ROWS - 1) / ROWS * ROWS;
  const int across = swapped ? s.m : s.channels;
  const int blocks = (across + COLUMNS - 1) / COLUMNS;
  const int products = swapped ? 1 : taps;
  const long part_size = (long)s.groups * blocks * products * panel_rows * COLUMNS;
  const int total = s.groups * products * lines * blocks;
  for (int task = (int)get_global_id(0); task < total; task += (int)get_global_size(0)) {
    const int product = task % products;
    const int line = task / products % lines;
    const int block = task / products / lines % blocks;
    const int group = task / products / lines / blocks;
    __global const T* from =
        partial + ((long)((group * blocks + block) * products + product) * panel_rows + line) * COLUMNS;
    T sums[COLUMNS];
    for (int v = 0; v < VECTORS; ++v) {
      P sum = LOAD_P(v, from);
      for (int part = 1; part < s.parts; ++part) sum += LOAD_P(v, from + part * part_size);
      STORE_P(sum, v, sums);
    }
    const int count = min(COLUMNS, across - block * COLUMNS);
    const int first = block * COLUMNS;
    if (swapped) {
      const long o = group * s.m + first;
      for (int j = 0; j < count; ++j) grad_w[(o + j) * s.channels * taps + line] = sums[j];
    } else {
      const long at = ((long)(group * s.m + line) * s.channels + first) * taps + product;
      for (int j = 0; j < count; ++j) grad_w[at + j * taps] = sums[j];
    }
  }
}

#else

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
  return weight[group * s->w_group + row * s->w_row + k / taps * s->w_channel + s->w_first +
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
  return source[((image * s->groups + group) * s->channels + k / taps) * s->h * s->w +
                (long)y * s->w + x];
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
      out[(((image * s.groups + group) * s.m + r) * s.out_h + y) * s.out_w + x] = sum[i][j] + add;
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
  return x[((place / plane * s->groups + group) * s->channels + line / taps) * s->h * s->w +
           (long)r * s->w + c];
}
T weights_y(__global const T* grad_y, const ConvWeights* s, int group, int row, long place) {
  if (row >= s->m) return (T)0;
  const int plane = s->oh * s->ow;
  return grad_y[((place / plane * s->groups + group) * s->m + row) * plane + place % plane];
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

__kernel void conv_sum_parts(__global const T* partial, ARRAY(T, grad_w), long size, int parts) {
  START(grad_w);
  for (long i = (long)get_global_id(0); i < size; i += (long)get_global_size(0)) {
    T sum = partial[i];
    for (int part = 1; part < parts; ++part) sum += partial[part * size + i];
    grad_w[i] = sum;
  }
}

#endif
