// Squares of 8 x 8 elements change their rows and columns in registers.

#define SWAP_SQUARES(Q, i, j, A, B) \
  {                                 \
    const Q x = v[i], y = v[j];     \
    v[i] = (Q)A;                    \
    v[j] = (Q)B;                    \
  }
#define BY_4(Q, i, j) SWAP_SQUARES(Q, i, j, (x.lo, y.lo), (x.hi, y.hi))
#define BY_2(Q, i, j) \
  SWAP_SQUARES(Q, i, j, (x.s01, y.s01, x.s45, y.s45), (x.s23, y.s23, x.s67, y.s67))
#define BY_1(Q, i, j)                                                                \
  SWAP_SQUARES(Q, i, j, (x.s0, y.s0, x.s2, y.s2, x.s4, y.s4, x.s6, y.s6),            \
               (x.s1, y.s1, x.s3, y.s3, x.s5, y.s5, x.s7, y.s7))

/// Eight vectors of eight in an array v, in place: squares of 4 x 4, 2 x 2, 1 x 1 change places. No
/// function and no loop, which would keep the array in memory.
#define TRANSPOSE_SQUARE(Q)                                    \
  BY_4(Q, 0, 4) BY_4(Q, 1, 5) BY_4(Q, 2, 6) BY_4(Q, 3, 7)      \
  BY_2(Q, 0, 2) BY_2(Q, 1, 3) BY_2(Q, 4, 6) BY_2(Q, 5, 7)      \
  BY_1(Q, 0, 1) BY_1(Q, 2, 3) BY_1(Q, 4, 5) BY_1(Q, 6, 7)
#define EACH_OF_8(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
