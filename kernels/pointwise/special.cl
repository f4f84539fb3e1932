// erfinv and the gamma functions, for floating T: as src/core/program/special_functions.cpp, computed in T.
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

__constant T bernoulli[8] = {REAL(0.16666666666666666667),  REAL(-0.03333333333333333333),
                             REAL(0.02380952380952380952),  REAL(-0.03333333333333333333),
                             REAL(0.07575757575757575758),  REAL(-0.25311355311355311355),
                             REAL(1.16666666666666666667),  REAL(-7.09215686274509803922)};
#define PI REAL(3.14159265358979323846)

static T cot_pi(T x) {
  const T fraction = x - rint(x);
  return fabs(fraction) == REAL(0.5) ? REAL(0.0) : REAL(1.0) / tan(PI * fraction);
}

static T digamma_of(T x) {
  if (x == REAL(0.0)) return copysign((T)INFINITY, -x);
  T reflected = REAL(0.0);
  if (x < REAL(0.0)) {
    if (x == floor(x)) return (T)NAN;
    reflected = PI * cot_pi(x);
    x = REAL(1.0) - x;
  }
  if (x == (T)INFINITY) return x;
  T y = REAL(0.0);
  for (; x < REAL(10.0); x += REAL(1.0)) y -= REAL(1.0) / x;
  const T z = REAL(1.0) / (x * x);
  T tail = REAL(0.0);
  for (int k = 8; k >= 1; --k) tail = z * (tail + bernoulli[k - 1] / (T)(2 * k));
  return y + log(x) - REAL(0.5) / x - tail - reflected;
}
static V op_digamma(V a) { LANEWISE1(digamma_of, a); }

// x^-s for whole s: the sign of a negative x counts.
static T power_minus(T x, int s) { return REAL(1.0) / pown(x, s); }

static T hurwitz_zeta(int s, T x) {
  const T enough = (T)(12 + s);
  T sum = REAL(0.0);
  for (; x < enough; x += REAL(1.0)) {
    const T term = power_minus(x, s);
    sum += term;
    if (x > REAL(1.0) && !(term > REAL(1e-18) * fabs(sum))) return sum;  // or inf, NaN
  }
  const T power = power_minus(x, s);
  sum += x * power / (T)(s - 1) + REAL(0.5) * power;
  T factor = power * (T)s / x * REAL(0.5);
  for (int k = 1; k <= 8; ++k) {
    sum += bernoulli[k - 1] * factor;
    factor *= (T)(s + 2 * k - 1) * (T)(s + 2 * k) / (x * x * (T)((2 * k + 1) * (2 * k + 2)));
  }
  return sum;
}

// Derivative number n of pi cot(pi x), a polynomial in c = cot(pi x): p becomes
// -pi (1 + c^2) p'. Its powers are all odd or all even, so that it is rewritten in place.
#define MOST_REFLECTED 30
static T cot_derivative(int n, T x) {
  T p[MOST_REFLECTED + 3];
  for (int i = 0; i < MOST_REFLECTED + 3; ++i) p[i] = REAL(0.0);
  p[1] = PI;
  for (int step = 0; step < n; ++step) {
    T carried = REAL(0.0);
    for (int i = step & 1 ? 0 : 1; i <= step + 1; i += 2) {
      const T slope = -PI * (T)i * p[i];
      p[i] = REAL(0.0);
      if (i > 0) p[i - 1] = carried + slope;
      carried = slope;
    }
    p[step + 2] = carried;
  }
  const T c = cot_pi(x);
  T sum = REAL(0.0);
  for (int i = n + 1; i >= 0; --i) sum = sum * c + p[i];
  return sum;
}

static T polygamma_of(T order, T x) {
  if (!(order >= REAL(0.0)) || order != floor(order) || isnan(x)) return (T)NAN;
  if (order == REAL(0.0)) return digamma_of(x);
  const int n = (int)min(order, REAL(1000.0));
  const int odd = n & 1;
  T reflected = REAL(0.0);
  T sign = odd ? REAL(1.0) : REAL(-1.0);
  if (x <= REAL(0.0)) {
    if (x == floor(x)) return odd ? (T)INFINITY : -(T)INFINITY;
    if (n <= MOST_REFLECTED) {
      reflected = cot_derivative(n, x);
      x = REAL(1.0) - x;
      sign = REAL(-1.0);
    } else if (x < REAL(-4.0)) {
      x -= floor(x + REAL(4.0));
    }
  }
  const T sum = x == (T)INFINITY ? REAL(0.0) : tgamma((T)(n + 1)) * hurwitz_zeta(n + 1, x);
  return sign * sum - reflected;
}
static V op_polygamma(V a, V b) { LANEWISE2(polygamma_of, a, b); }
static V op_lgamma(V a) { LANEWISE1(lgamma, a); }
#endif
