// 2-D pooling on dense planes. Backward gathers: each element of x looks for the windows it was in,
// in a fixed order. After common.cl and rows.cl.
//
// On CPUs a task is a row of a plane; windows of 2x2 without overlap go by vectors. On GPUs
// a task is an element.

typedef struct {
  long planes;
  int h, w, oh, ow, kh, kw, sh, sw, ph, pw, dh, dw;
  int with_padding;  // average: divide by the whole window
} Pool;

#if FLOATING
#define WINS(a, b) (!((a) <= (b)) & ((b) == (b)))  // a NaN stays
#else
#define WINS(a, b) ((a) > (b))
#endif

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

#if LANES > 1
#define OF(type, count) JOIN(type, count)

/// Whether windows of 2x2 lie next to each other.
int is_pairs(const Pool* s) {
  return s->kh == 2 && s->kw == 2 && s->sh == 2 && s->sw == 2 && s->ph == 0 && s->pw == 0 &&
         s->dh == 1 && s->dw == 1 && 2 * s->oh <= s->h && 2 * s->ow <= s->w && s->ow >= 4;
}

#define TAKE_WINNER(L, v, offset)                                               \
  place = convert_int##L(WINS(v, best)) ? (OF(int, L))(offset) : place;         \
  best = WINS(v, best) ? v : best;

// A row of such windows, L at a time; the last ones may be done twice.
#define PAIRS(L)                                                                            \
  /* Of 2 L elements those at even and odd places. */                                       \
  typedef struct {                                                                          \
    OF(T, L) even, odd;                                                                     \
  } Split##L;                                                                               \
  Split##L split_##L(__global const T* p) {                                                 \
    const OF(T, L) a = LOAD_N(T, L, p), b = LOAD_N(T, L, p + L);                            \
    return (Split##L){(OF(T, L))(a.even, b.even), (OF(T, L))(a.odd, b.odd)};                \
  }                                                                                         \
  void join_##L(OF(T, L) even, OF(T, L) odd, __global T* p) {                               \
    OF(T, L) a, b;                                                                          \
    a.even = even.lo;                                                                       \
    a.odd = odd.lo;                                                                         \
    b.even = even.hi;                                                                       \
    b.odd = odd.hi;                                                                         \
    STORE_N(T, L, p, a);                                                                    \
    STORE_N(T, L, p + L, b);                                                                \
  }                                                                                         \
  void max_pairs_##L(__global const T* upper, int w, int ow, __global T* y,                 \
                     __global int* places, int first) {                                     \
    const OF(int, L) step = 2 * (OF(int, L))(NUMBERS_##L);                                  \
    for (int at = 0; at < ow; at += L) {                                                    \
      const int j = min(at, ow - L);                                                        \
      const Split##L a = split_##L(upper + 2 * j), b = split_##L(upper + w + 2 * j);        \
      OF(T, L) best = a.even;                                                               \
      OF(int, L) place = (OF(int, L))(0);                                                   \
      TAKE_WINNER(L, a.odd, 1)                                                              \
      TAKE_WINNER(L, b.even, w)                                                             \
      TAKE_WINNER(L, b.odd, w + 1)                                                          \
      STORE_N(T, L, y + j, best);                                                           \
      if (places) STORE_N(int, L, places + j, place + step + (first + 2 * j));              \
    }                                                                                       \
  }                                                                                         \
  void max_pairs_backward_##L(__global const T* grad_y, __global const int* places, int ow, \
                              __global T* grad_x, int first) {                              \
    const OF(int, L) step = 2 * (OF(int, L))(NUMBERS_##L);                                  \
    for (int at = 0; at < ow; at += L) {                                                    \
      const int j = min(at, ow - L);                                                        \
      const OF(T, L) g = LOAD_N(T, L, grad_y + j);                                          \
      const OF(int, L) place = LOAD_N(int, L, places + j) - step - (first + 2 * j);         \
      join_##L(JOIN(OF(convert_, SIGNED), L)(place == 0) ? g : (OF(T, L))((T)0),            \
               JOIN(OF(convert_, SIGNED), L)(place == 1) ? g : (OF(T, L))((T)0),            \
               grad_x + 2 * j);                                                             \
    }                                                                                       \
  }                                                                                         \
  void average_pairs_##L(__global const T* upper, int w, int ow, __global T* y) {           \
    for (int at = 0; at < ow; at += L) {                                                    \
      const int j = min(at, ow - L);                                                        \
      const Split##L a = split_##L(upper + 2 * j), b = split_##L(upper + w + 2 * j);        \
      STORE_N(T, L, y + j, ((a.even + a.odd) + (b.even + b.odd)) * (T)0.25f);               \
    }                                                                                       \
  }                                                                                         \
  void average_pairs_backward_##L(__global const T* grad_y, int ow, __global T* grad_x) {   \
    for (int at = 0; at < ow; at += L) {                                                    \
      const int j = min(at, ow - L);                                                        \
      const OF(T, L) g = LOAD_N(T, L, grad_y + j) * (T)0.25f;                               \
      join_##L(g, g, grad_x + 2 * j);                                                       \
    }                                                                                       \
  }
