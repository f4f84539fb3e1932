// Group normalisation on dense arrays of T: a row is a group of `channels` runs of `inner` elements,
// each with a scale and a shift of its own; `all` is how many channels the tensor has. After norm.cl.
#if FLOATING
#define CHANNEL(i) ((row * channels + (i)) % all)

__kernel void norm_group_forward(ARRAY(const T, x), ARRAY(T, y), ARRAY(const T, weight),
                                 ARRAY(const T, bias), ARRAY(T, mean), long mean_step,
                                 ARRAY(T, rstd), long rstd_step, long rows, int channels, int inner,
                                 long all, int given, A eps) {
  SHARED(A, shared_sum);
  START(x);
  START(y);
  START(weight);
  START(bias);
  START(mean);
  START(rstd);
  const int d = channels * inner;
  FOR_ROWS(row, rows) {
    __global const T* from = x + row * d;
    __global T* to = y + row * d;
    A deviation, off = (A)0;
    T centre;
    if (given) {
      centre = mean[row * mean_step];
      deviation = rstd[row * rstd_step];
    } else {
      const A middle = SUM_ROW(row_sum(from, d)) / (A)d;
      centre = (T)middle;
      off = SUMS_ARE_COARSE ? SUM_ROW(row_rest(from, d, centre)) / (A)d : middle - (A)centre;
      deviation =
          (A)1 / sqrt(max(SUM_ROW(row_squares(from, d, centre)) / (A)d - off * off, (A)0) + eps);
      if (MEMBER == 0) {
        mean[row * mean_step] = centre;
        rstd[row * rstd_step] = (T)deviation;
      }
    }
    for (int c = 0; c < channels; ++c, from += inner, to += inner) {
      const A factor = weight ? deviation * (A)weight[CHANNEL(c)] : deviation;
      const T scale = (T)factor;
      const T shift = (T)((bias ? (A)bias[CHANNEL(c)] : (A)0) - off * factor);
      FOR_ROW(i, inner) {
        store_some((load_some(from, i, inner, centre) - centre) * scale + shift, to, i, inner);
      }
    }
  }
}

/// `shares` (2, rows, channels): what each run gives to its channel's gradients of weight and bias.
/// grad_x and shares may be absent.
__kernel void norm_group_backward(ARRAY(const T, grad_y), ARRAY(const T, x),
                                  ARRAY(const T, weight), ARRAY(const T, mean), long mean_step,
                                  ARRAY(const T, rstd), long rstd_step, ARRAY(T, grad_x),
                                  ARRAY(T, shares), long rows, int channels, int inner, long all,
                                  int given) {
  SHARED(A, shared_sum);
  START(grad_y);
  START(x);
  START(weight);
  START(mean);
  START(rstd);
  START(grad_x);
  START(shares);
  const int d = channels * inner;
  FOR_ROWS(row, rows) {
    const T centre = mean[row * mean_step];
    const A deviation = rstd[row * rstd_step];
    A off = (A)0;
    if (!given && IS_COARSE(centre, deviation)) {
      off = SUM_ROW(row_rest(x + row * d, d, centre)) / (A)d;
    }
    A total = (A)0, total_x = (A)0;
    for (int c = 0; c < channels; ++c) {
      const long at = row * d + (long)c * inner;
      VA sum = (VA)((A)0), sum_x = sum;
      FOR_ROW(i, inner) {
        const V g = load_some(grad_y + at, i, inner, (T)0);
        sum += CONVERT(A, g);
        sum_x += CONVERT(A, g * (load_some(x + at, i, inner, centre) - centre));
      }
      const A own = SUM_ROW(sum);
      const A own_x = SUM_ROW(sum_x) - off * own;
      if (shares && MEMBER == 0) {
        shares[row * channels + c] = (T)(own_x * deviation);
        shares[(rows + row) * channels + c] = (T)own;
      }
      const A w = weight ? (A)weight[CHANNEL(c)] : (A)1;
      total += w * own;
      total_x += w * own_x;
    }
    if (!grad_x) continue;
    const T unit = UNIT(deviation);
    const A slope =
        given ? (A)0 : -deviation * deviation * (deviation / (A)unit) * total_x / (A)d;
    const T b = (T)slope;
    const T shift = given ? (T)0 : (T)(-deviation * total / (A)d - off * (A)unit * slope);
    for (int c = 0; c < channels; ++c) {
      const long at = row * d + (long)c * inner;
      const T a = (T)(weight ? deviation * (A)weight[CHANNEL(c)] : deviation);
      FOR_ROW(i, inner) {
        const V g = load_some(grad_y + at, i, inner, (T)0);
        const V distance = (load_some(x + at, i, inner, centre) - centre) * unit;
        store_some(g * a + distance * b + shift, grad_x + at, i, inner);
      }
    }
  }
}
#endif
