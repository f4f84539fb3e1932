// sin, cos and tan of floats, and Box-Muller's transform, as src/backend_cpu/simd/ has them
// (trigonometry-inl.hpp, random.cpp). PoCL 3.1's own take four times as long, and are wrong about 0
// (quirks.cpp) where another lane is large. After elementary.cl.
#if KIND == 1 && (LANES > 1 || defined(QUIRK_FLOAT_ENDS))
#define OWN_SIN
/// (sin(r) - r) / r^3 and (cos(r) - 1 + r^2 / 2) / r^4 of |r| <= pi / 4, z being r^2.
static V sin_factor(V z) {
  const V p = MADD(SPLAT(-0.00019514703f), z, SPLAT(0.008332157f));
  return MADD(p, z, SPLAT(-0.16666655f));
}
static V cos_factor(V z) {
  const V p = MADD(SPLAT(2.4432295e-05f), z, SPLAT(-0.0013887308f));
  return MADD(p, z, SPLAT(0.041666646f));
}
static V sin_small(V r, V z) { return MADD(r * z, sin_factor(z), r); }
static V cos_small(V z) { return MADD(SPLAT(-0.5f), z, SPLAT(1.0f)) + z * z * cos_factor(z); }
/// v with its sign changed where bit 1 of n is set.
static V with_sign_of(V v, Bits n) { return AS(float, AS(int, v) ^ ((n & 2) << 30)); }

/// r cos(2 pi u) and r sin(2 pi u) with r = sqrt(-2 log(u1)). Turns are reduced exactly.
static void box_muller(V u1, V u2, V* first, V* second) {
  const V magic = SPLAT(12582912.0f);
  const V r = sqrt(-2.0f * log_of_parts(reduce_log(u1), SPLAT(0.0f)));
  const V shifted = MADD(u2, SPLAT(4.0f), magic);
  const V angle = MADD(magic - shifted, SPLAT(0.25f), u2) * 6.28318531f;
  const Bits quadrant = AS(int, shifted);
  const Bits odd = (quadrant & 1) != 0;
  const V z = angle * angle;
  const V s = sin_small(angle, z), c = cos_small(z);
  *first = r * with_sign_of(odd ? s : c, quadrant + 1);
  *second = r * with_sign_of(odd ? c : s, quadrant);
}

/// x = n pi / 2 + r, |r| <= pi / 4: r, and n in the low bits.
#ifdef FP64
#define TURN double
#define SIN_LIMIT 1.0e6f
#else
#define TURN float
#define SIN_LIMIT 1.0e5f
#endif
typedef struct {
  VEC(TURN) r;
  Bits quadrant;
} SinParts;

/// The bits of 2 / pi, those after the point from the second word on.
__constant uint two_over_pi[] = {0,          0xa2f9836e, 0x4e441529, 0xfc2757d1,
                                 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab};

/// The parts of one number that may be of any size; NaN of infinities.
static TURN reduce_sin_of_large(float x, int* quadrant) {
  const uint bits = as_uint(x);
  const int exponent = (int)(bits >> 23 & 0xff);
  *quadrant = 0;
  if (exponent == 0xff) return x - x;
  // x = m 2^e. Of x 2 / pi only the value modulo 4 counts: m times the bits from 2^(1 - e) on, of
  // which 96 are exact enough. Numbers beyond the limit have an e of -4 and more.
  const ulong m = bits & 0x7fffff | 0x800000;
  const int first = exponent - 150 + 30;
  __constant uint* words = two_over_pi + (first >> 5);
  const int shift = first & 31;
  ulong high = (ulong)words[0] << 32 | words[1];
  ulong low = (ulong)words[2] << 32 | words[3];
  high = shift == 0 ? high : high << shift | low >> (64 - shift);
  low = low << shift >> 32;
  const ulong turns = m * high + (m * low >> 32);  // of a quarter, 2^62 each
  const ulong nearest = (turns + (1UL << 61)) >> 62;
  const TURN rest = (TURN)(long)(turns - (nearest << 62)) * (TURN)0x1.921fb54442d18p-62;
  *quadrant = x < 0.0f ? -(int)nearest : (int)nearest;
  return x < 0.0f ? -rest : rest;
}

/// Beyond the limit lane by lane, so that no lane is computed in another way because of others.
static SinParts reduce_sin(V x) {
#ifdef FP64  // exact enough below the limit
  const Wide w = CONVERT(double, x);
  const Wide magic = WSPLAT(6755399441055744.0);
  const Wide n = (w * 0.63661977236758134308 + magic) - magic;
  const Wide part = MADD(-n, WSPLAT(0x1.921fb54400000p+0), w);
  SinParts parts = {MADD(-n, WSPLAT(0x1.0b4611a600000p-34), part), CONVERT(int, n)};
#else  // the first product is exact with the sum
  const V n = rint(x * 0.636619772f);
  const V part = fma(-n, SPLAT(-4.37113883e-8f), fma(-n, SPLAT(1.57079637f), x));
  SinParts parts = {fma(-n, SPLAT(-1.71512489e-15f), part), CONVERT(int, n)};
#endif
  const Bits large = !(fabs(x) < SIN_LIMIT);
  if (ANY(large)) {
#if LANES == 1
    parts.r = reduce_sin_of_large(x, &parts.quadrant);
#else
    float lanes[LANES];
    TURN r[LANES];
    int quadrants[LANES];
    STORE_OWN(float, LANES, lanes, x);
    JOIN(vstore, LANES)(parts.r, 0, r);
    STORE_OWN(int, LANES, quadrants, parts.quadrant);
    for (int j = 0; j < LANES; ++j) {
      if (!(fabs(lanes[j]) < SIN_LIMIT)) r[j] = reduce_sin_of_large(lanes[j], quadrants + j);
    }
    parts.r = JOIN(vload, LANES)(0, r);
    parts.quadrant = LOAD_OWN(int, LANES, quadrants);
#endif
  }
  return parts;
}

/// sin(x + quarters pi / 2).
static V sin_shifted(V x, int quarters) {
  const SinParts parts = reduce_sin(x);
  const Bits quadrant = parts.quadrant + quarters;
  const V r = CONVERT(float, parts.r);
  const V z = r * r;
  return with_sign_of((quadrant & 1) != 0 ? cos_small(z) : sin_small(r, z), quadrant);
}
static V sin_of(V x) { return x == 0.0f ? x : sin_shifted(x, 0); }
static V cos_of(V x) { return sin_shifted(x, 1); }
/// The quotient of both, in double for what their rounding would cost: 3.5 ulp.
static V tan_of(V x) {
  typedef VEC(TURN) Sides;
  const SinParts parts = reduce_sin(x);
  const V r = CONVERT(float, parts.r);
  const V z = r * r;
  const Sides square = parts.r * parts.r;
  const Sides sine = parts.r + CONVERT(TURN, r * z * sin_factor(z));
  const Sides cosine = (TURN)1 - (TURN)0.5 * square + CONVERT(TURN, z * z * cos_factor(z));
  // A quarter turn on, it is -cos / sin.
#ifdef FP64
  const VEC(long) odd = CONVERT(long, parts.quadrant & 1) != 0;
#else
  const Bits odd = (parts.quadrant & 1) != 0;
#endif
  const V y = CONVERT(float, (odd ? -cosine : sine) / (odd ? sine : cosine));
  return x == 0.0f ? x : y;
}
#endif
