// Normalisation on dense arrays of T; statistics are kept in A. After rows.cl.
#if FLOATING
// A channel's elements: n planes of `inner`, whole vectors on CPUs; on GPUs the
// members go through all planes as one.
#if LANES == 1
#define FOR_CHANNEL(at, i, length)                                                       \
  for (int e = MEMBER, i = 0, length = 1; e < n * inner; e += GROUP)                     \
    for (long at = ((long)(e / inner) * channels + c) * inner + e % inner, once = 1; once; once = 0)
#else
#define FOR_CHANNEL(at, i, length)                                                       \
  for (long p = 0, at = c * inner, length = inner; p < n; ++p, at += channels * inner)   \
    for (int i = 0; i < inner; i += LANES)
#endif

__kernel void norm_channel_forward(ARRAY(const T, x), ARRAY(T, y), ARRAY(const T, weight),
                                   ARRAY(const T, bias), ARRAY(T, mean), long mean_step,
                                   ARRAY(T, rstd), long rstd_step, int n, long channels,
                                   int inner, int given, A eps) {
  SHARED(A, shared_sum);
  START(x);
  START(y);
  START(weight);
  START(bias);
  START(mean);
  START(rstd);
  FOR_ROWS(c, channels) {
    A middle, deviation;
    if (given) {
      middle = mean[c * mean_step];
      deviation = rstd[c * rstd_step];
    } else {
      const A count = (A)n * (A)inner;
      VA sum = (VA)((A)0);
      FOR_CHANNEL(at, i, length) sum += CONVERT(A, load_some(x + at, i, length, (T)0));
      middle = SUM_ROW(sum) / count;
      const T centre = (T)middle;
      VA squares = (VA)((A)0), rest = squares;
      FOR_CHANNEL(at, i, length) {
        const VA d = CONVERT(A, load_some(x + at, i, length, centre) - centre);
        squares += d * d;
      }
      const A off = middle - (A)centre;
      deviation = (A)1 / sqrt(max(SUM_ROW(squares) / count - off * off, (A)0) + eps);
      if (MEMBER == 0) {
        mean[c * mean_step] = centre;
        rstd[c * rstd_step] = (T)deviation;
      }
    }
    const A factor = weight ? deviation * (A)weight[c] : deviation;
    const T centre = (T)middle;
    const T scale = (T)factor;
    const T shift = (T)((bias ? (A)bias[c] : (A)0) - (middle - (A)centre) * factor);
    FOR_CHANNEL(at, i, length) {
      store_some((load_some(x + at, i, length, centre) - centre) * scale + shift, y + at, i,
                 length);
    }
  }
}

__kernel void norm_channel_backward(ARRAY(const T, grad_y), ARRAY(const T, x),
                                    ARRAY(const T, weight), ARRAY(const T, mean), long mean_step,
                                    ARRAY(const T, rstd), long rstd_step, ARRAY(T, grad_x),
                                    ARRAY(T, grad_weight), ARRAY(T, grad_bias), int n,
                                    long channels, int inner, int given) {
  SHARED(A, shared_sum);
  START(grad_y);
  START(x);
  START(weight);
  START(mean);
  START(rstd);
  START(grad_x);
  START(grad_weight);
  START(grad_bias);
  FOR_ROWS(c, channels) {
    const T centre = mean[c * mean_step];
    const A deviation = rstd[c * rstd_step];
    A total = (A)0, total_x = (A)0;
    if (!given || grad_weight || grad_bias) {
      VA sum = (VA)((A)0), sum_x = sum;
      FOR_CHANNEL(at, i, length) {
        const V g = load_some(grad_y + at, i, length, (T)0);
        sum += CONVERT(A, g);
        sum_x += CONVERT(A, g * (load_some(x + at, i, length, centre) - centre));
      }
      total = SUM_ROW(sum);
      total_x = SUM_ROW(sum_x);
    }
    if (MEMBER == 0) {
      if (grad_weight) grad_weight[c] = (T)(total_x * deviation);
      if (grad_bias) grad_bias[c] = (T)total;
    }
    if (!grad_x) continue;
    const A count = (A)n * (A)inner;
    const A factor = weight ? deviation * (A)weight[c] : deviation;
    const T a = (T)factor;
    const T b = given ? (T)0 : (T)(-factor * deviation * deviation * total_x / count);
    const T shift = given ? (T)0 : (T)(-factor * total / count);
    FOR_CHANNEL(at, i, length) {
      const V g = load_some(grad_y + at, i, length, (T)0);
      const V d = load_some(x + at, i, length, centre) - centre;
      store_some(g * a + d * b + shift, grad_x + at, i, length);
    }
  }
}

