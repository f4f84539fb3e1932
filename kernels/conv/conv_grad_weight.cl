// The weight gradient on CPUs. One operand goes by vectors with its channels innermost, which costs
// one transposition of a patch; the other is read where it lies, a number at a time.
//   by inputs  (SWAPPED 0): rows are outputs o, vectors are input channels c, one product a tap;
//   by outputs (SWAPPED 1): rows are (c, tap), vectors are outputs: for few input channels.
// After conv_product.cl.

#define DECLARE_PLACE(r, at, places) const int at##r = places[r];

/// Sums over images, rows and columns of ROWS numbers times COLUMNS numbers, added to c.
void multiply_places(__global const T* a, const int* row_at, int a_image, int a_row, int a_column,
                     __global const T* b, int b_image, int b_row, int b_column, int images,
                     int rows, int columns, __global T* c, int c_row) {
  EACH_ROW_1(PANEL_DECLARE, sum)
  EACH_ROW_2(DECLARE_PLACE, at, row_at)
  for (int i = 0; i < images; ++i) {
    for (int y = 0; y < rows; ++y) {
      __global const T* pa = a + i * a_image + y * a_row;
      __global const T* pb = b + i * b_image + y * b_row;
      for (int x = 0; x < columns; ++x, pa += a_column, pb += b_column) {
        PANEL_LOAD(b, pb)
        EACH_ROW_4(PANEL_STEP_AT, sum, pa, at, b)
      }
    }
  }
  EACH_ROW_3(PANEL_ADD, sum, c, c_row)
}

/// target[row][column][COLUMNS]: COLUMNS planes of `source`, or zeros where `count` of them end, with
/// zeros around: row `top` of the patch is row 0 of a plane.
void transpose_patch(__global const T* source, int plane, int count, int h, int w, int top,
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
          V v[8];
          LOAD_SQUARE(v, AS_IT_IS, T, from + c * plane + x, plane)
          TRANSPOSE_SQUARE(V, v)
          STORE_SQUARE(v, T, line + x * COLUMNS + c, COLUMNS)
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
/// scratch: patches of `block_images` images and, swapped, transposed gradients.
__kernel void conv_grad_weight(ARRAY(const T, x), ARRAY(const T, grad_y), __global T* partial,
                               const ConvWeights s, __global T* scratch, long scratch_size,
                               int block_images, int swapped) {
  START(x);
  START(grad_y);
  const int taps = s.kh * s.kw;
  const int lines = swapped ? s.channels * taps : s.m;  // rows of one product
  const int panels = CEIL_DIV(lines, ROWS);
  const int across = swapped ? s.m : s.channels;
  const int blocks = CEIL_DIV(across, COLUMNS);
  const int products = swapped ? 1 : taps;
  const int height = (s.oh - 1) * s.step[0] + (s.kh - 1) * s.dilation[0] + 1;
  const int width = (s.ow - 1) * s.step[1] + (s.kw - 1) * s.dilation[1] + 1;
  const int x_plane = s.h * s.w;
  const int y_plane = s.oh * s.ow;
  const int x_channel = x_plane * s.x_planes;  // from one channel to the next
  const int y_channel = y_plane * s.y_planes;
  const long part_size = (long)s.groups * blocks * products * panels * ROWS * COLUMNS;
  const int pieces = s.parts * s.groups * blocks;
  __global T* patches = scratch + (long)get_global_id(0) * scratch_size;

  FOR_TASKS(piece, pieces) {
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
          const int channel = group * s.channels + block * COLUMNS;
          transpose_patch(x + weights_x_plane(&s, image + i, channel) * x_plane, x_channel, count, s.h, s.w, s.padding[0], s.padding[1],
                          patches + (long)i * height * width * COLUMNS, height, width);
        }
        __global const T* from = grad_y + weights_y_plane(&s, image, group * s.m) * y_plane;
        for (int panel = 0; panel < panels; ++panel) {
          for (int r = 0; r < ROWS; ++r) row_at[r] = min(panel * ROWS + r, s.m - 1) * y_channel;
          for (int tap = 0; tap < taps; ++tap) {
            const int shift = (tap / s.kw * s.dilation[0] * width + tap % s.kw * s.dilation[1]);
            multiply_places(from, row_at, s.groups * s.m * y_plane, s.ow, 1,
                            patches + shift * COLUMNS, height * width * COLUMNS,
                            s.step[0] * width * COLUMNS, s.step[1] * COLUMNS, images, s.oh, s.ow,
                            sums + (long)(tap * panels + panel) * ROWS * COLUMNS, COLUMNS);
          }
        }
      } else {
        // Patches with zeros around, and the gradients' outputs innermost.
        __global T* gradients = patches + (long)block_images * s.channels * height * width + 16;
        for (int i = 0; i < images; ++i) {
          for (int c = 0; c < s.channels; ++c) {
            __global const T* plane =
                x + weights_x_plane(&s, image + i, group * s.channels + c) * x_plane;
            __global T* to = patches + (long)(i * s.channels + c) * height * width;
            for (int y = 0; y < height; ++y, to += width) {
              const int r = y - s.padding[0];
              for (int q = 0; q < width; ++q) {
                const int p = q - s.padding[1];
                to[q] = r >= 0 && r < s.h && p >= 0 && p < s.w ? plane[r * s.w + p] : (T)0;
              }
            }
          }
          transpose_patch(
              grad_y + weights_y_plane(&s, image + i, group * s.m + block * COLUMNS) * y_plane,
              y_channel, count, s.oh, s.ow, 0, 0, gradients + (long)i * y_plane * COLUMNS, s.oh,
              s.ow);
        }
        for (int panel = 0; panel < panels; ++panel) {
          for (int r = 0; r < ROWS; ++r) {
            const int line = min(panel * ROWS + r, lines - 1);
            const int tap = line % taps;
            row_at[r] = line / taps * height * width + tap / s.kw * s.dilation[0] * width +
                        tap % s.kw * s.dilation[1];
          }
          multiply_places(patches, row_at, s.channels * height * width, s.step[0] * width,
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
  const int panel_rows = ROUND_UP(lines, ROWS);
  const int across = swapped ? s.m : s.channels;
  const int blocks = CEIL_DIV(across, COLUMNS);
  const int products = swapped ? 1 : taps;
  const long part_size = (long)s.groups * blocks * products * panel_rows * COLUMNS;
  const int total = s.groups * products * lines * blocks;
  FOR_TASKS(task, total) {
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
      STORE_OWN_P(sum, v, sums);
    }
    const int count = min(COLUMNS, across - block * COLUMNS);
    const int first = block * COLUMNS;
    if (swapped) {
      const long o = group * s.m + first;
      const int at = line / taps * s.w_taps + s.w_first + line % taps;
      for (int j = 0; j < count; ++j) grad_w[(o + j) * s.channels * s.w_taps + at] = sums[j];
    } else {
      const long at =
          ((long)(group * s.m + line) * s.channels + first) * s.w_taps + s.w_first + product;
      for (int j = 0; j < count; ++j) grad_w[at + j * s.w_taps] = sums[j];
    }
  }
}
