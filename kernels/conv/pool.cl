// What pool_max.cl and pool_average.cl share: 2-D pooling on dense planes. Backward gathers: each
// element of x looks for the windows it was in, in a fixed order. After common.cl and rows.cl.
//
// On CPUs a task is a row of a plane; windows of 2x2 without overlap go by vectors. On GPUs
// a task is an element.

typedef struct {
  long planes;
  int h, w, oh, ow, kh, kw, sh, sw, ph, pw, dh, dw;
  int with_padding;  // average: divide by the whole window
} Pool;

// Calls of `one` for each element of a task.
#if LANES == 1
#define TASKS_OF(rows, columns) (s.planes * (rows) * (columns))
#define EACH(i, j, plane, rows, columns)                                        \
  const long plane = task / (columns) / (rows);                                 \
  const int i = (int)(task / (columns) % (rows)), j0 = (int)(task % (columns)); \
  for (int j = j0; j == j0; ++j)
#else
#define TASKS_OF(rows, columns) (s.planes * (rows))
#define EACH(i, j, plane, rows, columns) \
  const long plane = task / (rows);      \
  const int i = (int)(task % (rows));    \
  for (int j = vector_end; j < (columns); ++j)
#endif

/// The output along an axis whose tap `k` falls on place `at`, or -1.
int output_at(int at, int k, int stride, int padding, int dilation, int outputs) {
  const int r = at + padding - k * dilation;
  return r < 0 || r % stride != 0 || r / stride >= outputs ? -1 : r / stride;
}
#define ROW_AT(i, p) output_at(i, p, s.sh, s.ph, s.dh, s.oh)
#define COLUMN_AT(j, q) output_at(j, q, s.sw, s.pw, s.dw, s.ow)

#if LANES > 1
#define OF(type, count) JOIN(type, count)

/// Whether windows of 2x2 lie next to each other.
int is_pairs(const Pool* s) {
  return s->kh == 2 && s->kw == 2 && s->sh == 2 && s->sw == 2 && s->ph == 0 && s->pw == 0 &&
         s->dh == 1 && s->dw == 1 && 2 * s->oh <= s->h && 2 * s->ow <= s->w && s->ow >= 4;
}

// Rows of such windows go by L at a time; the last ones may be done twice.
#define SPLITS(L)                                                            \
  /* Of 2 L elements those at even and odd places. */                        \
  typedef struct {                                                           \
    OF(T, L) even, odd;                                                      \
  } Split##L;                                                                \
  Split##L split_##L(__global const T* p) {                                  \
    const OF(T, L) a = LOAD_N(T, L, p), b = LOAD_N(T, L, p + L);             \
    return (Split##L){(OF(T, L))(a.even, b.even), (OF(T, L))(a.odd, b.odd)}; \
  }                                                                          \
  void join_##L(OF(T, L) even, OF(T, L) odd, __global T* p) {                \
    OF(T, L) a, b;                                                           \
    a.even = even.lo;                                                        \
    a.odd = odd.lo;                                                          \
    b.even = even.hi;                                                        \
    b.odd = odd.hi;                                                          \
    STORE_N(T, L, p, a);                                                     \
    STORE_N(T, L, p + L, b);                                                 \
  }
#define NUMBERS_4 0, 1, 2, 3
#define NUMBERS_8 NUMBERS_4, 4, 5, 6, 7
#define NUMBERS_16 LANE_NUMBERS
SPLITS(4)
SPLITS(8)
#if LANES == 16
SPLITS(16)
#define FOR_WIDTHS(pairs) pairs(4) pairs(8) pairs(16)
#define BY_PAIRS(what, arguments) \
  if (s.ow >= 16) {               \
    what##_16 arguments;          \
  } else if (s.ow >= 8) {         \
    what##_8 arguments;           \
  } else {                        \
    what##_4 arguments;           \
  }
#else
#define FOR_WIDTHS(pairs) pairs(4) pairs(8)
#define BY_PAIRS(what, arguments) \
  if (s.ow >= 8) {                \
    what##_8 arguments;           \
  } else {                        \
    what##_4 arguments;           \
  }
#endif
#endif
