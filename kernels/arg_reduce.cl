// Place and value of the first best element. A NaN is better than any number.
#if FLOATING
#define BETTER_LANES(beats, a, b) ((beats) | (((a) != (a)) & ((b) == (b))))
#define BETTER(a, b) ((largest ? (a) > (b) : (a) < (b)) || ((a) != (a) && (b) == (b)))
#else
#define BETTER_LANES(beats, a, b) (beats)
#define BETTER(a, b) (largest ? (a) > (b) : (a) < (b))
#endif

#if LANES > 1
/// The place in a row of n: lanes keep their own first best, of which the first is the row's.
int best_in_row(__global const T* from, int n, int largest) {
  T best = from[0];
  int place = 0;
  int i = 0;
  if (n >= 2 * LANES) {
    V tops = LOAD_UNIT(T, from, 0);
    Places places = (Places)(0, 1, 2, 3, 4, 5, 6, 7);
    Places here = places;
    for (i = LANES; i + LANES <= n; i += LANES) {
      const V v = LOAD_UNIT(T, from, i);
      here += (SIGNED)LANES;
      const Places better =
          largest ? BETTER_LANES(v > tops, v, tops) : BETTER_LANES(v < tops, v, tops);
      tops = better ? v : tops;
      places = better ? here : places;
    }
    T values[LANES];
    SIGNED numbers[LANES];
    JOIN(vstore, LANES)(tops, 0, values);
    JOIN(vstore, LANES)(places, 0, numbers);
    for (int k = 0; k < LANES; ++k) {
      // Neither better than the other: equal, or both NaN.
      const int first = numbers[k] < place && !BETTER(best, values[k]);
      if (BETTER(values[k], best) || first) {
        best = values[k];
        place = (int)numbers[k];
      }
    }
  }
  for (; i < n; ++i) {
    if (BETTER(from[i], best)) {
      best = from[i];
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
