// Bags of embeddings: rows of a table that are picked and added up without being written in
// between, or the largest of each column. An item has a run of a bag's columns, and goes through the
// bag in its order. After gather.cl, whose row_of forces indices into the range.
#if FLOATING
#define BAG_MEAN 1
#define BAG_MAXIMUM 2
#define BAG_RUN (LANES == 1 ? 1 : 4 * LANES)

/// As in src/backend_opencl/index/bag.cpp.
typedef struct {
  long bags, n, d, rows, length, ignored;
  int mode, unused;
} Bags;

/// One column.
static T bag_column(__global const T* table, __global const long* index, __global const T* scale,
                    const Bags* s, long begin, long end, long c, long* which, long* outside) {
  T sum = (T)0;
  long used = 0;
  *which = 0;
  for (long i = begin; i < end; ++i) {
    const long row = row_of(index[i], s->rows, outside);
    if (index[i] == s->ignored) continue;
    const T value = table[row * s->d + c];
    if (s->mode == BAG_MAXIMUM) {
      if (used == 0 || (!IS_NAN(sum) && (value > sum || IS_NAN(value)))) {
        sum = value;
        *which = row;
      }
    } else {
      sum = scale == 0 ? sum + value : MULTIPLY_ADD(scale[i], value, sum);
    }
    ++used;
  }
  return s->mode == BAG_MEAN && used > 0 ? sum * ((T)1 / (T)used) : sum;
}

__kernel void bag(ARRAY(const T, table), ARRAY(const long, index), ARRAY(const long, offsets),
                  ARRAY(const T, scale), ARRAY(T, out), ARRAY(long, which), const Bags s,
                  __global IndexFault* fault, const IndexCheck check) {
  START(table);
  START(index);
  START(offsets);
  START(scale);
  START(out);
  START(which);
  const long runs = CEIL_DIV(s.d, BAG_RUN);
  FOR_TASKS(task, s.bags * runs) {
    const long b = task / runs, first = task % runs * BAG_RUN;
    const long last = min(first + BAG_RUN, s.d);
    const long begin = offsets == 0 ? b * s.length : clamp(offsets[b], 0L, s.n);
    const long end = offsets == 0 ? begin + s.length : clamp(offsets[b + 1], begin, s.n);
    long outside = 0;
#if LANES > 1
    if (s.mode != BAG_MAXIMUM && first + BAG_RUN <= s.d) {
      V sum0 = (V)0, sum1 = (V)0, sum2 = (V)0, sum3 = (V)0;
      long used = 0;
      for (long i = begin; i < end; ++i) {
        const long row = row_of(index[i], s.rows, &outside);
        if (index[i] == s.ignored) continue;
        __global const T* from = table + row * s.d + first;
        const V weight = scale == 0 ? (V)1 : (V)(scale[i]);
        sum0 = MULTIPLY_ADD(weight, LOAD(from, 0), sum0);
        sum1 = MULTIPLY_ADD(weight, LOAD(from, LANES), sum1);
        sum2 = MULTIPLY_ADD(weight, LOAD(from, 2 * LANES), sum2);
        sum3 = MULTIPLY_ADD(weight, LOAD(from, 3 * LANES), sum3);
        ++used;
      }
      const V factor = s.mode == BAG_MEAN && used > 0 ? (V)((T)1 / (T)used) : (V)1;
      __global T* to = out + b * s.d + first;
      STORE(sum0 * factor, to, 0);
      STORE(sum1 * factor, to, LANES);
      STORE(sum2 * factor, to, 2 * LANES);
      STORE(sum3 * factor, to, 3 * LANES);
    } else
#endif
      for (long c = first; c < last; ++c) {
        long row = 0;
        out[b * s.d + c] =
            bag_column(table, index, scale, &s, begin, end, c, &row, &outside);
        if (which != 0) which[b * s.d + c] = row;
      }
    if (outside != 0) tell_first(fault, &check, index, begin, 1, end - begin);
  }
}
#endif
