// Batched matrix products of any strides on GPUs: 64 x 64 tiles of C in local memory, 4 x 4 results an
// item; types that are only stored are converted where they are read and written. After common.cl,
// batch.cl and product.cl.

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