#define NUMBERS_4 0, 1, 2, 3
#define NUMBERS_8 NUMBERS_4, 4, 5, 6, 7
#define NUMBERS_16 LANE_NUMBERS
PAIRS(4)
PAIRS(8)
#if LANES == 16
PAIRS(16)
#define BY_PAIRS(what, arguments)      \
  if (s.ow >= 16) {                    \
    what##_16 arguments;               \
  } else if (s.ow >= 8) {              \
    what##_8 arguments;                \
  } else {                             \
    what##_4 arguments;                \
  }
#else
#define BY_PAIRS(what, arguments)      \
  if (s.ow >= 8) {                     \
    what##_8 arguments;                \
  } else {                             \
    what##_4 arguments;                \
  }
#endif
#endif

__kernel void pool_max_forward(ARRAY(const T, x), ARRAY(T, y), ARRAY(int, places), const Pool s) {
  START(x);
  START(y);
  START(places);
  FOR_TASKS(task, TASKS_OF(s.oh, s.ow)) {
    int vector_end = 0;
#if LANES > 1
    if (is_pairs(&s)) {
      const int row = (int)(task % s.oh);
      __global const T* upper = x + (task / s.oh * s.h + 2 * row) * s.w;
      __global int* to = places ? places + task * s.ow : places;
      BY_PAIRS(max_pairs, (upper, s.w, s.ow, y + task * s.ow, to, 2 * row * s.w))
      vector_end = s.ow;
    }
#endif
    EACH(i, j, plane, s.oh, s.ow) {
      __global const T* from = x + plane * s.h * s.w;
      T best = (T)0;
      int place = -1;
      for (int p = 0; p < s.kh; ++p) {
        const int r = i * s.sh - s.ph + p * s.dh;
        if (r < 0 || r >= s.h) continue;
        for (int q = 0; q < s.kw; ++q) {
          const int c = j * s.sw - s.pw + q * s.dw;
          if (c < 0 || c >= s.w) continue;
          const T v = from[r * s.w + c];
          if (place < 0 || WINS(v, best)) {
            best = v;
            place = r * s.w + c;
          }
        }
      }
      const long at = (plane * s.oh + i) * s.ow + j;
      y[at] = best;
      if (places) places[at] = place;
    }
  }
}

__kernel void pool_max_backward(ARRAY(const T, grad_y), ARRAY(const int, places),
                                ARRAY(T, grad_x), const Pool s) {
  START(grad_y);
  START(places);
  START(grad_x);
  FOR_TASKS(task, TASKS_OF(s.h, s.w)) {
    int vector_end = 0;
#if LANES > 1
    const int row = (int)(task % s.h);
    if (is_pairs(&s) && row / 2 < s.oh) {
      const long from = (task / s.h * s.oh + row / 2) * s.ow;
      BY_PAIRS(max_pairs_backward,
               (grad_y + from, places + from, s.ow, grad_x + task * s.w, row * s.w))
      vector_end = 2 * s.ow;
    }
#endif
    EACH(i, j, plane, s.h, s.w) {
      T sum = (T)0;
      for (int p = 0; p < s.kh; ++p) {
        const int r = i + s.ph - p * s.dh;
        if (r < 0 || r % s.sh != 0 || r / s.sh >= s.oh) continue;
        for (int q = 0; q < s.kw; ++q) {
          const int c = j + s.pw - q * s.dw;
          if (c < 0 || c % s.sw != 0 || c / s.sw >= s.ow) continue;
          const long at = (plane * s.oh + r / s.sh) * s.ow + c / s.sw;
          if (places[at] == i * s.w + j) sum += grad_y[at];
        }
      }
      grad_x[(plane * s.h + i) * s.w + j] = sum;
    }
  }
}

