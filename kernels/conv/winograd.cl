// Winograd's convolution F(4x4, 3x3) of float for 3x3 kernels of step 1, described by ConvProduct: 36
// products of transformed weights and transformed tiles. On CPUs only. The points are 0, +-a, +-b
// and infinity with a^2 = 1/2, b^2 = 2, whose transforms keep about the precision of a direct sum.
// After conv_product.cl and conv_grad_weight.cl.
#if LANES == 8 && KIND == 1

#define POINTS 36
#define TILE_OUT 4
// Between the planes of points, so that 36 streams do not meet in one set of the first cache.
#define PLANE_GAP 16
#define POINT_A 0.70710678118654752f
#define POINT_B 1.41421356237309505f

// Each transform is written for any vector type: d, y are arrays of 6, g of 3.
#define INPUT_TRANSFORM(Q, d, y)                                   \
  {                                                                \
    y[0] = fma((Q)(-2.5f), d[2], d[0] + d[4]);                     \
    const Q even_a = fma((Q)(-2.0f), d[2], d[4]);                  \
    const Q odd_a = POINT_A * fma((Q)(-2.0f), d[1], d[3]);         \
    y[1] = even_a + odd_a;                                         \
    y[2] = even_a - odd_a;                                         \
    const Q even_b = fma((Q)(-0.5f), d[2], d[4]);                  \
    const Q odd_b = POINT_B * fma((Q)(-0.5f), d[1], d[3]);         \
    y[3] = even_b + odd_b;                                         \
    y[4] = even_b - odd_b;                                         \
    y[5] = fma((Q)(-2.5f), d[3], d[1] + d[5]);                     \
  }
#define WEIGHT_TRANSFORM(Q, g, y)                                  \
  {                                                                \
    y[0] = g[0];                                                   \
    const Q even_a = (-2.0f / 3) * fma((Q)(0.5f), g[2], g[0]);     \
    const Q odd_a = (-2.0f / 3 * POINT_A) * g[1];                  \
    y[1] = even_a + odd_a;                                         \
    y[2] = even_a - odd_a;                                         \
    const Q even_b = (1.0f / 6) * fma((Q)(2.0f), g[2], g[0]);      \
    const Q odd_b = (POINT_B / 6) * g[1];                          \
    y[3] = even_b + odd_b;                                         \
    y[4] = even_b - odd_b;                                         \
    y[5] = g[2];                                                   \
  }
#define OUTPUT_TRANSFORM(Q, m, y)                                  \
  {                                                                \
    const Q even_a = m[1] + m[2], odd_a = m[1] - m[2];             \
    const Q even_b = m[3] + m[4], odd_b = m[3] - m[4];             \
    y[0] = m[0] + even_a + even_b;                                 \
    y[1] = fma((Q)(POINT_A), odd_a, POINT_B * odd_b);              \
    y[2] = fma((Q)(0.5f), even_a, even_b + even_b);                \
    y[3] = fma((Q)(POINT_A / 2), odd_a, fma((Q)(POINT_B * 2), odd_b, m[5])); \
  }

/// Weights of ROWS rows and one channel a task: [group][point][panel][channel][ROWS].
__kernel void winograd_weights(ARRAY(const T, weight), __global T* transformed,
                               const ConvProduct s, long plane) {
  START(weight);
  const int panels = CEIL_DIV(s.m, ROWS);
  const int total = s.groups * panels * s.channels;
  FOR_TASKS(task, total) {
    const int c = task % s.channels;
    const int panel = task / s.channels % panels;
    const int group = task / s.channels / panels;
    __global const T* from = weight + group * s.w_group + (long)panel * ROWS * s.w_row +
                             c * s.w_channel + s.w_first;
    V half_way[6][3];
    for (int q = 0; q < 3; ++q) {
      V g[3], y[6];
      for (int p = 0; p < 3; ++p) {
        const int i = s.tap_step[0] > 0 ? p : 2 - p;
        const int j = s.tap_step[1] > 0 ? q : 2 - q;
        __global const T* tap = from + i * s.w_tap[0] + j * s.w_tap[1];
        T lanes[LANES];
        for (int r = 0; r < LANES; ++r) {
          lanes[r] = r < ROWS && panel * ROWS + r < s.m ? tap[r * s.w_row] : (T)0;
        }
        g[p] = vload8(0, lanes);
      }
      WEIGHT_TRANSFORM(V, g, y)
      for (int p = 0; p < 6; ++p) half_way[p][q] = y[p];
    }
    __global T* to = transformed + group * POINTS * plane + ((long)panel * s.channels + c) * ROWS;
    for (int p = 0; p < 6; ++p) {
      V y[6];
      WEIGHT_TRANSFORM(V, half_way[p], y)
      for (int q = 0; q < 6; ++q) {
#if ROWS == LANES
        vstore8(y[q], 0, to + (p * 6 + q) * plane);
#else
        T lanes[LANES];
        vstore8(y[q], 0, lanes);
        for (int r = 0; r < ROWS; ++r) to[(p * 6 + q) * plane + r] = lanes[r];
#endif
      }
    }
  }
}

