// Normalisation on dense arrays of T; statistics are kept in A. After rows.cl.
//
// A mean is kept in T, which may be far coarser than the values are apart: at 1e4 a float takes steps
// of 1e-3. Differences from it are exact all the same, and their own mean is what rounding took.
#if FLOATING
// Whether it took more than a result of about 1 shows; then the backward looks for it.
#define IS_COARSE(mean, deviation) (fabs(mean) * (deviation) > 64)
#ifdef FP64
#define SUMS_ARE_COARSE 0
#else
#define SUMS_ARE_COARSE 1  // as coarse as a mean in T
#endif
// The backward's factor of x - mean leaves T's range where the squares of those do. There they are
// multiplied by the deviation first.
#define UNIT(deviation) ((deviation) > (A)1e-15f ? (T)1 : (T)(deviation))

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
    A middle, deviation, off = (A)0;
    if (given) {
      middle = mean[c * mean_step];
      deviation = rstd[c * rstd_step];
    } else {
      const A count = (A)n * (A)inner;
      VA sum = (VA)((A)0);
      FOR_CHANNEL(at, i, length) sum += CONVERT(A, load_some(x + at, i, length, (T)0));
      middle = SUM_ROW(sum) / count;
      const T centre = (T)middle;
      if (SUMS_ARE_COARSE) {
        VA rest = (VA)((A)0);
        FOR_CHANNEL(at, i, length) {
          rest += CONVERT(A, load_some(x + at, i, length, centre) - centre);
        }
        off = SUM_ROW(rest) / count;
      } else {
        off = middle - (A)centre;
      }
      VA squares = (VA)((A)0);
      FOR_CHANNEL(at, i, length) {
        const VA d = CONVERT(A, load_some(x + at, i, length, centre) - centre);
        squares += d * d;
      }
      deviation = (A)1 / sqrt(max(SUM_ROW(squares) / count - off * off, (A)0) + eps);
      if (MEMBER == 0) {
        mean[c * mean_step] = centre;
        rstd[c * rstd_step] = (T)deviation;
      }
    }
    const A factor = weight ? deviation * (A)weight[c] : deviation;
    const T centre = (T)middle;
    const T scale = (T)factor;
    const T shift = (T)((bias ? (A)bias[c] : (A)0) - off * factor);
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
    const A count = (A)n * (A)inner;
    A off = (A)0;
    if (!given && IS_COARSE(centre, deviation)) {
      VA rest = (VA)((A)0);
      FOR_CHANNEL(at, i, length) {
        rest += CONVERT(A, load_some(x + at, i, length, centre) - centre);
      }
      off = SUM_ROW(rest) / count;
      total_x -= off * total;
    }
    if (MEMBER == 0) {
      if (grad_weight) grad_weight[c] = (T)(total_x * deviation);
      if (grad_bias) grad_bias[c] = (T)total;
    }
    if (!grad_x) continue;
    const A factor = weight ? deviation * (A)weight[c] : deviation;
    const T unit = UNIT(deviation);
    const A slope = given ? (A)0 : -factor * deviation * (deviation / (A)unit) * total_x / count;
    const T a = (T)factor;
    const T b = (T)slope;
    const T shift = given ? (T)0 : (T)(-factor * total / count - off * (A)unit * slope);
#define GRADIENT(times_unit)                                                \
  FOR_CHANNEL(at, i, length) {                                              \
    const V g = load_some(grad_y + at, i, length, (T)0);                    \
    const V d = (load_some(x + at, i, length, centre) - centre)times_unit;  \
    store_some(g * a + d * b + shift, grad_x + at, i, length);              \
  }
    if (unit == (T)1) {
      GRADIENT()
    } else {
      GRADIENT(*unit)
    }
