// erfinv and the gamma functions, for floating T: as src/core/program/special_functions.cpp; erfinv in T,
// the others in double where there are any: near their roots they are differences of numbers about 1.
// After pointwise.cl.
#if FLOATING
#if KIND == 1
#define REAL(x) x##f
#else
#define REAL(x) x
#endif

// Calls a function of numbers for each lane.
#if LANES == 1
#define LANEWISE1(f, a) return f(a)
#define LANEWISE2(f, a, b) return f(a, b)
#else
#define LANEWISE1(f, a)                                                                  \
  T x[LANES];                                                                            \
  JOIN(vstore, LANES)(a, 0, x);                                                          \
  for (int j = 0; j < LANES; ++j) x[j] = f(x[j]);                                        \
  return JOIN(vload, LANES)(0, x)
#define LANEWISE2(f, a, b)                                                               \
  T x[LANES], y[LANES];                                                                  \
  JOIN(vstore, LANES)(a, 0, x);                                                          \
  JOIN(vstore, LANES)(b, 0, y);                                                          \
  for (int j = 0; j < LANES; ++j) x[j] = f(x[j], y[j]);                                  \
  return JOIN(vload, LANES)(0, x)
#endif

// Winitzki's formula, whose relative error is 2e-3, then Halley's method.
static V op_erfinv(V v) {
  const V a = fabs(v);
  const V w = log1p(-a * a);
  const V u = REAL(4.3307467508) + w * HALF;  // 2 / (pi 0.147)
  const V t = w / REAL(0.147);
  V y = sqrt(-t / (u + sqrt(u * u - t)));
  for (int step = 0; step < 3; ++step) {
    // 1 - a is exact where erf is close to 1.
    const V error = a < (V)(REAL(0.5)) ? erf(y) - a : (ONE - a) - erfc(y);
    const V newton = error * exp(y * y) * REAL(0.88622692545275801365);
    y -= newton / (ONE + y * newton);
  }
  y = a == (T)1 ? (V)((T)INFINITY) : a == (T)0 ? a : a > (T)1 ? (V)((T)NAN) : y;
  return copysign(y, v);
}

#ifdef FP64
typedef double Real;
#define GAMMA(x) x
#define LEAST_POWER 1e-290
#else
typedef float Real;
#define GAMMA(x) x##f
#define LEAST_POWER 1e-30f
#endif
__constant Real bernoulli[8] = {
    GAMMA(0.16666666666666666667),  GAMMA(-0.03333333333333333333), GAMMA(0.02380952380952380952),
    GAMMA(-0.03333333333333333333), GAMMA(0.07575757575757575758),  GAMMA(-0.25311355311355311355),
    GAMMA(1.16666666666666666667),  GAMMA(-7.09215686274509803922)};
#define PI GAMMA(3.14159265358979323846)

static Real cot_pi(Real x) {
  const Real fraction = x - rint(x);
  return fabs(fraction) == GAMMA(0.5) ? GAMMA(0.0) : GAMMA(1.0) / tan(PI * fraction);
}

static Real digamma_in_real(Real x) {
  if (x == GAMMA(0.0)) return copysign((Real)INFINITY, -x);
  Real reflected = GAMMA(0.0);
  if (x < GAMMA(0.0)) {
    if (x == floor(x)) return (Real)NAN;
    reflected = PI * cot_pi(x);
    x = GAMMA(1.0) - x;
  }
  if (x == (Real)INFINITY) return x;
  Real y = GAMMA(0.0);
  for (; x < GAMMA(10.0); x += GAMMA(1.0)) y -= GAMMA(1.0) / x;
  const Real z = GAMMA(1.0) / (x * x);
  Real tail = GAMMA(0.0);
  for (int k = 8; k >= 1; --k) tail = z * (tail + bernoulli[k - 1] / (Real)(2 * k));
  return y + log(x) - GAMMA(0.5) / x - tail - reflected;
}
static T digamma_of(T x) { return (T)digamma_in_real((Real)x); }
static V op_digamma(V a) { LANEWISE1(digamma_of, a); }

