// The inner kernel of products on CPUs: a panel of ROWS rows times a panel of COLUMNS columns, k
// outermost in both, with the sums in registers. After common.cl and square.cl.
//
// WIDE is the number of T in the device's widest vector (-D): with 512 bits and their 32 registers
// 8 x 2 vectors keep both multipliers busy; with 256 bits 6 x 2, and 6 x 1 vectors of two halves.
#if WIDE >= 8 && (WIDE == 16 || KIND == 2 || KIND == 4)
#define ROWS 8
#define VECTORS 2
#define W WIDE
#elif KIND == 2 || KIND == 4
#define ROWS 6
#define VECTORS 1
#define W 8
#else
#define ROWS 6
#define VECTORS 2
#define W 8
#endif
#define COLUMNS (VECTORS * W)
typedef JOIN(T, W) P;
#define LOAD_P(i, p) LOAD_N(T, W, (p) + (i) * W)
#define STORE_P(v, i, p) STORE_N(T, W, (p) + (i) * W, v)
#define LOAD_OWN_P(i, p) LOAD_OWN(T, W, (p) + (i) * W)
#define STORE_OWN_P(v, i, p) STORE_OWN(T, W, (p) + (i) * W, v)

#if !FLOATING
#define AS_P(type, x) JOIN(as_, JOIN(type, W))(x)
#define MULTIPLY_ADD(a, b, c) \
  AS_P(T, AS_P(UNSIGNED, a) * AS_P(UNSIGNED, b) + AS_P(UNSIGNED, c))
#elif defined(FAST_FMA)
#define MULTIPLY_ADD(a, b, c) fma(a, b, c)
#else
#define MULTIPLY_ADD(a, b, c) mad(a, b, c)
#endif

/// X(row, …) for each row of a panel. OpenCL C has no macros with variable lists.
#if ROWS == 8
#define EACH_ROW_1(X, a) X(0, a) X(1, a) X(2, a) X(3, a) X(4, a) X(5, a) X(6, a) X(7, a)
#define EACH_ROW_2(X, a, b)                                                   \
  X(0, a, b) X(1, a, b) X(2, a, b) X(3, a, b) X(4, a, b) X(5, a, b) X(6, a, b) X(7, a, b)
#define EACH_ROW_3(X, a, b, c)                                                \
  X(0, a, b, c) X(1, a, b, c) X(2, a, b, c) X(3, a, b, c)                     \
  X(4, a, b, c) X(5, a, b, c) X(6, a, b, c) X(7, a, b, c)
#define EACH_ROW_4(X, a, b, c, d)                                             \
  X(0, a, b, c, d) X(1, a, b, c, d) X(2, a, b, c, d) X(3, a, b, c, d)         \
  X(4, a, b, c, d) X(5, a, b, c, d) X(6, a, b, c, d) X(7, a, b, c, d)
#else
#define EACH_ROW_1(X, a) X(0, a) X(1, a) X(2, a) X(3, a) X(4, a) X(5, a)
#define EACH_ROW_2(X, a, b) X(0, a, b) X(1, a, b) X(2, a, b) X(3, a, b) X(4, a, b) X(5, a, b)
#define EACH_ROW_3(X, a, b, c)                                                \
  X(0, a, b, c) X(1, a, b, c) X(2, a, b, c) X(3, a, b, c) X(4, a, b, c) X(5, a, b, c)
#define EACH_ROW_4(X, a, b, c, d)                                             \
  X(0, a, b, c, d) X(1, a, b, c, d) X(2, a, b, c, d)                          \
  X(3, a, b, c, d) X(4, a, b, c, d) X(5, a, b, c, d)
#endif

// The sums of row r are the variables sum##r##0 and, of two vectors, sum##r##1; a row of B is b0 and
// b1. The number of A that row r takes is p[r], or p[at##r].
#if VECTORS == 2
#define PANEL_DECLARE(r, sum) P sum##r##0 = (P)((T)0), sum##r##1 = sum##r##0;
#define PANEL_LOAD(b, p) const P b##0 = LOAD_P(0, p), b##1 = LOAD_P(1, p);
#define PANEL_LOAD_OWN(b, p) const P b##0 = LOAD_OWN_P(0, p), b##1 = LOAD_OWN_P(1, p);
#define PANEL_ADD_PRODUCT(r, sum, number, b)          \
  {                                                   \
    const P x = (P)(number);                          \
    sum##r##0 = MULTIPLY_ADD(x, b##0, sum##r##0);     \
    sum##r##1 = MULTIPLY_ADD(x, b##1, sum##r##1);     \
  }
#define PANEL_STORE(r, sum, c, c_row)        \
  STORE_P(sum##r##0, 0, (c) + (r) * (c_row)); \
  STORE_P(sum##r##1, 1, (c) + (r) * (c_row));
#define PANEL_KEEP(r, sum, to)                      \
  STORE_OWN_P(sum##r##0, 0, (to) + (r) * COLUMNS);  \
  STORE_OWN_P(sum##r##1, 1, (to) + (r) * COLUMNS);
#define PANEL_ADD(r, sum, c, c_row)                                                        \
  STORE_P(sum##r##0 + LOAD_P(0, (c) + (r) * (c_row)), 0, (c) + (r) * (c_row));             \
  STORE_P(sum##r##1 + LOAD_P(1, (c) + (r) * (c_row)), 1, (c) + (r) * (c_row));
#else
#define PANEL_DECLARE(r, sum) P sum##r##0 = (P)((T)0);
#define PANEL_LOAD(b, p) const P b##0 = LOAD_P(0, p);
#define PANEL_LOAD_OWN(b, p) const P b##0 = LOAD_OWN_P(0, p);
#define PANEL_ADD_PRODUCT(r, sum, number, b) \
  sum##r##0 = MULTIPLY_ADD((P)(number), b##0, sum##r##0);
#define PANEL_STORE(r, sum, c, c_row) STORE_P(sum##r##0, 0, (c) + (r) * (c_row));
#define PANEL_KEEP(r, sum, to) STORE_OWN_P(sum##r##0, 0, (to) + (r) * COLUMNS);
#define PANEL_ADD(r, sum, c, c_row) \
  STORE_P(sum##r##0 + LOAD_P(0, (c) + (r) * (c_row)), 0, (c) + (r) * (c_row));
#endif
#define PANEL_STEP(r, sum, p, b) PANEL_ADD_PRODUCT(r, sum, (p)[r], b)
#define PANEL_STEP_AT(r, sum, p, at, b) PANEL_ADD_PRODUCT(r, sum, (p)[at##r], b)

/// c (ROWS x COLUMNS, rows c_row apart) = or += the product of two panels.
void multiply_panels(__global const T* a, __global const T* b, int k, __global T* c, int c_row,
                     int add) {
  EACH_ROW_1(PANEL_DECLARE, sum)
  for (int p = 0; p < k; ++p, a += ROWS, b += COLUMNS) {
    PANEL_LOAD(b, b)
    EACH_ROW_3(PANEL_STEP, sum, a, b)
  }
  if (add) {
    EACH_ROW_3(PANEL_ADD, sum, c, c_row)
  } else {
    EACH_ROW_3(PANEL_STORE, sum, c, c_row)
  }
}
