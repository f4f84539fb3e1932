// Forward and input gradient on CPUs: panels of packed weights times panels of places, which an
// item packs in a scratch memory of its own. After panel.cl and conv.cl.


int floor_div(int a, int b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

/// Panels of ROWS weight rows, k = (channel, tap) outermost: [group][panel][k][ROWS].
__kernel void conv_pack_weights(ARRAY(const T, weight), __global T* packed, const ConvProduct s) {
  START(weight);
  const int panels = CEIL_DIV(s.m, ROWS);
  const int taps = s.taps[0] * s.taps[1];
  const int total = s.groups * panels * s.channels;
  FOR_TASKS(task, total) {
    const int c = task % s.channels;
    const int panel = task / s.channels % panels;
    const int group = task / s.channels / panels;
    __global T* to = packed + (long)task * taps * ROWS;
    __global const T* from = weight + group * s.w_group + (long)panel * ROWS * s.w_row +
                             weight_of(&s, c) + s.w_first;
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
    for (int i = 0; i + 8 < count; i += 8) STORE_N(T, 8, to + i, LOAD_N(T, 8, from + i));
    STORE_N(T, 8, to + count - 8, LOAD_N(T, 8, from + count - 8));
  } else if (count >= 4) {
    const JOIN(T, 4) end = LOAD_N(T, 4, from + count - 4);
    STORE_N(T, 4, to, LOAD_N(T, 4, from));
    STORE_N(T, 4, to + count - 4, end);
  } else {
    for (int i = 0; i < count; ++i) to[i] = from[i];
  }
}
void zero_run(__global T* to, int count) {
  if (count >= 8) {
    for (int i = 0; i + 8 < count; i += 8) STORE_N(T, 8, to + i, (V)((T)0));
    STORE_N(T, 8, to + count - 8, (V)((T)0));
  } else {
    for (int i = 0; i < count; ++i) to[i] = (T)0;
  }
}

/// A patch: for some rows of the grid, what the taps see of a plane, with the zeros around it. Its
/// rows and columns are sorted by their remainder modulo the step, so that each tap reads a row of
/// the grid contiguously: [phase_h][row][phase_w][column].
typedef struct {
  int phases_h, phases_w;  // 1 where there is one tap
  int low_h, low_w;        // least floor((first + tap) / step)
  int height, width;       // of a phase
} Patch;

Patch patch_of(const ConvProduct* s, int grid_rows) {
  Patch v;
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
int patch_size(const Patch* v) { return v->phases_h * v->phases_w * v->height * v->width; }

/// Where tap (i, j) of grid place (0, 0) is in the patch.
int patch_tap(const ConvProduct* s, const Patch* v, int i, int j) {
  const int dh = s->first[0] + i * s->tap_step[0];
  const int dw = s->first[1] + j * s->tap_step[1];
  const int fh = floor_div(dh, s->step[0]);
  const int fw = floor_div(dw, s->step[1]);
  const int phase_h = v->phases_h == 1 ? 0 : dh - fh * s->step[0];
  const int phase_w = v->phases_w == 1 ? 0 : dw - fw * s->step[1];
  return ((phase_h * v->phases_w + phase_w) * v->height + fh - v->low_h) * v->width + fw -
         v->low_w;
}

void fill_patch(const ConvProduct* s, const Patch* v, __global T* to,
                __global const T* plane, int row) {
  for (int a = 0; a < v->phases_h; ++a) {
    const int phase_h =
        v->phases_h == 1 ? s->first[0] - floor_div(s->first[0], s->step[0]) * s->step[0] : a;
    for (int b = 0; b < v->phases_w; ++b) {
      const int phase_w =
          v->phases_w == 1 ? s->first[1] - floor_div(s->first[1], s->step[1]) * s->step[1] : b;
      // Columns [left, right) of the patch lie in the plane.
      const int left = clamp(-floor_div(phase_w, s->step[1]) - v->low_w, 0, v->width);
      const int inside = CEIL_DIV(s->w - phase_w, s->step[1]) - v->low_w;
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
/// of channels at a time it copies the patches, packs panels of COLUMNS places from them and
/// multiplies with all rows; the sums lie in `c` until they are spread to the output. An item's
/// scratch: patches, panels, sums.
__kernel void conv_product(ARRAY(const T, source), __global const T* packed,
                           ARRAY(const T, bias), ARRAY(T, out), const ConvProduct s,
                           __global T* scratch, long scratch_size, int block_images,
                           int block_rows, int block_channels) {
  START(source);
  START(bias);
  START(out);
  const int image_blocks = CEIL_DIV(s.images, block_images);
  const int row_blocks = CEIL_DIV(s.rows, block_rows);
  const int pieces = s.groups * image_blocks * row_blocks;
  const int taps = s.taps[0] * s.taps[1];
  const int row_panels = CEIL_DIV(s.m, ROWS);
  const Patch patch = patch_of(&s, block_rows);
  const int plane_size = taps == 0 ? 0 : patch_size(&patch);
  const int most_panels = CEIL_DIV(block_images * block_rows * s.columns, COLUMNS);
  const int c_row = most_panels * COLUMNS;
  __global T* patches = scratch + (long)get_global_id(0) * scratch_size;
  __global T* panels = patches + (long)block_images * block_channels * plane_size + 16;
  __global T* sums = panels + (long)most_panels * block_channels * taps * COLUMNS;

  FOR_TASKS(piece, pieces) {
    const int row = piece % row_blocks * block_rows;
    const int rows = min(block_rows, s.rows - row);
    const int image = piece / row_blocks % image_blocks * block_images;
    const int images = min(block_images, s.images - image);
    const int group = piece / row_blocks / image_blocks;
    const int grid = rows * s.columns;
    const int places = images * grid;
    const int place_panels = CEIL_DIV(places, COLUMNS);
    __global const T* weights = packed + (long)group * row_panels * s.channels * taps * ROWS;
    for (int channel = 0; channel == 0 || channel < s.channels; channel += block_channels) {
      const int channels = min(block_channels, s.channels - channel);
      const int k = channels * taps;
      if (taps > 0) {
        for (int i = 0; i < images; ++i) {
          for (int q = 0; q < channels; ++q) {
            __global T* to = patches + (i * block_channels + q) * plane_size;
            const long plane = source_plane(&s, group, image + i, channel + q);
            if (plane < 0) {
              zero_run(to, plane_size);
            } else {
              fill_patch(&s, &patch, to, source + plane * s.h * s.w, row);
            }
          }
        }
      }
      for (int panel = 0; panel < place_panels; ++panel) {
        // The panel's places as runs in the patches.
        int from[COLUMNS], length[COLUMNS];
        int runs = 0;
        const int end = min(places, (panel + 1) * COLUMNS);
        for (int at = panel * COLUMNS; at < end;) {
          const int in_image = at % grid;
          const int column = in_image % s.columns;
          const int count = min(s.columns - column, end - at);
          from[runs] = at / grid * block_channels * plane_size +
                       in_image / s.columns * patch.width + column;
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
              __global const T* tap = patches + q * plane_size + patch_tap(&s, &patch, i, j);
              if (whole) {
                for (int v = 0; v < VECTORS; ++v) STORE_P(LOAD_P(v, tap + from[0]), v, to);
                continue;
              }
              __global T* next = to;
              for (int n = 0; n < runs; ++n) {
                if (quarters) {
                  for (int x = 0; x < length[n]; x += 4, next += 4) {
                    STORE_N(T, 4, next, LOAD_N(T, 4, tap + from[n] + x));
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
        __global T* plane = out + out_plane(&s, group, image + i, r) * s.out_h * s.out_w;
        for (int y = row; y < row + rows; ++y, from += s.columns) {
          __global T* to = plane + (y * s.out_step[0] + s.out_first[0]) * s.out_w + s.out_first[1];
          int x = 0;
          if (s.out_step[1] == 1) {
            for (; x + 8 <= s.columns; x += 8) {
              STORE_N(T, 8, to + x, LOAD_N(T, 8, from + x) + add);
            }
          }
          for (; x < s.columns; ++x) to[x * s.out_step[1]] = from[x] + add;
        }
      }
    }
  }
}