// x^-s for whole s: the sign of a negative x counts.
static Real power_minus(Real x, int s) { return GAMMA(1.0) / pown(x, s); }

// n! x^-s, also where one of the two is out of range.
static Real factorial_power(int n, Real factorial, Real x, int s) {
  const Real power = power_minus(x, s);
  if (factorial < (Real)INFINITY && !(fabs(power) < LEAST_POWER)) return factorial * power;
  const Real magnitude = exp(lgamma((Real)(n + 1)) - (Real)s * log(fabs(x)));
  return x < GAMMA(0.0) && (s & 1) != 0 ? -magnitude : magnitude;
}

static Real factorial_zeta(int n, Real x) {
  const Real s = (Real)(n + 1);
  const Real factorial = tgamma(s);
  Real sum = GAMMA(0.0);
  for (; x < s + GAMMA(12.0); x += GAMMA(1.0)) {
    const Real term = factorial_power(n, factorial, x, n + 1);
    sum += term;
    if (x > GAMMA(1.0) && !(term > GAMMA(1e-18) * fabs(sum))) return sum;  // or inf, NaN
  }
  const Real lower = factorial_power(n, factorial, x, n);  // not x^-s, which vanishes first
  const Real power = lower / x;
  sum += lower / (Real)n + GAMMA(0.5) * power;
  Real factor = power * s / x * GAMMA(0.5);
  for (int k = 1; k <= 8; ++k) {
    sum += bernoulli[k - 1] * factor;
    factor *= (s + (Real)(2 * k - 1)) * (s + (Real)(2 * k)) /
              (x * x * (Real)((2 * k + 1) * (2 * k + 2)));
  }
  return sum;
}

// Derivative number n of pi cot(pi x), a polynomial in c = cot(pi x): p becomes
// -pi (1 + c^2) p'. Its powers are all odd or all even, so that it is rewritten in place.
#define MOST_REFLECTED 30
static Real cot_derivative(int n, Real x) {
  Real p[MOST_REFLECTED + 3];
  for (int i = 0; i < MOST_REFLECTED + 3; ++i) p[i] = GAMMA(0.0);
  p[1] = PI;
  for (int step = 0; step < n; ++step) {
    Real carried = GAMMA(0.0);
    for (int i = step & 1 ? 0 : 1; i <= step + 1; i += 2) {
      const Real slope = -PI * (Real)i * p[i];
      p[i] = GAMMA(0.0);
      if (i > 0) p[i - 1] = carried + slope;
      carried = slope;
    }
    p[step + 2] = carried;
  }
  const Real c = cot_pi(x);
  Real sum = GAMMA(0.0);
  for (int i = n + 1; i >= 0; --i) sum = sum * c + p[i];
  return sum;
}

static Real polygamma_in_real(Real order, Real x) {
  if (!(order >= GAMMA(0.0)) || order != floor(order) || x != x) return (Real)NAN;
  if (order == GAMMA(0.0)) return digamma_in_real(x);
  const int n = (int)min(order, GAMMA(1000.0));
  const int odd = n & 1;
  Real reflected = GAMMA(0.0);
  Real sign = odd ? GAMMA(1.0) : GAMMA(-1.0);
  if (x <= GAMMA(0.0)) {
    if (x == floor(x)) return odd ? (Real)INFINITY : -(Real)INFINITY;
    if (n <= MOST_REFLECTED) {
      reflected = cot_derivative(n, x);
      x = GAMMA(1.0) - x;
      sign = GAMMA(-1.0);
    } else if (x < GAMMA(-4.0)) {
      x -= floor(x + GAMMA(4.0));
    }
  }
  const Real sum = x == (Real)INFINITY ? GAMMA(0.0) : factorial_zeta(n, x);
  return sign * sum - reflected;
}
static T polygamma_of(T order, T x) { return (T)polygamma_in_real((Real)order, (Real)x); }
static V op_polygamma(V a, V b) { LANEWISE2(polygamma_of, a, b); }
static T lgamma_of(T x) { return (T)lgamma((Real)x); }
static V op_lgamma(V a) { LANEWISE1(lgamma_of, a); }
#endif
