// Softmax and cross-entropy on dense arrays of T. After rows.cl and
// elementary.cl.
#if FLOATING
#define NOTHING (-(T)INFINITY)

// ---- What a group finds in its part of a row, in accumulators side by side: one would wait for
// itself. A NaN comes through in the sum.
static V most_of(__global const T* row, int n) {
  V m0 = (V)(NOTHING), m1 = m0, m2 = m0, m3 = m0;
  int i = MEMBER * LANES;
  for (; i + 3 * STEP + LANES <= n; i += 4 * STEP) {
    const V v0 = LOAD(row, i), v1 = LOAD(row, i + STEP);
    const V v2 = LOAD(row, i + 2 * STEP), v3 = LOAD(row, i + 3 * STEP);
    m0 = v0 > m0 ? v0 : m0;
    m1 = v1 > m1 ? v1 : m1;
    m2 = v2 > m2 ? v2 : m2;
    m3 = v3 > m3 ? v3 : m3;
  }
  for (; i < n; i += STEP) {
    const V v = load_some(row, i, n, NOTHING);
    m0 = v > m0 ? v : m0;
  }
  m0 = m1 > m0 ? m1 : m0;
  m2 = m3 > m2 ? m3 : m2;
  return m2 > m0 ? m2 : m0;
}
/// The sum of exp(x - top); the summands to `to`, unless it is null.
static VA exponentials_of(__global const T* row, int n, T top, __global T* to) {
  VA s0 = (VA)((A)0), s1 = s0;
  int i = MEMBER * LANES;
  for (; i + STEP + LANES <= n; i += 2 * STEP) {
    const V e0 = EXP(LOAD(row, i) - top);
    const V e1 = EXP(LOAD(row, i + STEP) - top);
    s0 += CONVERT(A, e0);
    s1 += CONVERT(A, e1);
    if (to) {
      STORE(e0, to, i);
      STORE(e1, to, i + STEP);
    }
  }
  for (; i < n; i += STEP) {
    const V e = EXP(load_some(row, i, n, NOTHING) - top);
    s0 += CONVERT(A, e);
    if (to) store_some(e, to, i, n);
  }
  return s0 + s1;
}

// ---- Softmax along rows, and along the middle axis of (outer, n, inner), lanes along inner.
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
      sum += CONVERT(A, EXP(load_some(x + at + (long)j * inner, i, inner, (T)0) - most));
    }
    const V total = CONVERT(T, sum);
    const V shift = CONVERT(T, log(sum));
    for (int j = 0; j < n; ++j) {
      const V v = load_some(x + at + (long)j * inner, i, inner, (T)0) - most;
      store_some(is_log ? v - shift : EXP(v) / total, y + at + (long)j * inner, i, inner);
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
    const T top = MAX_ROW(most_of(from, classes));
    const A total = log(SUM_ROW(exponentials_of(from, classes, top, 0))) + (A)top;
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
      const V e = EXP(load_some(logits + at, i, classes, NOTHING) - shift) * g;
      store_some(target == ignored ? (V)((T)0) : e, grad_logits + at, i, classes);
      if (target != ignored && hit >= i && hit < i + LANES) {
        grad_logits[at + hit] = (exp(logits[at + hit] - shift) - (T)1) * g;
      }
    }
  }
}
#endif
