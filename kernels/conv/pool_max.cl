// Maximum pooling; a NaN wins and stays. After pool.cl.
#if FLOATING
#define WINS(a, b) (!((a) <= (b)) & ((b) == (b)))
#else
#define WINS(a, b) ((a) > (b))
#endif

#if LANES > 1
#define TAKE_WINNER(L, v, offset)                                       \
  place = convert_int##L(WINS(v, best)) ? (OF(int, L))(offset) : place; \
  best = WINS(v, best) ? v : best;

#define MAX_PAIRS(L)                                                                        \
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
  }
FOR_WIDTHS(MAX_PAIRS)
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
      T best = LOWEST;  // what a window in the padding alone keeps
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
        const int r = ROW_AT(i, p);
        for (int q = 0; r >= 0 && q < s.kw; ++q) {
          const int c = COLUMN_AT(j, q);
          const long at = (plane * s.oh + r) * s.ow + c;
          if (c >= 0 && places[at] == i * s.w + j) sum += grad_y[at];
        }
      }
      grad_x[(plane * s.h + i) * s.w + j] = sum;
    }
  }
}
