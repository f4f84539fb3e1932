// Average pooling. After pool.cl.
#if FLOATING
#if LANES > 1
#define AVERAGE_PAIRS(L)                                                                  \
  void average_pairs_##L(__global const T* upper, int w, int ow, __global T* y) {         \
    for (int at = 0; at < ow; at += L) {                                                  \
      const int j = min(at, ow - L);                                                      \
      const Split##L a = split_##L(upper + 2 * j), b = split_##L(upper + w + 2 * j);      \
      STORE_N(T, L, y + j, ((a.even + a.odd) + (b.even + b.odd)) * (T)0.25f);             \
    }                                                                                     \
  }                                                                                       \
  void average_pairs_backward_##L(__global const T* grad_y, int ow, __global T* grad_x) { \
    for (int at = 0; at < ow; at += L) {                                                  \
      const int j = min(at, ow - L);                                                      \
      const OF(T, L) g = LOAD_N(T, L, grad_y + j) * (T)0.25f;                             \
      join_##L(g, g, grad_x + 2 * j);                                                     \
    }                                                                                     \
  }
FOR_WIDTHS(AVERAGE_PAIRS)
#endif

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
      const int r = ROW_AT(i, p);
      if (r < 0) continue;
      __global const T* from = grad_y + (plane * s.oh + r) * s.ow;
      int c = 0;
      if (is_pairs(&s)) {
        BY_PAIRS(average_pairs_backward, (from, s.ow, to))
        c = s.ow;
      }
      for (; c < s.ow; ++c) {
        const T share = from[c] / window_size(&s, r, c);
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
        const int r = ROW_AT(i, p);
        for (int q = 0; r >= 0 && q < s.kw; ++q) {
          const int c = COLUMN_AT(j, q);
          if (c >= 0) sum += grad_y[(plane * s.oh + r) * s.ow + c] / window_size(&s, r, c);
        }
      }
      grad_x[(plane * s.h + i) * s.w + j] = sum;
    }
  }
#endif
}
#endif
