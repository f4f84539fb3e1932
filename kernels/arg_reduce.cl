// Place and value of the first best element. A NaN is better than any number.
#if FLOATING
#define BETTER(a, b) ((largest ? (a) > (b) : (a) < (b)) || ((a) != (a) && (b) == (b)))
#else
#define BETTER(a, b) (largest ? (a) > (b) : (a) < (b))
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