// A group's part of a row's sum, in accumulators side by side: one would wait for itself.
#define FOR_FOUR(i, n) for (; i + 3 * STEP + LANES <= (n); i += 4 * STEP)
static VA row_sum(__global const T* row, int n) {
  VA s0 = (VA)((A)0), s1 = s0, s2 = s0, s3 = s0;
  int i = MEMBER * LANES;
  FOR_FOUR(i, n) {
    s0 += CONVERT(A, LOAD(row, i));
    s1 += CONVERT(A, LOAD(row, i + STEP));
    s2 += CONVERT(A, LOAD(row, i + 2 * STEP));
    s3 += CONVERT(A, LOAD(row, i + 3 * STEP));
  }
  for (; i < n; i += STEP) s0 += CONVERT(A, load_some(row, i, n, (T)0));
  return (s0 + s1) + (s2 + s3);
}
#define ADD_SQUARE(s, v)             \
  {                                  \
    const VA d = CONVERT(A, (v)-c);  \
    s += d * d;                      \
  }
/// Of the squares of x - c.
static VA row_squares(__global const T* row, int n, T c) {
  VA s0 = (VA)((A)0), s1 = s0, s2 = s0, s3 = s0;
  int i = MEMBER * LANES;
  FOR_FOUR(i, n) {
    ADD_SQUARE(s0, LOAD(row, i))
    ADD_SQUARE(s1, LOAD(row, i + STEP))
    ADD_SQUARE(s2, LOAD(row, i + 2 * STEP))
    ADD_SQUARE(s3, LOAD(row, i + 3 * STEP))
  }
  for (; i < n; i += STEP) ADD_SQUARE(s0, load_some(row, i, n, c))
  return (s0 + s1) + (s2 + s3);
}

__kernel void norm_row_forward(ARRAY(const T, x), ARRAY(T, y), ARRAY(const T, weight),
                               ARRAY(const T, bias), ARRAY(T, mean), long mean_step,
                               ARRAY(T, rstd), long rstd_step, long rows, int d, int given,
                               A eps) {
  SHARED(A, shared_sum);
  START(x);
  START(y);
  START(weight);
  START(bias);
  START(mean);
  START(rstd);
  FOR_ROWS(row, rows) {
    __global const T* from = x + row * d;
    T centre, scale;
    if (given) {
      centre = mean[row * mean_step];
      scale = rstd[row * rstd_step];
    } else {
      const A middle = SUM_ROW(row_sum(from, d)) / (A)d;
      centre = (T)middle;
      const A off = middle - (A)centre;
      scale = (T)((A)1 /
                  sqrt(max(SUM_ROW(row_squares(from, d, centre)) / (A)d - off * off, (A)0) + eps));
      if (MEMBER == 0) {
        mean[row * mean_step] = centre;
        rstd[row * rstd_step] = scale;
      }
    }
    FOR_ROW(i, d) {
      V v = (load_some(from, i, d, centre) - centre) * scale;
      if (weight) v *= load_some(weight, i, d, (T)0);
      if (bias) v += load_some(bias, i, d, (T)0);
      store_some(v, y + row * d, i, d);
    }
  }
}

/// The gradients of weight and bias are reductions over the rows, elsewhere.
__kernel void norm_row_backward(ARRAY(const T, grad_y), ARRAY(const T, x), ARRAY(const T, weight),
                                ARRAY(const T, mean), long mean_step, ARRAY(const T, rstd),
                                long rstd_step, ARRAY(T, grad_x), long rows, int d, int given) {
  SHARED(A, shared_sum);
  START(grad_y);
  START(x);
  START(weight);
  START(mean);
  START(rstd);
  START(grad_x);
  FOR_ROWS(row, rows) {
    const long at = row * d;
    const T centre = mean[row * mean_step];
    const A scale = rstd[row * rstd_step];
    T b = (T)0, shift = (T)0;
    if (!given) {
      VA sum = (VA)((A)0), sum_x = sum;
      FOR_ROW(i, d) {
        V g = load_some(grad_y + at, i, d, (T)0);
        if (weight) g *= load_some(weight, i, d, (T)0);
        sum += CONVERT(A, g);
        sum_x += CONVERT(A, g * (load_some(x + at, i, d, centre) - centre));
      }
      shift = (T)(-scale * SUM_ROW(sum) / (A)d);
      b = (T)(-scale * scale * scale * SUM_ROW(sum_x) / (A)d);
    }
    FOR_ROW(i, d) {
      V g = load_some(grad_y + at, i, d, (T)0);
      if (weight) g *= load_some(weight, i, d, (T)0);
      store_some(g * (T)scale + (load_some(x + at, i, d, centre) - centre) * b + shift,
                 grad_x + at, i, d);
    }
  }
}
#endif
