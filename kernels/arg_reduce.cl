// Place and value of the first best element. A NaN is better than any number.
#if FLOATING
#define BETTER(a, b) ((largest ? (a) > (b) : (a) < (b)) || ((a) != (a) && (b) == (b)))
// `reaches` is <= for the largest, >= for the smallest.
#define BETTER_LANES(v, reaches, top) (!((v) reaches (top)) & ((top) == (top)))
#else
#define BETTER(a, b) (largest ? (a) > (b) : (a) < (b))
#define BETTER_LANES(v, reaches, top) (!((v) reaches (top)))
#endif

#if LANES > 1
// Four vectors at a time, each with its own best, in variables of their own: one alone would wait
// for itself, and drivers that unroll no loops keep an array in memory.
#define DECLARE_BEST(k)                                            \
  V top##k = LOAD_UNIT(T, from, (k) * LANES);                      \
  Places place##k = (Places)(LANE_NUMBERS) + (SIGNED)((k) * LANES), here##k = place##k;
#define TAKE_BETTER(k, reaches)                                    \
  {                                                                \
    const V v = LOAD_UNIT(T, from, i + (k) * LANES);               \
    const Places better = BETTER_LANES(v, reaches, top##k);        \
    here##k += (SIGNED)(4 * LANES);                                \
    top##k = better ? v : top##k;                                  \
    place##k = better ? here##k : place##k;                        \
  }
#define FIND_BEST(reaches)                                         \
  for (; i + 4 * LANES <= n; i += 4 * LANES) {                     \
    TAKE_BETTER(0, reaches)                                        \
    TAKE_BETTER(1, reaches)                                        \
    TAKE_BETTER(2, reaches)                                        \
    TAKE_BETTER(3, reaches)                                        \
  }                                                                \
  MERGE_BEST(0, 1, reaches)                                        \
  MERGE_BEST(2, 3, reaches)                                        \
  MERGE_BEST(0, 2, reaches)
// Neither better than the other: equal, or both NaN; then the first one.
#define MERGE_BEST(a, b, reaches)                                  \
  {                                                                \
    const Places takes = BETTER_LANES(top##b, reaches, top##a) |   \
                         (!BETTER_LANES(top##a, reaches, top##b) & (place##b < place##a)); \
    top##a = takes ? top##b : top##a;                              \
    place##a = takes ? place##b : place##a;                        \
  }
/// The place in a row of n: lanes keep their own first best, of which the first is the row's.
int best_in_row(__global const T* from, int n, int largest) {
  T top = from[0];
  int place = 0;
  int i = 0;
  if (n >= 8 * LANES) {
    DECLARE_BEST(0)
    DECLARE_BEST(1)
    DECLARE_BEST(2)
    DECLARE_BEST(3)
    i = 4 * LANES;
    if (largest) {
      FIND_BEST(<=)
    } else {
      FIND_BEST(>=)
    }
    T values[LANES];
    SIGNED numbers[LANES];
    JOIN(vstore, LANES)(top0, 0, values);
    JOIN(vstore, LANES)(place0, 0, numbers);
    for (int j = 0; j < LANES; ++j) {
      const int first = numbers[j] < place && !BETTER(top, values[j]);
      if (BETTER(values[j], top) || first) {
        top = values[j];
        place = (int)numbers[j];
      }
    }
  }
  for (; i < n; ++i) {
    if (BETTER(from[i], top)) {
      top = from[i];
      place = i;
    }
  }
  return place;
}
#endif

/// (outer, n, inner) -> (outer, inner); an item searches one line. Neighbouring items, and on CPUs
/// neighbouring lines of an item, lie next to each other in memory.
__kernel void arg_reduce(ARRAY(const T, x), ARRAY(T, values), ARRAY(long, indices), long outer,
                         long n, long inner, int largest) {
  START(x);
  START(values);
  START(indices);
  FOR_TASKS(task, outer * inner) {
    __global const T* from = x + task / inner * n * inner + task % inner;
#if LANES > 1
    if (inner == 1 && n < INT_MAX) {
      const int found = best_in_row(from, (int)n, largest);
      indices[task] = found;
      if (values) values[task] = from[found];
      continue;
    }
#endif
    T best = from[0];
    long place = 0;
    for (long j = 1; j < n; ++j) {
      const T v = from[j * inner];
      if (BETTER(v, best)) {
        best = v;
        place = j;
      }
    }
    indices[task] = place;
    if (values) values[task] = best;
  }
}