/// Some tiles of a row of tiles: which, and how many of them.
typedef struct {
  int image, row, column, count;
} TileRun;
TileRun tile_run(int tile, int left, int tile_rows, int tile_columns) {
  TileRun run;
  run.image = tile / (tile_rows * tile_columns);
  const int in_image = tile - run.image * tile_rows * tile_columns;
  run.row = in_image / tile_columns;
  run.column = in_image % tile_columns;
  run.count = min(tile_columns - run.column, left);
  return run;
}

#define LINE (TILE_OUT * COLUMNS + 2 * W)

#if W == 16
#define STORE_FROM_4(v, p)          \
  vstore8((v).s456789ab, 0, p);     \
  vstore4((v).scdef, 0, (p) + 8);
#else
#define STORE_FROM_4(v, p) vstore4((v).hi, 0, p);
#endif

/// The six rows that a run of tiles sees of a plane, with zeros around, as six lines of `low` (the
/// first four columns of each tile) and `high` (the others, four columns further), transformed along
/// the columns.
void transform_columns(const ConvProduct* s, TileRun run, __global const T* plane, int top, int left,
                       __global T* rows, __global T* low, __global T* high) {
  const int width = TILE_OUT * run.count;
  const int x0 = TILE_OUT * run.column + left;
  const int begin = clamp(-x0, 0, width + 2);
  const int end = clamp(s->w - x0, begin, width + 2);
  for (int i = 0; i < 6; ++i) {
    const int y = TILE_OUT * run.row + top + i;
    __global T* to = rows + i * LINE;
    if (y < 0 || y >= s->h) {
      zero_run(to, width + 2);
      continue;
    }
    for (int x = 0; x < begin; ++x) to[x] = (T)0;
    copy_run(to + begin, plane + (long)y * s->w + x0 + begin, end - begin);
    for (int x = end; x < width + 2; ++x) to[x] = (T)0;
  }
  for (int x = 0; x < width + 2; x += W) {
    P d[6], y[6];
    for (int i = 0; i < 6; ++i) d[i] = LOAD_P(0, rows + i * LINE + x);
    INPUT_TRANSFORM(P, d, y)
    for (int i = 0; i < 6; ++i) {
      if (x < width) STORE_P(y[i], 0, low + i * LINE + x);
      if (x > 0) {
        STORE_P(y[i], 0, high + i * LINE + x - 4);
      } else {
        STORE_FROM_4(y[i], high + i * LINE)
      }
    }
  }
}

/// Columns 0..3 of W tiles as four vectors, from a line.
#define SPLIT_BY_4(line, d0, d1, d2, d3)                                                 \
  {                                                                                      \
    const P va = LOAD_P(0, line), vb = LOAD_P(1, line), vc = LOAD_P(2, line),            \
            vd = LOAD_P(3, line);                                                        \
    const P even_1 = (P)(va.even, vb.even), odd_1 = (P)(va.odd, vb.odd);                 \
    const P even_2 = (P)(vc.even, vd.even), odd_2 = (P)(vc.odd, vd.odd);                 \
    d0 = (P)(even_1.even, even_2.even);                                                  \
    d1 = (P)(odd_1.even, odd_2.even);                                                    \
    d2 = (P)(even_1.odd, even_2.odd);                                                    \
    d3 = (P)(odd_1.odd, odd_2.odd);                                                      \
  }

/// The transformed tiles of one channel: COLUMNS at `to` in each plane.
void transform_rows(__global const T* low, __global const T* high, __global T* to, long plane) {
  for (int t = 0; t < COLUMNS; t += W) {
    for (int i = 0; i < 6; ++i) {
      P d[6], y[6], unused_2, unused_3;
      SPLIT_BY_4(low + i * LINE + TILE_OUT * t, d[0], d[1], d[2], d[3])
      SPLIT_BY_4(high + i * LINE + TILE_OUT * t, d[4], d[5], unused_2, unused_3)
      INPUT_TRANSFORM(P, d, y)
      for (int j = 0; j < 6; ++j) STORE_P(y[j], 0, to + (i * 6 + j) * plane + t);
    }
  }
}

