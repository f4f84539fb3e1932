// Batched matrix products of any strides; types that are only stored are converted where they are
// read and written. After common.cl, batch.cl and, for LANES 8, panel.cl.
//
// LANES 8, for CPUs: both operands are packed into panels of ROWS rows and COLUMNS columns, k
// outermost; an item multiplies whole panels with ROWS x COLUMNS accumulators in registers. Small
// products go without packing.
// LANES 1, for GPUs: 64 x 64 tiles of C in local memory, 4 x 4 results an item.

typedef struct {
  int m, n, k;
  int has_bias;
  long a, b, c, bias;  // where each begins
  long a_row, a_column, b_row, b_column, c_row, c_column, bias_step;
} Product;

#if LANES == 8

// One number through the vectors of the conversions.
T read_one(__global const IN* p) { return READ(((VEC(IN))(p[0]))).s0; }

/// source: `length` lines of k numbers; target: panels of `width` lines, [panel][k][width], the last
/// one filled up with zeros. Item i packs some of the batch's panels.
__kernel void pack(__global const IN* source, __global T* target, const Batch batch, int which,
                   long start, long line_step, long k_step, int length, int k, int width,
                   int items_in_batch) {
  const int panels = CEIL_DIV(length, width);
  const long total = (long)panels * items_in_batch;
  FOR_TASKS(index, total) {
    const int item = (int)(index / panels);
    const int panel = (int)(index % panels);
    __global const IN* from =
        source + start + batch_place(&batch, which == 0 ? batch.a : batch.b, item) +
        panel * width * line_step;
    __global T* to = target + index * width * k;
    const int lines = min(width, length - panel * width);
    if (line_step == 1 && lines == width && width % LANES == 0) {
      for (int p = 0; p < k; ++p, to += width, from += k_step) {
        for (int r = 0; r < width; r += LANES) {
          STORE_UNIT(T, to, r, READ(LOAD_UNIT(IN, from, r)));
        }
      }
      continue;
    }
    if (k_step == 1) {
      // Along the lines, which are contiguous: squares of 8 x 8 are transposed in registers.
      int r = 0;
      for (; r + LANES <= lines; r += LANES) {
        __global const IN* square = from + r * line_step;
        int p = 0;
        for (; p + LANES <= k; p += LANES) {
          V v[8];
#define LOAD_LINE(i) v[i] = READ(LOAD_UNIT(IN, square, (i) * line_step + p));
#define STORE_LINE(i) STORE_UNIT(T, to, (p + (i)) * width + r, v[i]);
          EACH_OF_8(LOAD_LINE)
          TRANSPOSE_SQUARE(V)
          EACH_OF_8(STORE_LINE)
        }
        for (; p < k; ++p) {
          for (int i = 0; i < LANES; ++i) {
            to[p * width + r + i] = read_one(square + i * line_step + p);
          }
        }
      }
      for (; r < width; ++r) {
        for (int p = 0; p < k; ++p) {
          to[p * width + r] = r < lines ? read_one(from + r * line_step + p) : (T)0;
        }
      }
      continue;
    }
    for (int p = 0; p < k; ++p) {
      for (int r = 0; r < width; ++r) {
        to[p * width + r] = r < lines ? read_one(from + r * line_step + p * k_step) : (T)0;
      }
    }
  }
}

void put_row(__global OUT* c, __global const OUT* bias, const Product* s, int column, int columns,
             V v) {
  if (s->has_bias) {
    V add = (V)((T)0);
    if (columns == LANES && s->bias_step == 1) {
      add = READ_OUT(vload8(0, bias + s->bias + column));
    } else {
      T lanes[LANES];
      for (int j = 0; j < LANES; ++j) {
        lanes[j] =
            READ_OUT(((VEC(OUT))(bias[s->bias + (column + min(j, columns - 1)) * s->bias_step]))).s0;
      }
      add = vload8(0, lanes);
    }
    v += add;
  }
  const VEC(OUT) result = WRITE(v);
  if (columns == LANES && s->c_column == 1) {
    vstore8(result, 0, c);
  } else {
    OUT lanes[LANES];
    vstore8(result, 0, lanes);
    for (int j = 0; j < columns; ++j) c[j * s->c_column] = lanes[j];
  }
}

