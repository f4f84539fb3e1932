// exp, expm1, log, log1p, tanh, sigmoid, erf and pow of float vectors, by the reductions and
// polynomials of src/backend_cpu/simd/pointwise/math-inl.hpp, whose errors are measured there. For CPU-class
// devices: the functions of PoCL 3.1 take 1.4 (exp) to 7 (erf, pow) times as long as the cpu
// device's. Elsewhere the driver's own. After common.cl.
#if KIND == 1
#ifdef FAST_FMA
#define MADD(a, b, c) fma(a, b, c)
#else
#define MADD(a, b, c) ((a) * (b) + (c))
#endif
#define SPLAT(x) ((V)(x))
#define NAN_OR(condition, y) ((condition) ? SPLAT(NAN) : (y))
typedef VEC(int) Bits;

/// exp(r) - 1 of |r| <= ln 2 / 2.
static V expm1_of_rest(V r) {
  V p = MADD(SPLAT(0.0013813089f), r, SPLAT(0.008369423f));
  p = MADD(p, r, SPLAT(0.04166846f));
  p = MADD(p, r, SPLAT(0.16666515f));
  p = MADD(p, r, SPLAT(0.49999994f));
  return MADD(r * r, p, r);
}
/// x = n ln 2 + r, |r| <= ln 2 / 2: exp(r) - 1, and n.
typedef struct {
  V expm1_r;
  Bits n;
} ExpParts;
static ExpParts reduce_exp(V x) {
  const V magic = SPLAT(12582912.0f);  // 1.5 * 2^23: adding it rounds to a whole number
  const V shifted = MADD(x, SPLAT(1.44269504f), magic);
  const V n = shifted - magic;
  V r = MADD(-n, SPLAT(0.693359375f), x);
  r = MADD(-n, SPLAT(-2.12194440e-4f), r);
  const ExpParts parts = {expm1_of_rest(r), AS(int, shifted) - AS(int, magic)};
  return parts;
}
static V power_of_2(Bits k) { return AS(float, (k + 127) << 23); }
/// NaN stays.
static V limited(V x, float low, float high) {
  x = x > high ? SPLAT(high) : x;
  return x < low ? SPLAT(low) : x;
}

/// From here on down the result would be denormal and is 0: processors compute denormals by
/// microcode, and a softmax with a mask is full of them. What is limited is compared once more, not
/// x: of two comparisons of x PoCL makes one, and five instructions for the limit.
#define EXP_ZERO -87.336548f
static V exp_of(V x) {
  const V low = limited(x, EXP_ZERO, 89.0f);
  const ExpParts e = reduce_exp(low);
  const Bits half_n = e.n >> 1;  // in two factors: 2^128 alone is out of range
  const V y = (e.expm1_r + 1.0f) * power_of_2(half_n) * power_of_2(e.n - half_n);
  return low == EXP_ZERO ? SPLAT(0.0f) : y;
}

/// Of x <= 0 the same in fewer steps.
static V exp_of_negative(V x) {
  const V low = x < EXP_ZERO ? SPLAT(EXP_ZERO) : x;
  const ExpParts e = reduce_exp(low);
  const V scale = power_of_2(e.n);
  return low == EXP_ZERO ? SPLAT(0.0f) : MADD(scale, e.expm1_r, scale);
}

static V expm1_of(V x) {
  const ExpParts e = reduce_exp(limited(x, -20.0f, 89.0f));
  const V scale = power_of_2(e.n - 1);
  const V y = MADD(scale, e.expm1_r, scale - 0.5f);
  // So small an x is the result, a denormal one too, of which half may be lost; and -0.
  return fabs(x) < 0x1p-26f ? x : y + y;
}

/// A positive x = 2^e (1 + f), 1 + f in [sqrt(1/2), sqrt(2)).
typedef struct {
  V e, f;
} LogParts;
static LogParts reduce_log(V x) {
  const Bits u = AS(int, x) + (0x3f800000 - 0x3f3504f3);
  const Bits m = (u & 0x7fffff) + 0x3f3504f3;
  const LogParts parts = {CONVERT(float, (u >> 23) - 127), AS(float, m) - 1.0f};
  return parts;
}
/// e ln 2 + log(1 + f) + correction.
static V log_of_parts(LogParts parts, V correction) {
  const V f = parts.f;
  V p = MADD(SPLAT(0.0674943f), f, SPLAT(-0.11678351f));
  p = MADD(p, f, SPLAT(0.11888319f));
  p = MADD(p, f, SPLAT(-0.12405088f));
  p = MADD(p, f, SPLAT(0.14219455f));
  p = MADD(p, f, SPLAT(-0.16668026f));
  p = MADD(p, f, SPLAT(0.20002125f));
  p = MADD(p, f, SPLAT(-0.2500001f));
  p = MADD(p, f, SPLAT(0.33333313f));
  V y = MADD(f * f * f, p, MADD(parts.e, SPLAT(-2.12194440e-4f), correction));
  y = MADD(SPLAT(-0.5f), f * f, y);
  return parts.e * 0.693359375f + (f + y);
}

