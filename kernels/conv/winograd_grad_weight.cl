// The weight gradient by Winograd's transforms: for each point the product (o, tiles) (tiles, c).
// Vectors go along channels, so that the transforms need no shuffles once a patch is transposed.
// After winograd.cl.
#if LANES == 8 && KIND == 1

#define GRADIENT_TRANSFORM(Q, d, y)                                \
  {                                                                \
    y[0] = d[0];                                                   \
    const Q even_a = fma((Q)(0.5f), d[2], d[0]);                   \
    const Q odd_a = POINT_A * fma((Q)(0.5f), d[3], d[1]);          \
    y[1] = even_a + odd_a;                                         \
    y[2] = even_a - odd_a;                                         \
    const Q even_b = fma((Q)(2.0f), d[2], d[0]);                   \
    const Q odd_b = POINT_B * fma((Q)(2.0f), d[3], d[1]);          \
    y[3] = even_b + odd_b;                                         \
    y[4] = even_b - odd_b;                                         \
    y[5] = d[3];                                                   \
  }
#define TAP_TRANSFORM(Q, s, y)                                     \
  {                                                                \
    const Q even_a = (-2.0f / 3) * (s[1] + s[2]);                  \
    const Q odd_a = (-2.0f / 3 * POINT_A) * (s[1] - s[2]);         \
    const Q even_b = (1.0f / 6) * (s[3] + s[4]);                   \
    const Q odd_b = (POINT_B / 6) * (s[3] - s[4]);                 \
    y[0] = s[0] + even_a + even_b;                                 \
    y[1] = odd_a + odd_b;                                          \
    y[2] = fma((Q)(0.5f), even_a, fma((Q)(2.0f), even_b, s[5]));   \
  }

/// Tiles of `edge` x `edge` elements of COLUMNS channels, transposed in `patch`
/// ([row][column][COLUMNS]), transformed: COLUMNS numbers at `to` for each tile and plane.
#define TRANSFORM_TILES(name, edge, TRANSFORM)                                              \
  void name(__global const T* patch, int width, int count, __global T* to, int tile_step,   \
            long plane) {                                                                   \
    for (int t = 0; t < count; ++t) {                                                       \
      for (int v = 0; v < VECTORS; ++v) {                                                   \
        __global const T* from = patch + (long)t * TILE_OUT * COLUMNS + v * W;              \
        P half_way[6][edge];                                                                \
        for (int j = 0; j < edge; ++j) {                                                    \
          P d[edge], y[6];                                                                  \
          for (int i = 0; i < edge; ++i) d[i] = LOAD_P(0, from + (i * width + j) * COLUMNS); \
          TRANSFORM(P, d, y)                                                                \
          for (int i = 0; i < 6; ++i) half_way[i][j] = y[i];                                \
        }                                                                                   \
        __global T* target = to + (long)t * tile_step + v * W;                              \
        for (int i = 0; i < 6; ++i) {                                                       \
          P y[6];                                                                           \
          TRANSFORM(P, half_way[i], y)                                                      \
          for (int j = 0; j < 6; ++j) STORE_P(y[j], 0, target + (i * 6 + j) * plane);       \
        }                                                                                   \
      }                                                                                     \
    }                                                                                       \
  }
TRANSFORM_TILES(transform_inputs, 6, INPUT_TRANSFORM)
TRANSFORM_TILES(transform_gradients, 4, GRADIENT_TRANSFORM)

/// c += (k x ROWS, rows a_step apart)' (k x COLUMNS).
void multiply_tiles(__global const T* a, int a_step, __global const T* b, int k, __global T* c) {
  EACH_ROW_1(PANEL_DECLARE, sum)
  for (int p = 0; p < k; ++p, a += a_step, b += COLUMNS) {
    PANEL_LOAD(b, b)
    EACH_ROW_3(PANEL_STEP, sum, a, b)
  }
  EACH_ROW_3(PANEL_ADD, sum, c, COLUMNS)
}