/// Writes a tile from the array `sums`.
void put_tile(__global OUT* c, __global const OUT* bias, const Product* s, int column, int rows,
              int columns, const T* sums) {
  for (int r = 0; r < rows; ++r) {
    for (int j = 0; j < columns; j += LANES) {
      put_row(c + r * s->c_row + j * s->c_column, bias, s, column + j, min(columns - j, LANES),
              vload8(0, sums + r * COLUMNS + j));
    }
  }
}
void put_whole(__global OUT* c, P v) {
#if W == 16
  vstore8(WRITE(v.lo), 0, c);
  vstore8(WRITE(v.hi), 1, c);
#else
  vstore8(WRITE(v), 0, c);
#endif
}

// From the registers only what is whole rows without a bias: the code for edges, strides and bias,
// once for each register, took two fifths of PoCL's build.
#if VECTORS == 2
#define PUT(r)                                    \
  if (r < rows) {                                 \
    put_whole(out + r * s.c_row, c##r##0);        \
    put_whole(out + r * s.c_row + W, c##r##1);    \
  }
#else
#define PUT(r) \
  if (r < rows) put_whole(out + r * s.c_row, c##r##0);
#endif
#define PUT_TILE                                                                               \
  {                                                                                            \
    __global OUT* out = c + s.c + batch_place(&batch, batch.c, item) + row * s.c_row +         \
                        column * s.c_column;                                                   \
    if (columns == COLUMNS && s.c_column == 1 && !s.has_bias) {                                \
      EACH_ROW(PUT)                                                                            \
    } else {                                                                                   \
      T sums[ROWS * COLUMNS];                                                                  \
      EACH_ROW(PANEL_KEEP)                                                                     \
      put_tile(out, bias, &s, column, rows, columns, sums);                                    \
    }                                                                                          \
  }

#ifdef PACKED
/// Tiles of C in the order batch, column panel, block of row panels: a panel of B stays in the
/// cache while the rows pass.
__kernel void multiply(__global const T* a, __global const T* b, __global OUT* c,
                       __global const OUT* bias, const Batch batch, const Product s,
                       int a_batched, int b_batched) {
  const int row_panels = CEIL_DIV(s.m, ROWS);
  const int column_panels = CEIL_DIV(s.n, COLUMNS);
  const long tiles = (long)row_panels * column_panels;
  const long total = tiles * batch.count;
  FOR_TASKS(index, total) {
    const int item = (int)(index / tiles);
    const int tile = (int)(index - item * tiles);
    const int row_panel = tile % row_panels;
    const int column_panel = tile / row_panels;
    __global const T* pa =
        a + ((long)(a_batched ? item : 0) * row_panels + row_panel) * ROWS * s.k;
    __global const T* pb =
        b + ((long)(b_batched ? item : 0) * column_panels + column_panel) * COLUMNS * s.k;
    EACH_ROW(PANEL_DECLARE)
    for (int p = 0; p < s.k; ++p, pa += ROWS, pb += COLUMNS) {
      const P b0 = LOAD_P(0, pb);
#if VECTORS == 2
      const P b1 = LOAD_P(1, pb);
#endif
#define A_AT(r) pa[r]
      EACH_ROW(PANEL_STEP)
#undef A_AT
    }
    const int row = row_panel * ROWS;
    const int column = column_panel * COLUMNS;
    const int rows = min(ROWS, s.m - row);
    const int columns = min(COLUMNS, s.n - column);
    PUT_TILE
  }
}
#else
/// The same for small products, which packing would slow down: A is read where it lies, a number at a
/// time, and B too if its columns are neighbours; else B is packed.
__kernel void multiply_direct(__global const T* a, __global const T* b, __global OUT* c,
                              __global const OUT* bias, const Batch batch, const Product s,
                              int b_packed, int b_batched) {
  const int row_panels = CEIL_DIV(s.m, ROWS);
  const int column_panels = CEIL_DIV(s.n, COLUMNS);
  const long tiles = (long)row_panels * column_panels;
  const long total = tiles * batch.count;
  FOR_TASKS(index, total) {
    const int item = (int)(index / tiles);
    const int tile = (int)(index - item * tiles);
    const int row = tile % row_panels * ROWS;
    const int column_panel = tile / row_panels;
    const int column = column_panel * COLUMNS;
    const int rows = min(ROWS, s.m - row);
    const int columns = min(COLUMNS, s.n - column);
    __global const T* pa = a + s.a + batch_place(&batch, batch.a, item) + row * s.a_row;
    __global const T* pb =
        b_packed ? b + ((long)(b_batched ? item : 0) * column_panels + column_panel) * COLUMNS * s.k
                 : b + s.b + batch_place(&batch, batch.b, item) + column;
    const long b_step = b_packed ? COLUMNS : s.b_row;
#define ROW_PLACE(r) const long at##r = min(r, rows - 1) * s.a_row;
#define A_AT(r) pa[at##r]
    EACH_ROW(ROW_PLACE)
    EACH_ROW(PANEL_DECLARE)
    if (b_packed || columns == COLUMNS) {
      for (int p = 0; p < s.k; ++p, pa += s.a_column, pb += b_step) {
        const P b0 = LOAD_P(0, pb);
#if VECTORS == 2
        const P b1 = LOAD_P(1, pb);
#endif
        EACH_ROW(PANEL_STEP)
      }
    } else {
      T lanes[COLUMNS];
      for (int j = 0; j < COLUMNS; ++j) lanes[j] = (T)0;
      for (int p = 0; p < s.k; ++p, pa += s.a_column, pb += b_step) {
        for (int j = 0; j < columns; ++j) lanes[j] = pb[j];
        const P b0 = LOAD_OWN_P(0, lanes);
#if VECTORS == 2
        const P b1 = LOAD_OWN_P(1, lanes);
#endif
        EACH_ROW(PANEL_STEP)
      }
    }
#undef A_AT
    PUT_TILE
  }
}
#endif

#else

#define TILE 64
#define DEPTH 16
#define PART 4
#if FLOATING
#define MULTIPLY_ADD(a, b, c) mad(a, b, c)
#else
#define MULTIPLY_ADD(a, b, c) (T)((UNSIGNED)(a) * (UNSIGNED)(b) + (UNSIGNED)(c))
#endif

__attribute__((reqd_work_group_size(16, 16, 1)))
__kernel void multiply_tiles(__global const IN* a, __global const IN* b, __global OUT* c,
                             __global const OUT* bias, const Batch batch, const Product s) {
  __local T ta[DEPTH][TILE + 1];
  __local T tb[DEPTH][TILE + 1];
  const int item = (int)get_group_id(2);
  const int x = (int)get_local_id(0);
  const int y = (int)get_local_id(1);
  const int lane = y * 16 + x;
  const int row = (int)get_group_id(1) * TILE;
  const int column = (int)get_group_id(0) * TILE;
  __global const IN* pa = a + s.a + batch_place(&batch, batch.a, item);
  __global const IN* pb = b + s.b + batch_place(&batch, batch.b, item);
  T sum[PART][PART];
  for (int i = 0; i < PART; ++i) {
    for (int j = 0; j < PART; ++j) sum[i][j] = (T)0;
  }
  // Neighbouring items read along the operand's own contiguous axis.
  const int a_by_row = s.a_column == 1;
  const int b_by_row = s.b_column == 1;
  for (int k = 0; k < s.k; k += DEPTH) {
    for (int e = lane; e < TILE * DEPTH; e += 256) {
      const int ar = a_by_row ? e / DEPTH : e % TILE;
      const int ak = a_by_row ? e % DEPTH : e / TILE;
      ta[ak][ar] = row + ar < s.m && k + ak < s.k
                       ? READ(pa[(row + ar) * s.a_row + (k + ak) * s.a_column])
                       : (T)0;
      const int bc = b_by_row ? e % TILE : e / DEPTH;
      const int bk = b_by_row ? e / TILE : e % DEPTH;
      tb[bk][bc] = column + bc < s.n && k + bk < s.k
                       ? READ(pb[(k + bk) * s.b_row + (column + bc) * s.b_column])
                       : (T)0;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int p = 0; p < DEPTH; ++p) {
      T va[PART], vb[PART];
      for (int i = 0; i < PART; ++i) va[i] = ta[p][y + 16 * i];
      for (int j = 0; j < PART; ++j) vb[j] = tb[p][x + 16 * j];
      for (int i = 0; i < PART; ++i) {
        for (int j = 0; j < PART; ++j) sum[i][j] = MULTIPLY_ADD(va[i], vb[j], sum[i][j]);
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  __global OUT* out = c + s.c + batch_place(&batch, batch.c, item);
  for (int i = 0; i < PART; ++i) {
    for (int j = 0; j < PART; ++j) {
      const int r = row + y + 16 * i;
      const int q = column + x + 16 * j;
      if (r >= s.m || q >= s.n) continue;
      T v = sum[i][j];
      if (s.has_bias) v += READ_OUT(bias[s.bias + q * s.bias_step]);
      out[r * s.c_row + q * s.c_column] = WRITE(v);
    }
  }
}

#endif
