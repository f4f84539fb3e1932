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
                              int is_log) {
  START(x);
  START(y);
  const int blocks = (inner + LANES - 1) / LANES;
  FOR_TASKS(task, outer * blocks) {
    const long at = task / blocks * n * inner;
    const int i = (int)(task % blocks) * LANES;
    V most = (V)(NOTHING);
    for (int j = 0; j < n; ++j) {
      most = fmax(most, load_some(x + at + (long)j * inner, i, inner, (T)0));
    }
    VA sum = (VA)((A)0);
    for (int j = 0; j < n; ++j) {
      const V v = load_some(x + at + (long)j * inner, i, inner, (T)0);
      sum += CONVERT(A, EXP_NEGATIVE(v - most));
    }
    const V total = CONVERT(T, sum);
    const V shift = is_log ? CONVERT(T, log(sum)) : (V)((T)0);
    for (int j = 0; j < n; ++j) {
      const V v = load_some(x + at + (long)j * inner, i, inner, (T)0) - most;
      store_some(is_log ? v - shift : EXP_NEGATIVE(v) / total, y + at + (long)j * inner, i, inner);
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
                                       ARRAY(T, grad_x), long outer, int n, int inner,
                                       int is_log) {
  START(y);
  START(grad_y);
  START(grad_x);
  const int blocks = (inner + LANES - 1) / LANES;
  FOR_TASKS(task, outer * blocks) {
    const long begin = task / blocks * n * inner;
    const int i = (int)(task % blocks) * LANES;
    VA sum = (VA)((A)0);
    for (int j = 0; j < n; ++j) {
      const long at = begin + (long)j * inner;
      const V g = load_some(grad_y + at, i, inner, (T)0);
      sum += CONVERT(A, is_log ? g : g * load_some(y + at, i, inner, (T)0));
    }
    const V total = CONVERT(T, sum);
    for (int j = 0; j < n; ++j) {
      const long at = begin + (long)j * inner;
      const V g = load_some(grad_y + at, i, inner, (T)0);
      const V v = load_some(y + at, i, inner, (T)0);
      store_some(is_log ? g - EXP(v) * total : v * (g - total), grad_x + at, i, inner);
    }
  }
}
#endif
