// Where values would be inserted into ascending numbers, by binary search without branches. After
// common.cl and rows.cl. An item of a CPU searches for LANES values side by side, since each step
// waits for memory.
typedef VEC(long) Where;
#if LANES == 1
#define GATHERED(p, at) ((p)[at])
#else
#define GATHERED(p, at)                                                                \
  ((V)((p)[(at).s0], (p)[(at).s1], (p)[(at).s2], (p)[(at).s3], (p)[(at).s4], (p)[(at).s5], \
       (p)[(at).s6], (p)[(at).s7]))
#endif

/// `values` (total / columns, columns); row i of `sorted` begins at i * row_step and has n numbers.
/// A value's place is behind an element unless that is larger (or, unless `right`, equal), or
/// either is NaN.
__kernel void search(ARRAY(const T, sorted), ARRAY(const T, values), ARRAY(long, indices),
                     long total, long columns, long n, long row_step, int right) {
  START(sorted);
  START(values);
  START(indices);
  FOR_TASKS(task, CEIL_DIV(total, LANES)) {
    const long first = task * LANES;
    const int count = (int)min((long)LANES, total - first);
    const V value = JOIN(load_gaps_, T)(values + first, 1, count);
    Where begin = (Where)(first / columns * row_step);
#if LANES > 1
    if (row_step > 0 && first % columns + count > columns) {
      long rows[LANES];
      for (int k = 0; k < LANES; ++k) rows[k] = (first + min(k, count - 1)) / columns * row_step;
      begin = JOIN(vload, LANES)(0, rows);
    }
#endif
    Where place = (Where)(0);
    for (long left = n; left > 0;) {
      const long step = max(left / 2, 1L);
      const Where probe = begin + place + (step - 1);
      const V element = GATHERED(sorted, probe);
      place += step * (right ? CONVERT(long, BIT(!(element > value)))
                             : CONVERT(long, BIT(!(element >= value))));
      left = left > 1 ? left - step : 0;
    }
    store_gaps_long(indices + first, 1, count, place);
  }
}
