// Squares of 8 x 8 elements change their rows and columns in registers. `v` is an array of eight
// vectors of eight. No function and no loop, which would keep the array in memory.

#define SWAP_SQUARES(Q, v, i, j, A, B) \
  {                                    \
    const Q x = v[i], y = v[j];        \
    v[i] = (Q)A;                       \
    v[j] = (Q)B;                       \
  }
#define BY_4(Q, v, i, j) SWAP_SQUARES(Q, v, i, j, (x.lo, y.lo), (x.hi, y.hi))
#define BY_2(Q, v, i, j) \
  SWAP_SQUARES(Q, v, i, j, (x.s01, y.s01, x.s45, y.s45), (x.s23, y.s23, x.s67, y.s67))
#define BY_1(Q, v, i, j)                                                             \
  SWAP_SQUARES(Q, v, i, j, (x.s0, y.s0, x.s2, y.s2, x.s4, y.s4, x.s6, y.s6),         \
               (x.s1, y.s1, x.s3, y.s3, x.s5, y.s5, x.s7, y.s7))

/// In place: squares of 4 x 4, 2 x 2, 1 x 1 change places.
#define TRANSPOSE_SQUARE(Q, v)                                             \
  BY_4(Q, v, 0, 4) BY_4(Q, v, 1, 5) BY_4(Q, v, 2, 6) BY_4(Q, v, 3, 7)      \
  BY_2(Q, v, 0, 2) BY_2(Q, v, 1, 3) BY_2(Q, v, 4, 6) BY_2(Q, v, 5, 7)      \
  BY_1(Q, v, 0, 1) BY_1(Q, v, 2, 3) BY_1(Q, v, 4, 5) BY_1(Q, v, 6, 7)

/// Between `v` and eight lines of elements of S, `step` apart in memory; `read` converts what is read.
#define LOAD_SQUARE(v, read, S, p, step)                                                \
  LOAD_LINE(v, read, S, p, step, 0) LOAD_LINE(v, read, S, p, step, 1)                   \
  LOAD_LINE(v, read, S, p, step, 2) LOAD_LINE(v, read, S, p, step, 3)                   \
  LOAD_LINE(v, read, S, p, step, 4) LOAD_LINE(v, read, S, p, step, 5)                   \
  LOAD_LINE(v, read, S, p, step, 6) LOAD_LINE(v, read, S, p, step, 7)
#define STORE_SQUARE(v, S, p, step)                                                     \
  STORE_LINE(v, S, p, step, 0) STORE_LINE(v, S, p, step, 1) STORE_LINE(v, S, p, step, 2) \
  STORE_LINE(v, S, p, step, 3) STORE_LINE(v, S, p, step, 4) STORE_LINE(v, S, p, step, 5) \
  STORE_LINE(v, S, p, step, 6) STORE_LINE(v, S, p, step, 7)
#define LOAD_LINE(v, read, S, p, step, i) v[i] = read(LOAD_N(S, 8, (p) + (i) * (step)));
#define STORE_LINE(v, S, p, step, i) STORE_N(S, 8, (p) + (i) * (step), v[i]);
#define AS_IT_IS(x) (x)
