// Positions of what is not zero: blocks of a mask of zeros and ones are counted, the scan adds the
// counts up, and each block then knows where its positions go. After common.cl and rows.cl.
#define MASK_BLOCK(task)            \
  const long begin = task * block; \
  const long end = min(n, begin + block)

__kernel void nonzero_count(ARRAY(const uchar, mask), __global long* counts, long n, long block,
                            long blocks) {
  START(mask);
  FOR_TASKS(task, blocks) {
    MASK_BLOCK(task);
    long count = 0;
    long i = begin;
    for (; i + 8 <= end; i += 8) count += popcount(as_ulong(vload8(0, mask + i)));
    for (; i < end; ++i) count += mask[i];
    counts[task] = count;
  }
}

typedef struct {
  long size[8];
  long row_step, axis_step;  // of the positions
  int rank;
} Positions;

/// `counts` are by now sums up to each, itself included.
__kernel void nonzero_write(ARRAY(const uchar, mask), __global const long* counts,
                            ARRAY(long, positions), const Positions s, long n, long block,
                            long blocks) {
  START(mask);
  START(positions);
  const long columns = s.rank == 0 ? 1 : s.size[s.rank - 1];
  FOR_TASKS(task, blocks) {
    MASK_BLOCK(task);
    __global long* to = positions + (task > 0 ? counts[task - 1] : 0) * s.row_step;
    long line = -1;  // the row of the input that `at` is for
    long at[8];
    for (long i = begin; i < end; ++i) {
      if (i % 8 == 0 && i + 8 <= end && as_ulong(vload8(0, mask + i)) == 0) {
        i += 7;
        continue;
      }
      if (mask[i] == 0) continue;
      if (i / columns != line) {
        line = i / columns;
        long rest = line;
        for (int a = s.rank - 2; a >= 0; --a) {
          at[a] = rest % s.size[a];
          rest /= s.size[a];
        }
      }
      for (int a = 0; a < s.rank - 1; ++a) to[a * s.axis_step] = at[a];
      if (s.rank > 0) to[(s.rank - 1) * s.axis_step] = i - line * columns;
      to += s.row_step;
    }
  }
}
