// Softmax on dense arrays of T. After row_exp.cl.
#if FLOATING
// Along rows, and along the middle axis of (outer, n, inner), lanes along inner.
__kernel void softmax_rows(ARRAY(const T, x), ARRAY(T, y), long rows, int n, int is_log) {
  SHARED(A, shared_sum);
  SHARED(T, shared_max);
  START(x);
  START(y);
  FOR_ROWS(row, rows) {
    __global const T* from = x + row * n;
    __global T* to = y + row * n;
    const T top = MAX_ROW(most_of(from, n));
    const A total = SUM_ROW(exponentials_of(from, n, top, is_log ? 0 : to));
    const T scale = (T)((A)1 / total);
    const T shift = is_log ? (T)log(total) : (T)0;
    FOR_ROW(i, n) {
      store_some(is_log ? load_some(from, i, n, (T)0) - top - shift
                        : load_some(to, i, n, (T)0) * scale,
                 to, i, n);
    }
  }
}

__kernel void softmax_columns(ARRAY(const T, x), ARRAY(T, y), long outer, int n, int inner,
                              int span, int is_log) {
  START(x);
  START(y);
  const int blocks = CEIL_DIV(inner, span);
  T most[SPAN], shift[SPAN];
  A sum[SPAN];
  FOR_TASKS(task, outer * blocks) {
    const long at = task / blocks * n * inner;
    const int first = (int)(task % blocks) * span;
    const int count = min(span, inner - first);
    FOR_SPAN(c, count) {
      STORE_KEPT(T, most + c, (V)(NOTHING));
      STORE_KEPT(A, sum + c, (VA)((A)0));
    }
    for (int j = 0; j < n; ++j) {
      __global const T* row = x + at + (long)j * inner;
      FOR_SPAN(c, count) {
        const V top = LOAD_KEPT(T, most + c);
        const V v = load_some(row, first + c, inner, (T)0);
        STORE_KEPT(T, most + c, v > top ? v : top);  // a NaN comes through in the sum
      }
    }
    for (int j = 0; j < n; ++j) {
      __global const T* row = x + at + (long)j * inner;
      FOR_SPAN(c, count) {
        const V v = load_some(row, first + c, inner, (T)0);
        const V e = EXP_NEGATIVE(v - LOAD_KEPT(T, most + c));
        STORE_KEPT(A, sum + c, LOAD_KEPT(A, sum + c) + CONVERT(A, e));
      }
    }
    FOR_SPAN(c, count) {
      const VA total = LOAD_KEPT(A, sum + c);
      STORE_KEPT(T, shift + c, is_log ? CONVERT(T, log(total)) : CONVERT(T, (A)1 / total));
    }
    for (int j = 0; j < n; ++j) {
      const long row = at + (long)j * inner;
      FOR_SPAN(c, count) {
        const V v = load_some(x + row, first + c, inner, (T)0) - LOAD_KEPT(T, most + c);
        const V w = LOAD_KEPT(T, shift + c);
        store_some(is_log ? v - w : EXP_NEGATIVE(v) * w, y + row, first + c, inner);
      }
    }
  }
}

__kernel void softmax_backward_rows(ARRAY(const T, y), ARRAY(const T, grad_y), ARRAY(T, grad_x),
                                    long rows, int n, int is_log) {
  SHARED(A, shared_sum);
  START(y);
  START(grad_y);
  START(grad_x);
  FOR_ROWS(row, rows) {
    const long at = row * n;
    VA sum = (VA)((A)0);
    FOR_ROW(i, n) {
      const V g = load_some(grad_y + at, i, n, (T)0);
      sum += CONVERT(A, is_log ? g : g * load_some(y + at, i, n, (T)0));
    }
    const T total = (T)SUM_ROW(sum);
    FOR_ROW(i, n) {
      const V g = load_some(grad_y + at, i, n, (T)0);
      const V v = load_some(y + at, i, n, (T)0);
      store_some(is_log ? g - EXP(v) * total : v * (g - total), grad_x + at, i, n);
    }
  }
}

__kernel void softmax_backward_columns(ARRAY(const T, y), ARRAY(const T, grad_y),
                                       ARRAY(T, grad_x), long outer, int n, int inner, int span,
                                       int is_log) {
  START(y);
  START(grad_y);
  START(grad_x);
  const int blocks = CEIL_DIV(inner, span);
  A sum[SPAN];
  FOR_TASKS(task, outer * blocks) {
    const long begin = task / blocks * n * inner;
    const int first = (int)(task % blocks) * span;
    const int count = min(span, inner - first);
    FOR_SPAN(c, count) STORE_KEPT(A, sum + c, (VA)((A)0));
    for (int j = 0; j < n; ++j) {
      const long at = begin + (long)j * inner;
      FOR_SPAN(c, count) {
        const V g = load_some(grad_y + at, first + c, inner, (T)0);
        const V v = is_log ? g : g * load_some(y + at, first + c, inner, (T)0);
        STORE_KEPT(A, sum + c, LOAD_KEPT(A, sum + c) + CONVERT(A, v));
      }
    }
    for (int j = 0; j < n; ++j) {
      const long at = begin + (long)j * inner;
      FOR_SPAN(c, count) {
        const V total = CONVERT(T, LOAD_KEPT(A, sum + c));
        const V g = load_some(grad_y + at, first + c, inner, (T)0);
        const V v = load_some(y + at, first + c, inner, (T)0);
        store_some(is_log ? g - EXP(v) * total : v * (g - total), grad_x + at, first + c, inner);
      }
    }
  }
}
#endif
