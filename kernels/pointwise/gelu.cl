// gelu, gelu_tanh and a times their derivatives at b: as src/backend_cpu/simd/pointwise/gelu-inl.hpp, with
// what rounding an exponent would lose kept by fma, which is exact on every device. After
// elementary.cl.
#if KIND == 1
/// NaN stays.
static V at_most(V x, float high) { return x > high ? SPLAT(high) : x; }
/// v 2^n in two factors, n >= -254; at that n, and the next, a factor is 0.
static V scaled(V v, Bits n) {
  const Bits first = (n + 254) >> 1;
  return v * AS(float, first << 23) * AS(float, (n + 254 - first) << 23);
}

// Beyond the last b the tails vanish: there the exponent is -253 or -254.
#define GELU_LAST 18.75f
#define GELU_TANH_LAST 12.95f

/// exp(-a^2 / 2).
static ExpParts exp_of_square(V a) {
  const V magic = SPLAT(12582912.0f);
  const V halved = -0.5f * a;
  const V x = halved * a;
  const V shifted = MADD(x, SPLAT(1.44269504f), magic);
  const V n = shifted - magic;
  V r = MADD(-n, SPLAT(0.693359375f), x);
  r = MADD(-n, SPLAT(-2.12194440e-4f), r) + fma(halved, a, -x);
  const ExpParts parts = {expm1_of_rest(r), AS(int, shifted) - AS(int, magic)};
  return parts;
}

/// exp(b^2 / 2) times the normal distribution function at -b is this over GELU_BELOW(b), b >= 0.
static V gelu_above(V b) {
  // In parts that do not wait for one another, all but the last step, which decides the rounding.
  const V u = (b - 3.625f) / (b + 3.625f);
  const V u2 = u * u;
  const V low = MADD(u2, MADD(u, SPLAT(-0.0462144911f), SPLAT(0.064035058f)),
                     MADD(u, SPLAT(-0.0296791792f), SPLAT(-0.0736850128f)));
  V high = MADD(u2, MADD(u, SPLAT(0.000351221388f), SPLAT(-0.00190290646f)),
                MADD(u, SPLAT(-0.00082483649f), SPLAT(0.0169141218f)));
  high = MADD(u2 * u2, SPLAT(0.000224919524f), high);
  return MADD(MADD(u2 * u2, high, low), u, SPLAT(0.581953466f));
}
#define GELU_BELOW(b) MADD(b, SPLAT(1.28125f), SPLAT(1.0f))

static V op_gelu(V a) {
  const V size = at_most(fabs(a), GELU_LAST);
  const ExpParts power = exp_of_square(size);
  const V factor = size / GELU_BELOW(size);
  const V y = MADD(factor, power.expm1_r, factor) * gelu_above(size);
  return (a < 0.0f ? SPLAT(0.0f) : a) - scaled(y, power.n);
}
/// a k exp(-t) where b is negative, else a (1 - k exp(-t)), exp(-t) being `power`.
static V slope_of_tail(V a, V b, V k, ExpParts power) {
  const V factor = b < 0.0f ? a : SPLAT(1.0f);
  const V tail = scaled(factor * MADD(k, power.expm1_r, k), power.n);
  return b < 0.0f ? tail : a * (1.0f - tail);
}
static V op_gelu_slope(V a, V b) {
  const V size = at_most(fabs(b), GELU_LAST);
  const ExpParts power = exp_of_square(size);
  const V k = MADD(-size, SPLAT(0.398942280f), gelu_above(size) / GELU_BELOW(size));
  return slope_of_tail(a, b, k, power);
}

