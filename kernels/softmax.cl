// Softmax and cross-entropy on dense arrays of T. After rows.cl.
#if FLOATING
#define NOTHING (-(T)INFINITY)

// ---- Softmax along rows, and along the middle axis of (outer, n, inner), lanes along inner.
__kernel void softmax_rows(ARRAY(const T, x), ARRAY(T, y), long rows, int n, int is_log) {
  SHARED(A, shared_sum);
  SHARED(T, shared_max);
  START(x);
  START(y);
  FOR_ROWS(row, rows) {
    __global const T* from = x + row * n;
    __global T* to = y + row * n;
    V most = (V)(NOTHING);
    FOR_ROW(i, n) most = fmax(most, load_some(from, i, n, NOTHING));
    const T top = MAX_ROW(most);
    VA sum = (VA)((A)0);
    FOR_ROW(i, n) {
      const V e = exp(load_some(from, i, n, NOTHING) - top);
      sum += CONVERT(A, e);
      if (!is_log) store_some(e, to, i, n);
    }
    const A total = SUM_ROW(sum);
    const T scale = (T)((A)1 / total);
    const T shift = (T)log(total);
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
      sum += CONVERT(A, exp(load_some(x + at + (long)j * inner, i, inner, (T)0) - most));
    }
    const V total = CONVERT(T, sum);
    const V shift = CONVERT(T, log(sum));
    for (int j = 0; j < n; ++j) {
      const V v = load_some(x + at + (long)j * inner, i, inner, (T)0) - most;
      store_some(is_log ? v - shift : exp(v) / total, y + at + (long)j * inner, i, inner);
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
      store_some(is_log ? g - exp(v) * total : v * (g - total), grad_x + at, i, n);
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
      store_some(is_log ? g - exp(v) * total : v * (g - total), grad_x + at, i, inner);
    }
  }
}

// ---- Cross-entropy. `rows` of `classes`; a target that could not be checked is forced in range.
__kernel void cross_entropy_forward(ARRAY(const T, logits), ARRAY(const long, targets),
                                    long target_step, ARRAY(T, losses), long loss_step,
                                    ARRAY(T, lse), long lse_step, long rows, int classes,
                                    long ignored) {
  SHARED(A, shared_sum);
  SHARED(T, shared_max);
  START(logits);
  START(targets);
  START(losses);
  START(lse);
  FOR_ROWS(row, rows) {
    __global const T* from = logits + row * classes;
    V most = (V)(NOTHING);
    FOR_ROW(i, classes) most = fmax(most, load_some(from, i, classes, NOTHING));
    const T top = MAX_ROW(most);
    VA sum = (VA)((A)0);
    FOR_ROW(i, classes) sum += CONVERT(A, exp(load_some(from, i, classes, NOTHING) - top));
    const A total = log(SUM_ROW(sum)) + (A)top;
    if (MEMBER == 0) {
      const long target = targets[row * target_step];
      lse[row * lse_step] = (T)total;
      losses[row * loss_step] =
          target == ignored ? (T)0
                            : (T)(total - (A)from[clamp(target, 0L, (long)classes - 1)]);
    }
  }
}

__kernel void cross_entropy_backward(ARRAY(const T, logits), ARRAY(const long, targets),
                                     long target_step, ARRAY(const T, lse), long lse_step,
                                     ARRAY(const T, grad_losses), long loss_step,
                                     ARRAY(T, grad_logits), long rows, int classes,
                                     long ignored) {
  START(logits);
  START(targets);
  START(lse);
  START(grad_losses);
  START(grad_logits);
  FOR_ROWS(row, rows) {
    const long at = row * classes;
    const long target = targets[row * target_step];
    const T shift = lse[row * lse_step];
    const T g = target == ignored ? (T)0 : grad_losses[row * loss_step];
    const int hit = (int)clamp(target, 0L, (long)classes - 1);
    FOR_ROW(i, classes) {
      const V e = exp(load_some(logits + at, i, classes, NOTHING) - shift) * g;
      store_some(target == ignored ? (V)((T)0) : e, grad_logits + at, i, classes);
      if (target != ignored && hit >= i && hit < i + LANES) {
        grad_logits[at + hit] = (exp(logits[at + hit] - shift) - (T)1) * g;
      }
    }
  }
}
#endif
