// Products of a matrix (n, k) and vectors of k numbers, without packing: out[j] = bias[j] + sum over
// p of matrix[j, p] * vector[p]. After common.cl, rows.cl and batch.cl, where Batch's a is the vector
// and b the matrix.

typedef struct {
  int n, k, has_bias;
  long matrix, vector, out, bias;  // where each begins
  long row_step, k_step, vector_step, out_step, bias_step;
} VectorProduct;

/// The first `count` lanes, `step` elements apart; the others are 0.
V read_lanes(__global const IN* p, long step, int count) {
#if LANES == 1
  return READ(p[0]);
#else
  if (step == 1 && count == LANES) return READ(LOAD_UNIT(IN, p, 0));
  IN lanes[LANES];
  for (int j = 0; j < LANES; ++j) lanes[j] = j < count ? p[j * step] : (IN)0;
  return READ(JOIN(vload, LANES)(0, lanes));
#endif
}

/// `count` results from number j on.
void put(__global OUT* out, __global const OUT* bias, const VectorProduct* s, int j, int count,
         V v) {
  if (s->has_bias) {
    v += READ_OUT(JOIN(load_gaps_, OUT)(bias + s->bias + j * s->bias_step, s->bias_step, count));
  }
  JOIN(store_gaps_, OUT)(out + s->out + j * s->out_step, s->out_step, count, WRITE(v));
}

/// A group takes rows, which it reads along: for matrices whose rows lie in one piece.
__kernel void multiply_rows(__global const IN* matrix, __global const IN* vector,
                            __global OUT* out, __global const OUT* bias, const Batch batch,
                            const VectorProduct s) {
  SHARED(A, shared_sum);
  FOR_ROWS(task, (long)batch.count * s.n) {
    const int item = (int)(task / s.n);
    const int j = (int)(task % s.n);
    __global const IN* row = matrix + s.matrix + batch_place(&batch, batch.b, item) + j * s.row_step;
    __global const IN* from = vector + s.vector + batch_place(&batch, batch.a, item);
    V s0 = (V)((T)0), s1 = s0, s2 = s0, s3 = s0;
    int p = MEMBER * LANES;
    if (s.k_step == 1 && s.vector_step == 1) {
      for (; p + 3 * STEP + LANES <= s.k; p += 4 * STEP) {
        s0 = MULTIPLY_ADD(READ(LOAD_UNIT(IN, row, p)), READ(LOAD_UNIT(IN, from, p)), s0);
        s1 = MULTIPLY_ADD(READ(LOAD_UNIT(IN, row, p + STEP)),
                          READ(LOAD_UNIT(IN, from, p + STEP)), s1);
        s2 = MULTIPLY_ADD(READ(LOAD_UNIT(IN, row, p + 2 * STEP)),
                          READ(LOAD_UNIT(IN, from, p + 2 * STEP)), s2);
        s3 = MULTIPLY_ADD(READ(LOAD_UNIT(IN, row, p + 3 * STEP)),
                          READ(LOAD_UNIT(IN, from, p + 3 * STEP)), s3);
      }
    }
    for (; p < s.k; p += STEP) {
      const int count = min(LANES, s.k - p);
      s0 = MULTIPLY_ADD(read_lanes(row + p * s.k_step, s.k_step, count),
                        read_lanes(from + p * s.vector_step, s.vector_step, count), s0);
    }
    const A total = SUM_ROW(CONVERT(A, s0) + CONVERT(A, s1) + CONVERT(A, s2) + CONVERT(A, s3));
    if (MEMBER == 0) put(out + batch_place(&batch, batch.c, item), bias, &s, j, 1, (V)((T)total));
  }
}

/// An item takes results side by side, adding up multiples of columns: for matrices whose columns
/// lie in one piece.
#define AT_ONCE (LANES == 1 ? 1 : 4 * LANES)  // results
__kernel void multiply_columns(__global const IN* matrix, __global const IN* vector,
                               __global OUT* out, __global const OUT* bias, const Batch batch,
                               const VectorProduct s) {
  const int blocks = CEIL_DIV(s.n, AT_ONCE);
  FOR_TASKS(task, (long)batch.count * blocks) {
    const int item = (int)(task / blocks);
    int j = (int)(task % blocks) * AT_ONCE;
    const int end = min(s.n, j + AT_ONCE);
    __global const IN* from = vector + s.vector + batch_place(&batch, batch.a, item);
    __global const IN* columns = matrix + s.matrix + batch_place(&batch, batch.b, item);
    __global OUT* to = out + batch_place(&batch, batch.c, item);
#if LANES > 1
    if (end - j == AT_ONCE) {
      V s0 = (V)((T)0), s1 = s0, s2 = s0, s3 = s0;
      __global const IN* m = columns + j;
      for (int p = 0; p < s.k; ++p, m += s.k_step) {
        const V x = READ((VEC(IN))(from[p * s.vector_step]));
        s0 = MULTIPLY_ADD(READ(LOAD_UNIT(IN, m, 0)), x, s0);
        s1 = MULTIPLY_ADD(READ(LOAD_UNIT(IN, m, LANES)), x, s1);
        s2 = MULTIPLY_ADD(READ(LOAD_UNIT(IN, m, 2 * LANES)), x, s2);
        s3 = MULTIPLY_ADD(READ(LOAD_UNIT(IN, m, 3 * LANES)), x, s3);
      }
      put(to, bias, &s, j, LANES, s0);
      put(to, bias, &s, j + LANES, LANES, s1);
      put(to, bias, &s, j + 2 * LANES, LANES, s2);
      put(to, bias, &s, j + 3 * LANES, LANES, s3);
      continue;
    }
#endif
    for (; j < end; j += LANES) {
      const int count = min(LANES, end - j);
      V sum = (V)((T)0);
      for (int p = 0; p < s.k; ++p) {
        const V x = READ((VEC(IN))(from[p * s.vector_step]));
        sum = MULTIPLY_ADD(read_lanes(columns + j + p * s.k_step, 1, count), x, sum);
      }
      put(to, bias, &s, j, count, sum);
    }
  }
}
