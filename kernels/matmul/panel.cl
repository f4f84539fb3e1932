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

#if ROWS == 8
#define EACH_ROW(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
#else
#define EACH_ROW(X) X(0) X(1) X(2) X(3) X(4) X(5)
#endif
#if VECTORS == 2
#define PANEL_DECLARE(r) P c##r##0 = (P)((T)0), c##r##1 = c##r##0;
#define PANEL_STEP(r)                         \
  {                                           \
    const P x = (P)(A_AT(r));                 \
    c##r##0 = MULTIPLY_ADD(x, b0, c##r##0);   \
    c##r##1 = MULTIPLY_ADD(x, b1, c##r##1);   \
  }
#define PANEL_STORE(r)                     \
  STORE_P(c##r##0, 0, c + (r) * c_row);    \
  STORE_P(c##r##1, 1, c + (r) * c_row);
#define PANEL_KEEP(r)                            \
  STORE_OWN_P(c##r##0, 0, sums + (r) * COLUMNS); \
  STORE_OWN_P(c##r##1, 1, sums + (r) * COLUMNS);
#define PANEL_ADD(r)                                                 \
  STORE_P(c##r##0 + LOAD_P(0, c + (r) * c_row), 0, c + (r) * c_row); \
  STORE_P(c##r##1 + LOAD_P(1, c + (r) * c_row), 1, c + (r) * c_row);
#else
#define PANEL_DECLARE(r) P c##r##0 = (P)((T)0);
#define PANEL_STEP(r) c##r##0 = MULTIPLY_ADD((P)(A_AT(r)), b0, c##r##0);
#define PANEL_STORE(r) STORE_P(c##r##0, 0, c + (r) * c_row);
#define PANEL_KEEP(r) STORE_OWN_P(c##r##0, 0, sums + (r) * COLUMNS);
#define PANEL_ADD(r) STORE_P(c##r##0 + LOAD_P(0, c + (r) * c_row), 0, c + (r) * c_row);
#endif

/// c (ROWS x COLUMNS, rows c_row apart) = or += the product of two panels.
#define A_AT(r) a[r]
void multiply_panels(__global const T* a, __global const T* b, int k, __global T* c, int c_row,
                     int add) {
  EACH_ROW(PANEL_DECLARE)
  for (int p = 0; p < k; ++p, a += ROWS, b += COLUMNS) {
    const P b0 = LOAD_P(0, b);
#if VECTORS == 2
    const P b1 = LOAD_P(1, b);
#endif
    EACH_ROW(PANEL_STEP)
  }
  if (add) {
    EACH_ROW(PANEL_ADD)
  } else {
    EACH_ROW(PANEL_STORE)
  }
}
#undef A_AT