#if FLOATING
/// Taps of a window that count along one axis, at least 1: those in [low, high).
int taps_in(int start, int taps, int dilation, int low, int high) {
  if (start >= low && start + (taps - 1) * dilation < high) return taps;
  int count = 0;
  for (int k = 0; k < taps; ++k) {
    const int at = start + k * dilation;
    count += at >= low && at < high;
  }
  return max(count, 1);
}
T window_size(const Pool* s, int i, int j) {
  const int ph = s->with_padding ? s->ph : 0;
  const int pw = s->with_padding ? s->pw : 0;
  return (T)taps_in(i * s->sh - s->ph, s->kh, s->dh, -ph, s->h + ph) *
         (T)taps_in(j * s->sw - s->pw, s->kw, s->dw, -pw, s->w + pw);
}

__kernel void pool_average_forward(ARRAY(const T, x), ARRAY(T, y), const Pool s) {
  START(x);
  START(y);
  FOR_TASKS(task, TASKS_OF(s.oh, s.ow)) {
#if LANES > 1
    int vector_end = 0;
    if (is_pairs(&s)) {
      __global const T* upper = x + (task / s.oh * s.h + task % s.oh * 2) * s.w;
      BY_PAIRS(average_pairs, (upper, s.w, s.ow, y + task * s.ow))
      vector_end = s.ow;
    }
#endif
    EACH(i, j, plane, s.oh, s.ow) {
      T sum = (T)0;
      for (int p = 0; p < s.kh; ++p) {
        const int r = i * s.sh - s.ph + p * s.dh;
        if (r < 0 || r >= s.h) continue;
        T line = (T)0;
        for (int q = 0; q < s.kw; ++q) {
          const int c = j * s.sw - s.pw + q * s.dw;
          if (c >= 0 && c < s.w) line += x[(plane * s.h + r) * s.w + c];
        }
        sum += line;
      }
      y[(plane * s.oh + i) * s.ow + j] = sum / window_size(&s, i, j);
    }
  }
}

__kernel void pool_average_backward(ARRAY(const T, grad_y), ARRAY(T, grad_x), const Pool s) {
  START(grad_y);
  START(grad_x);
#if LANES > 1
  // A row of x takes from the rows of y that it was in; what each gives a window is computed once.
  FOR_TASKS(task, TASKS_OF(s.h, s.w)) {
    const long plane = task / s.h;
    const int i = (int)(task % s.h);
    __global T* to = grad_x + task * s.w;
    for (int j = 0; j < s.w; j += LANES) store_some((V)((T)0), to, j, s.w);
    for (int p = 0; p < s.kh; ++p) {
      const int r = i + s.ph - p * s.dh;
      if (r < 0 || r % s.sh != 0 || r / s.sh >= s.oh) continue;
      __global const T* from = grad_y + (plane * s.oh + r / s.sh) * s.ow;
      int c = 0;
      if (is_pairs(&s)) {
        BY_PAIRS(average_pairs_backward, (from, s.ow, to))
        c = s.ow;
      }
      for (; c < s.ow; ++c) {
        const T share = from[c] / window_size(&s, r / s.sh, c);
        for (int q = 0; q < s.kw; ++q) {
          const int at = c * s.sw - s.pw + q * s.dw;
          if (at >= 0 && at < s.w) to[at] += share;
        }
      }
    }
  }
#else
  FOR_TASKS(task, TASKS_OF(s.h, s.w)) {
    EACH(i, j, plane, s.h, s.w) {
      T sum = (T)0;
      for (int p = 0; p < s.kh; ++p) {
        const int r = i + s.ph - p * s.dh;
        if (r < 0 || r % s.sh != 0 || r / s.sh >= s.oh) continue;
        for (int q = 0; q < s.kw; ++q) {
          const int c = j + s.pw - q * s.dw;
          if (c < 0 || c % s.sw != 0 || c / s.sw >= s.ow) continue;
          sum += grad_y[(plane * s.oh + r / s.sh) * s.ow + c / s.sw] /
                 window_size(&s, r / s.sh, c / s.sw);
        }
      }
      grad_x[(plane * s.h + i) * s.w + j] = sum;
    }
  }
#endif
}
#endif
