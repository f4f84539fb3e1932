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
#define MERGE_BEST(a, b, reaches)                                                          \
  {                                                                                        \
    const Places takes = BETTER_LANES(top##b, reaches, top##a) |                           \
                         (!BETTER_LANES(top##a, reaches, top##b) & (place##b < place##a)); \
    top##a = takes ? top##b : top##a;                                                      \
    place##a = takes ? place##b : place##a;                                                \
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

/// (outer, n, inner) -> (outer, inner). On CPUs an item searches `span` lines at a time; on GPUs
/// one, and neighbouring items' lie side by side.
__kernel void arg_reduce(ARRAY(const T, x), ARRAY(T, values), ARRAY(long, indices), long outer,
                         long n, long inner, int span, int largest) {
  START(x);
  START(values);
  START(indices);
#if LANES > 1
  if (inner == 1) {
    FOR_TASKS(task, outer) {
      __global const T* from = x + task * n;
      const int found = best_in_row(from, (int)n, largest);
      indices[task] = found;
      if (values) values[task] = from[found];
    }
    return;
  }
#endif
  const long blocks = CEIL_DIV(inner, span);
  T top[SPAN];
  SIGNED place[SPAN];
  FOR_TASKS(task, outer * blocks) {
    const long at = task / blocks * n * inner;
    const long first = task % blocks * span;
    const int count = (int)min((long)span, inner - first);
    FOR_SPAN(c, count) {
      STORE_KEPT(T, top + c, load_some(x + at + first, c, count, (T)0));
      STORE_KEPT(SIGNED, place + c, (Places)(0));
    }
    for (long j = 1; j < n; ++j) {
      __global const T* row = x + at + j * inner + first;
      FOR_SPAN(c, count) {
        const V best = LOAD_KEPT(T, top + c);
        const V v = load_some(row, c, count, (T)0);
        const Places better =
            largest ? BETTER_LANES(v, <=, best) : BETTER_LANES(v, >=, best);
        STORE_KEPT(T, top + c, better ? v : best);
        STORE_KEPT(SIGNED, place + c, better ? (Places)((SIGNED)j) : LOAD_KEPT(SIGNED, place + c));
      }
    }
    const long result = task / blocks * inner + first;
    for (int c = 0; c < count; ++c) {
      indices[result + c] = place[c];
      if (values) values[result + c] = top[c];
    }
  }
}