/// exp(-t), t = 2 sqrt(2 / pi) (b + 0.044715 b^3): t / ln 2 = b (first + third b^2), the bracket in two
/// floats. `first` has so few bits that its difference from the sum is exact.
static ExpParts exp_of_cubic(V b) {
  const V first = SPLAT(2.3046875f), third = SPLAT(0.102943242f);
  const V square = b * b;
  const V sum = fma(square, third, first);
  V low = MADD(square, SPLAT(-2.01619832e-09f), SPLAT(-0.00247930177f));
  low += fma(square, third, first - sum);
  low = MADD(fma(b, b, -square), third, low);
  const V magic = SPLAT(12582912.0f);
  const V shifted = MADD(-b, sum, magic);
  const V rest = MADD(-b, low, fma(-b, sum, magic - shifted));
  const ExpParts parts = {expm1_of_rest(rest * 0.693147181f), AS(int, shifted) - AS(int, magic)};
  return parts;
}
static V op_gelu_tanh(V a) {
  const V size = at_most(fabs(a), GELU_TANH_LAST);
  const ExpParts power = exp_of_cubic(size);
  const V above = MADD(size, power.expm1_r, size);
  const V y = above / (1.0f + scaled(1.0f + power.expm1_r, power.n));
  return (a < 0.0f ? SPLAT(0.0f) : a) - scaled(y, power.n);
}
static V op_gelu_tanh_slope(V a, V b) {
  const V size = at_most(fabs(b), GELU_TANH_LAST);
  const ExpParts power = exp_of_cubic(size);
  const V e = scaled(1.0f + power.expm1_r, power.n);
  const V slope = MADD(size * size, SPLAT(0.214064449f), SPLAT(1.59576912f));
  const V above = MADD(-size, slope, 1.0f + e);
  const V below = MADD(e, 2.0f + e, SPLAT(1.0f));
  return slope_of_tail(a, b, above / below, power);
}

#elif KIND == 2
/// The normal distribution function.
static V normal_cdf(V x) {
  // Far out, erfc(u) changes 2 u^2 times as fast as u: what rounding u lost is put right.
  const V u = -x * 0.70710678118654752440;
  const V lost = fma(-x, (V)(0.70710678118654752440), -u) + x * 4.833646656726457e-17;
  const V plain = 0.5 * erfc(u);
  const V right = plain - lost * exp(-u * u) * 0.56418958354775628695;
  return ((u > 1.0) & (u < 30.0)) != 0 ? right : plain;
}
static V op_gelu(V a) { return a < -40.0 ? (V)(0.0) : a * normal_cdf(a); }
static V op_gelu_slope(V a, V b) {
  const V x = fabs(b) > 40.0 ? (V)(40.0) : b;
  // The square of 24 bits is exact.
  const V high = CONVERT(double, CONVERT(float, x));
  const V rest = -0.5 * (x - high) * (x + high);
  const V power = exp(-0.5 * high * high) * (1.0 + rest * (1.0 + rest * (0.5 + rest / 6.0)));
  const V slope = normal_cdf(x) + x * (0.39894228040143267794 * power);
  return a * (b < -40.0 ? (V)(0.0) : slope);
}

/// exp(-t), t = 2 sqrt(2 / pi) (b + 0.044715 b^3), of 0 <= b <= 30: t in two numbers, as above.
static V exp_of_cubic(V b) {
  const V first = (V)(1.595703125), third = (V)(0.07135481627260025);
  const V square = b * b;
  const V sum = fma(square, third, first);
  const V rest = fma(square, third, first - sum) + fma(b, b, -square) * third +
                 (6.599660573071176e-05 - 6.175149918155315e-19 * square);
  const V high = sum + rest, low = rest - (high - sum);
  const V t = b * high;
  return exp(-t) * (1.0 - (fma(b, high, -t) + b * low));
}
static V op_gelu_tanh(V a) {
  const V size = fabs(a) > 30.0 ? (V)(30.0) : fabs(a);
  const V tail = exp_of_cubic(size);
  return (a < 0.0 ? (V)(0.0) : a) - size * (tail / (1.0 + tail));
}
static V op_gelu_tanh_slope(V a, V b) {
  const V size = fabs(b) > 30.0 ? (V)(30.0) : fabs(b);
  const V e = exp_of_cubic(size), whole = 1.0 + e;
  const V rise = 1.5957691216057308 * size * (1.0 + 0.134145 * size * size);
  const V tail = e * (whole - rise) / (whole * whole);
  return a * (b < 0.0 ? tail : 1.0 - tail);
}
#endif