#undef GRADIENT
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
/// Of x - c.
static VA row_rest(__global const T* row, int n, T c) {
  VA sum = (VA)((A)0);
  FOR_ROW(i, n) sum += CONVERT(A, load_some(row, i, n, c) - c);
  return sum;
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
                               int centred, A eps) {
  SHARED(A, shared_sum);
  START(x);
  START(y);
  START(weight);
  START(bias);
  START(mean);
  START(rstd);
  FOR_ROWS(row, rows) {
    __global const T* from = x + row * d;
    T centre, scale, shift = (T)0;
    if (given) {
      centre = mean[row * mean_step];
      scale = rstd[row * rstd_step];
    } else {
      A off = (A)0;
      centre = (T)0;
      if (centred) {
        const A middle = SUM_ROW(row_sum(from, d)) / (A)d;
        centre = (T)middle;
        off = SUMS_ARE_COARSE ? SUM_ROW(row_rest(from, d, centre)) / (A)d : middle - (A)centre;
      }
      scale = (T)((A)1 /
                  sqrt(max(SUM_ROW(row_squares(from, d, centre)) / (A)d - off * off, (A)0) + eps));
      shift = (T)(-off * (A)scale);
      if (MEMBER == 0) {
        mean[row * mean_step] = centre;
        rstd[row * rstd_step] = scale;
      }
    }
    FOR_ROW(i, d) {
      V v = MULTIPLY_ADD(load_some(from, i, d, centre) - centre, (V)(scale), (V)(shift));
      if (weight) v *= load_some(weight, i, d, (T)0);
      if (bias) v += load_some(bias, i, d, (T)0);
      store_some(v, y + row * d, i, d);
    }
  }
}

/// The gradients of weight and bias are reductions over the rows, elsewhere, and the former needs
/// `rest`: what rounding took from each mean. grad_x and rest may be absent.
__kernel void norm_row_backward(ARRAY(const T, grad_y), ARRAY(const T, x), ARRAY(const T, weight),
                                ARRAY(const T, mean), long mean_step, ARRAY(const T, rstd),
                                long rstd_step, ARRAY(T, grad_x), ARRAY(T, rest), long rows, int d,
                                int given, int centred) {
  SHARED(A, shared_sum);
  START(grad_y);
  START(x);
  START(weight);
  START(mean);
  START(rstd);
  START(grad_x);
  START(rest);
  FOR_ROWS(row, rows) {
    const long at = row * d;
    const T centre = mean[row * mean_step];
    const A scale = rstd[row * rstd_step];
    A off = (A)0;
    if (!given && IS_COARSE(centre, scale)) off = SUM_ROW(row_rest(x + at, d, centre)) / (A)d;
    if (rest && MEMBER == 0) rest[row] = (T)off;
    if (!grad_x) continue;
    const T unit = UNIT(scale);
    T b = (T)0, shift = (T)0;
    if (!given) {
      VA sum = (VA)((A)0), sum_x = sum;
      FOR_ROW(i, d) {
        V g = load_some(grad_y + at, i, d, (T)0);
        if (weight) g *= load_some(weight, i, d, (T)0);
        sum += CONVERT(A, g);
        sum_x += CONVERT(A, g * (load_some(x + at, i, d, centre) - centre));
      }
      const A total = centred ? SUM_ROW(sum) : (A)0;
      const A slope =
          -scale * scale * (scale / (A)unit) * (SUM_ROW(sum_x) - off * total) / (A)d;
      b = (T)slope;
      shift = (T)(-scale * total / (A)d - off * (A)unit * slope);
    }
#define GRADIENT(times_unit)                                                \
  FOR_ROW(i, d) {                                                           \
    V g = load_some(grad_y + at, i, d, (T)0);                               \
    if (weight) g *= load_some(weight, i, d, (T)0);                         \
    const V distance = (load_some(x + at, i, d, centre) - centre)times_unit; \
    store_some(g * (T)scale + distance * b + shift, grad_x + at, i, d);     \
  }
    if (unit == (T)1) {
      GRADIENT()
    } else {
      GRADIENT(*unit)
    }
#undef GRADIENT
  }
}
#endif
