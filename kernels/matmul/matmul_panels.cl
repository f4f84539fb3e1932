// What both programs of products on CPUs share (matmul_packed.cl, matmul_direct.cl): packing operands
// into panels of ROWS rows or COLUMNS columns, k outermost, and writing a tile of C from the registers.
// After common.cl, square.cl, panel.cl, batch.cl and product.cl; LANES is 8.

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
          LOAD_SQUARE(v, READ, IN, square + p, line_step)
          TRANSPOSE_SQUARE(V, v)
          STORE_SQUARE(v, T, to + p * width + r, width)
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
#define PUT_ROW(r, sum, out, step, rows)               \
  if (r < (rows)) {                                    \
    put_whole((out) + r * (step), sum##r##0);          \
    put_whole((out) + r * (step) + W, sum##r##1);      \
  }
#else
#define PUT_ROW(r, sum, out, step, rows) \
  if (r < (rows)) put_whole((out) + r * (step), sum##r##0);
#endif
/// The tile whose first element is `out`, in column `column` of C, from the sums of a panel.
#define PUT_TILE(sum, out, bias, s, column, rows, columns)               \
  if ((columns) == COLUMNS && s.c_column == 1 && !s.has_bias) {          \
    EACH_ROW_4(PUT_ROW, sum, out, s.c_row, rows)                         \
  } else {                                                               \
    T kept[ROWS * COLUMNS];                                              \
    EACH_ROW_2(PANEL_KEEP, sum, kept)                                    \
    put_tile(out, bias, &s, column, rows, columns, kept);                \
  }