static V log_of(V x) {
  const Bits denormal = x < FLT_MIN;
  LogParts parts = reduce_log(denormal ? x * 33554432.0f : x);
  parts.e -= denormal ? SPLAT(25.0f) : SPLAT(0.0f);
  V y = log_of_parts(parts, SPLAT(0.0f));
  y = x < INFINITY ? y : x;
  y = x == 0.0f ? SPLAT(-INFINITY) : y;
  return NAN_OR(x < 0.0f, y);
}

static V log1p_of(V x) {
  const V u = 1.0f + x;
  const V lost = x < 1.0f ? x - (u - 1.0f) : 1.0f - (u - x);  // by rounding, exactly
  V y = log_of_parts(reduce_log(u), lost / u);
  y = x < INFINITY ? y : x;
  y = x == 0.0f ? x : y;
  y = u == 0.0f ? SPLAT(-INFINITY) : y;
  return NAN_OR(u < 0.0f, y);
}

/// From 1 / 4 of it: 2^n alone is out of range.
static V cosh_of(V x) {
  const ExpParts e = reduce_exp(limited(fabs(x), 0.0f, 90.0f));
  const V scale = power_of_2(e.n - 3);
  const V rest = 0.015625f / MADD(scale, e.expm1_r, scale);
  return 4.0f * (scale + MADD(scale, e.expm1_r, rest));
}

static V tanh_of(V x) {
  const V a = limited(fabs(x), 0.0f, 10.0f);
  const V z = a * a;
  V p = MADD(SPLAT(-0.0057050735f), z, SPLAT(0.020639174f));
  p = MADD(p, z, SPLAT(-0.053739745f));
  p = MADD(p, z, SPLAT(0.13331443f));
  p = MADD(p, z, SPLAT(-0.3333328f));
  const V small = MADD(a * z, p, a);
  const ExpParts e = reduce_exp(a + a);
  const V scale = power_of_2(e.n);
  const V large = 1.0f - 2.0f / (MADD(scale, e.expm1_r, scale) + 1.0f);
  return copysign(a < 0.625f ? small : large, x);
}

static V sigmoid_of(V x) {
  const V e = exp_of_negative(-fabs(x));
  return (x < 0.0f ? e : SPLAT(1.0f)) / (1.0f + e);
}

static V erf_of(V x) {
  const V a = fabs(x);
  const V z = x * x;
  V p = MADD(SPLAT(8.186143e-05f), z, SPLAT(-0.00080980116f));
  p = MADD(p, z, SPLAT(0.0051969867f));
  p = MADD(p, z, SPLAT(-0.026857724f));
  p = MADD(p, z, SPLAT(0.112836644f));
  p = MADD(p, z, SPLAT(-0.37612632f));
  p = MADD(p, z, SPLAT(0.12837917f));
  const V small = MADD(x, p, x);
  const V t = limited(a, 0.0f, 4.0f);
  V q = MADD(SPLAT(-0.00019595165f), t, SPLAT(0.0030433403f));
  q = MADD(q, t, SPLAT(-0.022227343f));
  q = MADD(q, t, SPLAT(0.10393234f));
  q = MADD(q, t, SPLAT(0.6371815f));
  q = MADD(q, t, SPLAT(1.127676f));
  q = MADD(q, t, SPLAT(0.00019560657f));
  const ExpParts e = reduce_exp(-q);
  const V scale = power_of_2(e.n);
  const V large = 1.0f - scale - scale * e.expm1_r;
  return a < 0.9375f ? small : copysign(large, x);
}
#endif

#if KIND == 1 && LANES > 1
#define EXP(x) exp_of(x)
#define EXP_NEGATIVE(x) exp_of_negative(x)
#define EXPM1(x) expm1_of(x)
#define LOG(x) log_of(x)
#define LOG1P(x) log1p_of(x)
#define TANH(x) tanh_of(x)
#define SIGMOID(x) sigmoid_of(x)
#define ERF(x) erf_of(x)

