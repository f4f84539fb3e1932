// What softmax.cl and cross_entropy.cl share. After rows.cl and elementary.cl.
#if FLOATING
#define NOTHING (-(T)INFINITY)

// What a group finds in its part of a row, in accumulators side by side: one would wait for
// itself. A NaN comes through in the sum.
static V most_of(__global const T* row, int n) {
  V m0 = (V)(NOTHING), m1 = m0, m2 = m0, m3 = m0;
  int i = MEMBER * LANES;
  for (; i + 3 * STEP + LANES <= n; i += 4 * STEP) {
    const V v0 = LOAD(row, i), v1 = LOAD(row, i + STEP);
    const V v2 = LOAD(row, i + 2 * STEP), v3 = LOAD(row, i + 3 * STEP);
    m0 = v0 > m0 ? v0 : m0;
    m1 = v1 > m1 ? v1 : m1;
    m2 = v2 > m2 ? v2 : m2;
    m3 = v3 > m3 ? v3 : m3;
  }
  for (; i < n; i += STEP) {
    const V v = load_some(row, i, n, NOTHING);
    m0 = v > m0 ? v : m0;
  }
  m0 = m1 > m0 ? m1 : m0;
  m2 = m3 > m2 ? m3 : m2;
  return m2 > m0 ? m2 : m0;
}
/// The sum of exp(x - top); the summands to `to`, unless it is null.
static VA exponentials_of(__global const T* row, int n, T top, __global T* to) {
  VA s0 = (VA)((A)0), s1 = s0;
  int i = MEMBER * LANES;
  for (; i + STEP + LANES <= n; i += 2 * STEP) {
    const V e0 = EXP(LOAD(row, i) - top);
    const V e1 = EXP(LOAD(row, i + STEP) - top);
    s0 += CONVERT(A, e0);
    s1 += CONVERT(A, e1);
    if (to) {
      STORE(e0, to, i);
      STORE(e1, to, i + STEP);
    }
  }
  for (; i < n; i += STEP) {
    const V e = EXP(load_some(row, i, n, NOTHING) - top);
    s0 += CONVERT(A, e);
    if (to) store_some(e, to, i, n);
  }
  return s0 + s1;
}
#endif