/// partial[part][group][block of c][point][o][COLUMNS]: o rounded up to blocks of `block_rows`, which
/// is a multiple of COLUMNS and of ROWS. A piece is a part of the images, a block of channels and a block of
/// outputs; it takes `batch` tiles at a time. An item's scratch: a patch, both operands' tiles.
__kernel void winograd_grad_weight(ARRAY(const T, x), ARRAY(const T, grad_y), __global T* partial,
                                   const ConvWeights s, __global T* scratch, long scratch_size,
                                   int block_rows, int batch) {
  START(x);
  START(grad_y);
  const int tile_rows = CEIL_DIV(s.oh, TILE_OUT);
  const int tile_columns = CEIL_DIV(s.ow, TILE_OUT);
  const int tiles = s.images * tile_rows * tile_columns;
  const int blocks = CEIL_DIV(s.channels, COLUMNS);
  const int row_blocks = CEIL_DIV(s.m, block_rows);
  const long sum_plane = (long)row_blocks * block_rows * COLUMNS;
  const int x_plane = s.h * s.w;
  const int y_plane = s.oh * s.ow;
  __global T* patch = scratch + (long)get_global_id(0) * scratch_size;
  __global T* inputs = patch + 6 * (TILE_OUT * tile_columns + 2) * COLUMNS;
  const long input_plane = (long)batch * COLUMNS + PLANE_GAP;
  __global T* gradients = inputs + POINTS * input_plane;
  const long gradient_plane = (long)batch * block_rows + PLANE_GAP;
  const int pieces = s.parts * s.groups * blocks * row_blocks;
  FOR_TASKS(piece, pieces) {
    const int row_block = piece % row_blocks;
    const int block = piece / row_blocks % blocks;
    const int group = piece / row_blocks / blocks % s.groups;
    const int part = piece / row_blocks / blocks / s.groups;
    const int end = (int)((long)tiles * (part + 1) / s.parts);
    __global T* sums = partial +
                       ((long)(part * s.groups + group) * blocks + block) * POINTS * sum_plane +
                       (long)row_block * block_rows * COLUMNS;
    const int outputs = min(block_rows, s.m - row_block * block_rows);
    for (int point = 0; point < POINTS; ++point) {
      zero_run(sums + point * sum_plane, block_rows * COLUMNS);
    }
    for (int first = (int)((long)tiles * part / s.parts); first < end; first += batch) {
      const int count = min(batch, end - first);
      for (int done = 0; done < count;) {
        const TileRun run = tile_run(first + done, count - done, tile_rows, tile_columns);
        const int y0 = TILE_OUT * run.row;
        const int x0 = TILE_OUT * run.column;
        const int in_width = TILE_OUT * run.count + 2;
        const long image = (long)run.image * s.groups + group;
        transpose_patch(x + (image * s.channels + block * COLUMNS) * x_plane, x_plane,
                        min(COLUMNS, s.channels - block * COLUMNS), s.h, s.w,
                        s.padding[0] - y0, s.padding[1] - x0, patch, 6, in_width);
        transform_inputs(patch, in_width, run.count, inputs + done * COLUMNS, COLUMNS,
                         input_plane);
        const int width = TILE_OUT * run.count;
        for (int o = 0; o < outputs; o += COLUMNS) {
          transpose_patch(grad_y + (image * s.m + row_block * block_rows + o) * y_plane, y_plane,
                          min(COLUMNS, outputs - o), s.oh, s.ow, -y0, -x0, patch, 4, width);
          transform_gradients(patch, width, run.count, gradients + done * block_rows + o,
                              block_rows, gradient_plane);
        }
        done += run.count;
      }
      for (int point = 0; point < POINTS; ++point) {
        for (int o = 0; o < outputs; o += ROWS) {
          multiply_tiles(gradients + point * gradient_plane + o, block_rows,
                         inputs + point * input_plane, count,
                         sums + point * sum_plane + o * COLUMNS);
        }
      }
    }
  }
}

/// Adds the parts in order and transforms the sums of an output and a block of channels to taps.
__kernel void winograd_sum_parts(__global const T* partial, ARRAY(T, grad_w), const ConvWeights s,
                                 int block_rows) {
  START(grad_w);
  const int blocks = CEIL_DIV(s.channels, COLUMNS);
  const long sum_plane = (long)ROUND_UP(s.m, block_rows) * COLUMNS;
  const long part_size = (long)s.groups * blocks * POINTS * sum_plane;
  const int total = s.groups * blocks * s.m;
  FOR_TASKS(task, total) {
    const int o = task % s.m;
    const int block = task / s.m % blocks;
    const int group = task / s.m / blocks;
    __global const T* from =
        partial + (long)(group * blocks + block) * POINTS * sum_plane + (long)o * COLUMNS;
    T taps[9][COLUMNS];
    for (int v = 0; v < VECTORS; ++v) {
      P half_way[3][6];
      for (int j = 0; j < 6; ++j) {
        P sum[6], y[3];
        for (int i = 0; i < 6; ++i) {
          __global const T* at = from + (i * 6 + j) * sum_plane + v * W;
          sum[i] = LOAD_P(0, at);
          for (int part = 1; part < s.parts; ++part) sum[i] += LOAD_P(0, at + part * part_size);
        }
        TAP_TRANSFORM(P, sum, y)
        for (int i = 0; i < 3; ++i) half_way[i][j] = y[i];
      }
      for (int i = 0; i < 3; ++i) {
        P y[3];
        TAP_TRANSFORM(P, half_way[i], y)
        for (int j = 0; j < 3; ++j) STORE_OWN_P(y[j], v, taps[i * 3 + j]);
      }
    }
    const int count = min(COLUMNS, s.channels - block * COLUMNS);
    __global T* to = grad_w + ((long)(group * s.m + o) * s.channels + block * COLUMNS) * 9;
    for (int c = 0; c < count; ++c) {
      for (int tap = 0; tap < 9; ++tap) to[c * 9 + tap] = taps[tap][c];
    }
  }
}

#endif