#else
#if defined(QUIRK_FLOAT_ENDS) && KIND == 2  // see quirks.cpp
static V exp_of(V x) { return exp(x > 709.0 ? x - 1.0 : x) * (x > 709.0 ? (V)(M_E) : (V)(1.0)); }
#define EXP(x) exp_of(x)
#else
#define EXP(x) exp(x)
#endif
#define EXP_NEGATIVE(x) exp(x)
#define EXPM1(x) expm1(x)
#define LOG(x) log(x)
#define LOG1P(x) log1p(x)
#if defined(QUIRK_FLOAT_ENDS) && KIND == 1  // see quirks.cpp
#define TANH(x) (fabs(x) > (T)10 ? copysign((V)((T)1), x) : tanh(x))
#else
#define TANH(x) tanh(x)
#endif
#define SIGMOID(x) ((T)1 / ((T)1 + exp(-(x))))
#define ERF(x) erf(x)
#endif

#if KIND == 1 && (LANES > 1 || defined(QUIRK_FLOAT_ENDS))
#define COSH(x) cosh_of(x)
#else
#define COSH(x) cosh(x)
#endif

#if KIND == 1 && defined(FP64)
typedef VEC(double) Wide;
#define WSPLAT(x) ((Wide)(x))
#endif

// |x|^y in double, good to float's precision: exact at the ends, see below for the rest.
#if KIND == 1 && LANES > 1 && defined(FP64)
#define VECTOR_POW
static Wide pow_of_abs(Wide x, Wide y) {
  const Wide a = fabs(x);
  const VEC(long) u = AS(long, a) + (0x3ff0000000000000L - 0x3fe6a09e667f3bcdL);
  const Wide e = CONVERT(double, CONVERT(int, u >> 52) - 1023);
  const Wide f = AS(double, (u & 0xfffffffffffffL) + 0x3fe6a09e667f3bcdL) - 1.0;
  const Wide s = f / (f + 2.0);
  const Wide z = s * s;
  Wide p = MADD(WSPLAT(0.19583943401180318), z, WSPLAT(0.22176202588478128));
  p = MADD(p, z, WSPLAT(0.28572108839659205));
  p = MADD(p, z, WSPLAT(0.3999999562471589));
  p = MADD(p, z, WSPLAT(0.666666666757928));
  Wide log2_x = MADD(MADD(s * z, p, s + s), WSPLAT(1.4426950408889634), e);
  log2_x = a < (double)INFINITY ? log2_x : a;
  log2_x = a == 0.0 ? WSPLAT(-INFINITY) : log2_x;
  // Beyond +-200 a float has long overflowed or vanished.
  Wide t = y * log2_x;
  t = t > 200.0 ? WSPLAT(200.0) : t;
  t = t < -200.0 ? WSPLAT(-200.0) : t;
  const Wide magic = WSPLAT(6755399441055744.0);  // 1.5 * 2^52
  const Wide shifted = t + magic;
  const Wide r = (t - (shifted - magic)) * 0.6931471805599453;
  p = MADD(WSPLAT(0.0001978998711257871), r, WSPLAT(0.0013945786433269092));
  p = MADD(p, r, WSPLAT(0.008333502483604123));
  p = MADD(p, r, WSPLAT(0.04166627972481475));
  p = MADD(p, r, WSPLAT(0.16666665825117685));
  p = MADD(p, r, WSPLAT(0.5000000071911087));
  const VEC(long) n = AS(long, shifted) - AS(long, magic);
  return (MADD(r * r, p, r) + 1.0) * AS(double, (n + 1023) << 52);
}
static V pow_of(V x, V y) {
  V r = CONVERT(float, pow_of_abs(CONVERT(double, x), CONVERT(double, y)));
  // Negative bases: odd exponents keep the sign, fractions have no real result.
  const Bits whole = trunc(y) == y;
  const Bits odd = whole & (trunc(0.5f * y) != 0.5f * y);
  r = odd ? copysign(r, x) : r;
  r = NAN_OR((x < 0.0f) & (x > -INFINITY) & ~whole, r);
  // 1 whatever the other operand is: x^0, 1^y, (-1)^(+-inf).
  const Bits one = (y == 0.0f) | (x == 1.0f) | ((x == -1.0f) & (fabs(y) == INFINITY));
  return one ? SPLAT(1.0f) : r;
}
#endif
