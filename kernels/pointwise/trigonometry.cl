// sin and cos of float vectors, and Box-Muller's transform, as src/backend_cpu/simd/ has them
// (trigonometry-inl.hpp, random.cpp). PoCL 3.1's own take four times as long. After elementary.cl.
#if KIND == 1 && LANES > 1
/// Of |r| <= pi / 4, z being r^2.
static V sin_small(V r, V z) {
  V p = MADD(SPLAT(-0.00019514703f), z, SPLAT(0.008332157f));
  p = MADD(p, z, SPLAT(-0.16666655f));
  return MADD(r * z, p, r);
}
static V cos_small(V z) {
  V p = MADD(SPLAT(2.4432295e-05f), z, SPLAT(-0.0013887308f));
  p = MADD(p, z, SPLAT(0.041666646f));
  return MADD(SPLAT(-0.5f), z, SPLAT(1.0f)) + z * z * p;
}
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

#ifdef VECTOR_POW  // there are doubles
#define VECTOR_SIN
/// sin(x + quarters pi / 2); the argument is reduced in double, exactly enough below the limit.
#define SIN_LIMIT 1.0e6f
static V sin_shifted(V x, int quarters) {
  const Wide magic = WSPLAT(6755399441055744.0);
  const Wide w = CONVERT(double, x);
  const Wide n = (w * 0.63661977236758134308 + magic) - magic;
  Wide reduced = MADD(-n, WSPLAT(0x1.921fb54400000p+0), w);
  reduced = MADD(-n, WSPLAT(0x1.0b4611a600000p-34), reduced);
  const V r = CONVERT(float, reduced);
  const Bits quadrant = CONVERT(int, n) + quarters;
  const V z = r * r;
  return with_sign_of((quadrant & 1) != 0 ? cos_small(z) : sin_small(r, z), quadrant);
}
static V sin_of(V x) {
  if (ANY(!(fabs(x) < SIN_LIMIT))) return fabs(x) < 1e-4f ? x : sin(x);
  return x == 0.0f ? x : sin_shifted(x, 0);
}
static V cos_of(V x) {
  if (ANY(!(fabs(x) < SIN_LIMIT))) return fabs(x) < 1e-4f ? SPLAT(1.0f) : cos(x);
  return sin_shifted(x, 1);
}
#endif
#endif
