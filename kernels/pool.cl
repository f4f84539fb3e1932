// 2-D pooling on dense planes. Backward gathers: each element of x looks for the windows it was in,
// in a fixed order. After common.cl and rows.cl.
//
// LANES 8: a task is a row of a plane; windows of 2x2 without overlap go by vectors. LANES 1: a
// task is an element.

typedef struct {
  long planes;
  int h, w, oh, ow, kh, kw, sh, sw, ph, pw, dh, dw;
  int with_padding;  // average: divide by the whole window
} Pool;

#if FLOATING
#define WINS(a, b) (((a) > (b)) | (((a) != (a)) & ((b) == (b))))
#else
#define WINS(a, b) ((a) > (b))
#endif

// Calls of `one` for each element of a task.
#if LANES == 1
#define TASKS_OF(rows, columns) (s.planes * (rows) * (columns))
#define EACH(i, j, plane, rows, columns)                              \
  const long plane = task / (columns) / (rows);                       \
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
#if KIND == 1 || KIND == 3
#define SIGNED int
#else
#define SIGNED long
#endif
typedef JOIN(T, 16) V16;
typedef VEC(int) VI;

/// Eight windows of 2x2 at a time; how many were done.
int max_pairs(__global const T* upper, int w, int ow, __global T* y, __global int* places,
              int first) {
  int j = 0;
  const VI step = (VI)(0, 2, 4, 6, 8, 10, 12, 14);
  for (; j + LANES <= ow; j += LANES) {
    const V16 a = vload16(0, upper + 2 * j);
    const V16 b = vload16(0, upper + w + 2 * j);
    V best = a.even;
    VI place = (VI)(0);
    const V rest[3] = {a.odd, b.even, b.odd};
    const int offset[3] = {1, w, w + 1};
    for (int k = 0; k < 3; ++k) {
      place = CONVERT(int, WINS(rest[k], best)) ? (VI)(offset[k]) : place;
      best = WINS(rest[k], best) ? rest[k] : best;
    }
    JOIN(vstore, LANES)(best, 0, y + j);
    if (places) JOIN(vstore, LANES)(place + step + (first + 2 * j), 0, places + j);
  }
  return j;
}
#endif

__kernel void pool_max_forward(ARRAY(const T, x), ARRAY(T, y), ARRAY(int, places), const Pool s) {
  START(x);
  START(y);
  START(places);
  FOR_TASKS(task, TASKS_OF(s.oh, s.ow)) {
    int vector_end = 0;
#if LANES > 1
    if (s.kh == 2 && s.kw == 2 && s.sh == 2 && s.sw == 2 && s.ph == 0 && s.pw == 0 && s.dh == 1 &&
        s.dw == 1 && 2 * s.oh <= s.h && 2 * s.ow <= s.w) {
      const int row = (int)(task % s.oh);
      vector_end = max_pairs(x + task / s.oh * s.h * s.w + 2 * row * s.w, s.w, s.ow,
                             y + task * s.ow, places ? places + task * s.ow : places,
                             2 * row * s.w);
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
    if (s.kh == 2 && s.kw == 2 && s.sh == 2 && s.sw == 2 && s.ph == 0 && s.pw == 0 && s.dh == 1 &&
        s.dw == 1 && 2 * s.oh == s.h && 2 * s.ow == s.w) {
      const int row = (int)(task % s.h);
      const long from = (task / s.h * s.oh + row / 2) * s.ow;
      const VI step = (VI)(0, 2, 4, 6, 8, 10, 12, 14);
      int j = 0;
      for (; j + LANES <= s.ow; j += LANES) {
        const V g = JOIN(vload, LANES)(0, grad_y + from + j);
        const VI place = JOIN(vload, LANES)(0, places + from + j) - step - (row * s.w + 2 * j);
        V16 out;
        out.even = CONVERT(SIGNED, place == 0) ? g : (V)((T)0);
        out.odd = CONVERT(SIGNED, place == 1) ? g : (V)((T)0);
        vstore16(out, 0, grad_x + task * s.w + 2 * j);
      }
      vector_end = 2 * j;
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
/// Taps of a window that count along one axis, at least 1.
int taps_in(int start, int taps, int dilation, int low, int high) {
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
    const int vector_end = 0;
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
  FOR_TASKS(task, TASKS_OF(s.h, s.w)) {
    const int vector_end = 0;
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
}
#endif
