// fmod of floats, exact. The vector functions of drivers need not be: of PoCL 3.1's, a lane that holds
// 0 spoils others, and some take seconds. Where the quotient has few digits, by one division and one
// exact product; else lane by lane, in a bounded number of steps. After elementary.cl.
#if FLOATING && (LANES > 1 || defined(QUIRK_FMOD))
#if KIND == 1
typedef uint Pattern;
#define FRACTION_BITS 23
#define INFINITE_EXPONENT 0xff
#else
typedef ulong Pattern;
#define FRACTION_BITS 52
#define INFINITE_EXPONENT 0x7ff
#endif
#define HIDDEN_BIT (1UL << FRACTION_BITS)

/// A positive number is whole * 2^exponent times the smallest one that is not 0.
typedef struct {
  ulong whole;
  int exponent;
} WholeParts;
static WholeParts whole_parts(T x) {
  const ulong bits = JOIN(as_, UNSIGNED)(x);
  const int exponent = (int)(bits >> FRACTION_BITS);
  const ulong fraction = bits & (HIDDEN_BIT - 1);
  const WholeParts parts = {exponent == 0 ? fraction : fraction | HIDDEN_BIT, max(exponent - 1, 0)};
  return parts;
}

/// Of any two numbers. The quotient is found as many digits at a time as fit beside the divisor:
/// in at most 7 steps of float, 187 of double.
static T fmod_of_one(T a, T b) {
  const T x = fabs(a), y = fabs(b);
  if (!(x < (T)INFINITY) || !(y > (T)0)) return (T)NAN;
  if (x < y) return a;
  const WholeParts p = whole_parts(x), q = whole_parts(y);
  ulong rest = p.whole % q.whole;
  for (int left = p.exponent - q.exponent; left > 0 && rest != 0;) {
    const int step = min(left, 63 - FRACTION_BITS);
    rest = (rest << step) % q.whole;
    left -= step;
  }
  int exponent = q.exponent;
  for (; rest != 0 && rest < HIDDEN_BIT && exponent > 0; --exponent) rest <<= 1;
  const Pattern bits = (Pattern)(((ulong)exponent << FRACTION_BITS) + rest);
  return copysign(rest == 0 ? (T)0 : JOIN(as_, T)(bits), a);
}

static V fmod_of(V a, V b) {
  const V x = fabs(a), y = fabs(b);
  // a - n b is exact, also where the quotient was rounded up to the next whole number. False for
  // NaN, for a zero divisor and for infinities.
#if KIND == 1 && defined(FP64)
  const VEC(SIGNED) easy = (x * 0x1p-29f < y) & (x < 0x1p127f) & (y < 0x1p127f);
  const VEC(double) wide_x = CONVERT(double, x), wide_y = CONVERT(double, y);
  VEC(double) rest = wide_x - trunc(wide_x / wide_y) * wide_y;
  rest = rest < 0.0 ? rest + wide_y : rest;
  V r = copysign(CONVERT(float, rest), a);
#elif KIND == 2 && defined(FAST_FMA)
  const VEC(SIGNED) easy = (x * 0x1p-50 < y) & (x < 0x1p1023) & (y < 0x1p1023);
  V r = fma(-trunc(x / y), y, x);
  r = copysign(r < 0.0 ? r + y : r, a);
#else
  const VEC(SIGNED) easy = 0;
  V r = a;
#endif
  const VEC(SIGNED) hard = easy == 0;
#if LANES == 1
  return hard ? fmod_of_one(a, b) : r;
#else
  if (ANY(hard)) {
    T of[LANES], by[LANES], lanes[LANES];
    SIGNED chosen[LANES];
    STORE_OWN(T, LANES, of, a);
    STORE_OWN(T, LANES, by, b);
    STORE_OWN(T, LANES, lanes, r);
    STORE_OWN(SIGNED, LANES, chosen, hard);
    for (int j = 0; j < LANES; ++j) {
      if (chosen[j]) lanes[j] = fmod_of_one(of[j], by[j]);
    }
    r = LOAD_OWN(T, LANES, lanes);
  }
  return r;
#endif
}
#define FMOD(a, b) fmod_of(a, b)
#else
#define FMOD(a, b) fmod(a, b)
#endif
