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
/// The sum of exp(x - top); the summands to `to`, unless it is null. Four vectors are added before
/// they are widened.
static VA exponentials_of(__global const T* row, int n, T top, __global T* to) {
  VA sum = (VA)((A)0);
  int i = MEMBER * LANES;
  for (; i + 3 * STEP + LANES <= n; i += 4 * STEP) {
    const V e0 = EXP_NEGATIVE(LOAD(row, i) - top);
    const V e1 = EXP_NEGATIVE(LOAD(row, i + STEP) - top);
    const V e2 = EXP_NEGATIVE(LOAD(row, i + 2 * STEP) - top);
    const V e3 = EXP_NEGATIVE(LOAD(row, i + 3 * STEP) - top);
    sum += CONVERT(A, (e0 + e1) + (e2 + e3));
    if (to) {
      STORE(e0, to, i);
      STORE(e1, to, i + STEP);
      STORE(e2, to, i + 2 * STEP);
      STORE(e3, to, i + 3 * STEP);
    }
  }
  for (; i < n; i += STEP) {
    const V e = EXP_NEGATIVE(load_some(row, i, n, NOTHING) - top);
    sum += CONVERT(A, e);
    if (to) store_some(e, to, i, n);
  }
  return sum;
}
#endif