/// The sums of one output channel, transformed back to four lines of results.
void transform_back(__global const T* sums, long plane, T bias, __global T* lines) {
  for (int t = 0; t < COLUMNS; t += W) {
    P half_way[4][6];
    for (int j = 0; j < 6; ++j) {
      P m[6], y[4];
      for (int i = 0; i < 6; ++i) m[i] = LOAD_P(0, sums + (i * 6 + j) * plane + t);
      OUTPUT_TRANSFORM(P, m, y)
      for (int i = 0; i < 4; ++i) half_way[i][j] = y[i];
    }
    for (int i = 0; i < 4; ++i) {
      P y[4], a, b, to;
      OUTPUT_TRANSFORM(P, half_way[i], y)
      for (int j = 0; j < 4; ++j) y[j] += bias;
      __global T* line = lines + i * LINE + TILE_OUT * t;
      a.even = y[0].lo;
      a.odd = y[2].lo;
      b.even = y[1].lo;
      b.odd = y[3].lo;
      to.even = a.lo;
      to.odd = b.lo;
      STORE_P(to, 0, line);
      to.even = a.hi;
      to.odd = b.hi;
      STORE_P(to, 1, line);
      a.even = y[0].hi;
      a.odd = y[2].hi;
      b.even = y[1].hi;
      b.odd = y[3].hi;
      to.even = a.lo;
      to.odd = b.lo;
      STORE_P(to, 2, line);
      to.even = a.hi;
      to.odd = b.hi;
      STORE_P(to, 3, line);
    }
  }
}

/// A piece is COLUMNS tiles of a group and a split of its output channels; these go by blocks of
/// `block_rows`, whose sums stay in the cache. An item's scratch: lines, tiles, sums.
__kernel void winograd_product(ARRAY(const T, source), __global const T* weights,
                               ARRAY(const T, bias), ARRAY(T, out), const ConvProduct s,
                               long weight_plane, __global T* scratch, long scratch_size,
                               int split_rows, int block_rows) {
  START(source);
  START(bias);
  START(out);
  const int tile_rows = CEIL_DIV(s.rows, TILE_OUT);
  const int tile_columns = CEIL_DIV(s.columns, TILE_OUT);
  const int tiles = s.images * tile_rows * tile_columns;
  const int blocks = CEIL_DIV(tiles, COLUMNS);
  const int splits = CEIL_DIV(s.m, split_rows);
  const int top = min(s.first[0], s.first[0] + 2 * s.tap_step[0]);
  const int left = min(s.first[1], s.first[1] + 2 * s.tap_step[1]);
  __global T* rows = scratch + (long)get_global_id(0) * scratch_size;
  __global T* low = rows + 6 * LINE;
  __global T* high = low + 6 * LINE;
  __global T* transformed = high + 6 * LINE;
  const long plane = (long)s.channels * COLUMNS + PLANE_GAP;
  __global T* sums = transformed + POINTS * plane;
  const long sum_plane = (long)block_rows * COLUMNS + PLANE_GAP;
  const int pieces = s.groups * blocks * splits;
  FOR_TASKS(piece, pieces) {
    const int first_row = piece % splits * split_rows;
    const int last_row = min(s.m, first_row + split_rows);
    const int first = piece / splits % blocks * COLUMNS;
    const int group = piece / splits / blocks;
    const int count = min(COLUMNS, tiles - first);
    if (count < COLUMNS) zero_run(low, 12 * LINE);
    for (int c = 0; c < s.channels; ++c) {
      for (int done = 0; done < count;) {
        const TileRun run = tile_run(first + done, count - done, tile_rows, tile_columns);
        __global const T* from =
            source + (((long)run.image * s.groups + group) * s.channels + c) * s.h * s.w;
        transform_columns(&s, run, from, top, left, rows, low + TILE_OUT * done,
                          high + TILE_OUT * done);
        done += run.count;
      }
      transform_rows(low, high, transformed + (long)c * COLUMNS, plane);
    }
    __global const T* own = weights + group * POINTS * weight_plane;
    for (int row = first_row; row < last_row; row += block_rows) {
      const int end = min(last_row, row + block_rows);
      for (int point = 0; point < POINTS; ++point) {
        for (int r = row; r < end; r += ROWS) {
          multiply_panels(own + point * weight_plane + (long)r * s.channels,
                          transformed + point * plane, s.channels,
                          sums + point * sum_plane + (r - row) * COLUMNS, COLUMNS, 0);
        }
      }
      for (int r = row; r < end; ++r) {
        const int channel = group * s.m + r;
        transform_back(sums + (r - row) * COLUMNS, sum_plane, bias ? bias[channel] : (T)0, rows);
        for (int done = 0; done < count;) {
          const TileRun run = tile_run(first + done, count - done, tile_rows, tile_columns);
          __global T* to = out + ((long)run.image * s.groups * s.m + channel) * s.out_h * s.out_w;
          const int x = TILE_OUT * run.column;
          const int width = min(TILE_OUT * run.count, s.columns - x);
          for (int i = 0; i < min(TILE_OUT, s.rows - TILE_OUT * run.row); ++i) {
            copy_run(to + (long)(TILE_OUT * run.row + i) * s.out_w + x,
                     rows + i * LINE + TILE_OUT * done, width);
          }
          done += run.count;
        }
      }
    }
  }
}
#endif
