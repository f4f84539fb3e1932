// Order along rows of n elements, dense: ranks first … first + count - 1 of each. After common.cl
// and rows.cl. Elements become unsigned keys in the order wanted; of equal keys the earlier place
// comes first. Four ways:
//
//   short rows:     an element's rank is counted against all others (sort_short);
//   the best few:   kept in order while walking pieces of a row, then the best of those;
//   one rank:       its key is found digit by digit, by counting (both in select.cl);
//   all the rest:   radix sort, digit by digit from the lowest: count in blocks, scan (by scan.cl),
//                   scatter; on CPUs an item sorts a row of one block by itself.
typedef UNSIGNED Key;
#define KEY_BITS ((int)(8 * sizeof(Key)))
#define SIGN ((Key)1 << (KEY_BITS - 1))
#if KIND == 1
#define INFINITE 0x7f800000U
#elif KIND == 2
#define INFINITE 0x7ff0000000000000UL
#endif

// What orders the bits of whole numbers: signed ones below zero come first.
#if KIND == 5
#define TURNED ((Key)0)
#else
#define TURNED SIGN
#endif

#if LANES == 1
#define TRUE_KEY(mask) ((mask) ? ~(Key)0 : (Key)0)
#else
#define TRUE_KEY(mask) AS(UNSIGNED, mask)
#endif

/// `flip` is 0, or all ones for a descending order. -0 and 0 are equal, and so are all NaN, which
/// are the largest.
U keys_of(V x, Key flip) {
  const U bits = AS(UNSIGNED, x);
#if FLOATING
  const U size = bits & ~SIGN;
  const U clean = bits & TRUE_KEY(size != (U)((Key)0));
  const U ordered = clean ^ (TRUE_KEY((clean & SIGN) != (U)((Key)0)) | SIGN);
  return (ordered | TRUE_KEY(size > (U)((Key)INFINITE))) ^ flip;
#else
  return (bits ^ TURNED) ^ flip;
#endif
}

Key key_of(T x, Key flip) {
#if LANES == 1
  return keys_of(x, flip);
#else
  return keys_of((V)(x), flip).s0;
#endif
}

typedef struct {
  Key key;
  uint place;
} Entry;

// An element again; of zeros and NaN, which share a key, the one at its place.
T element_of(Entry e, Key flip, __global const T* row) {
  const Key k = e.key ^ flip;
#if FLOATING
  if (k == SIGN || k == ~(Key)0) return row[e.place];
  return JOIN(as_, T)((Key)((k & SIGN) ? k ^ SIGN : ~k));
#else
  return JOIN(as_, T)((Key)(k ^ TURNED));
#endif
}

#define FLIP(descending) ((descending) ? ~(Key)0 : (Key)0)

void put(__global T* values, __global long* indices, long at, T value, long place) {
  if (values) values[at] = value;
  if (indices) indices[at] = place;
}

// ---- Short rows.
#define SHORT 256

__kernel void sort_short(ARRAY(const T, x), ARRAY(T, values), ARRAY(long, indices), long rows,
                         int n, int first, int count, int descending) {
#if LANES == 1
  __local Key keys[SHORT];
#else
  Key keys[SHORT];
#endif
  START(x);
  START(values);
  START(indices);
  const Key flip = FLIP(descending);
  FOR_ROWS(row, rows) {
    __global const T* from = x + row * n;
#if LANES == 1
    for (int i = MEMBER; i < n; i += GROUP) keys[i] = key_of(from[i], flip);
    barrier(CLK_LOCAL_MEM_FENCE);
#else
    for (int i = 0; i < n; i += LANES) {
      JOIN(vstore, LANES)(keys_of(load_some(from, i, n, (T)0), flip), 0, keys + i);
    }
    for (int i = n; i % LANES != 0; ++i) keys[i] = ~(Key)0;  // no smaller than any
#endif
    for (int i = MEMBER; i < n; i += GROUP) {
      const Key key = keys[i];
#if LANES == 1
      int rank = 0;
      for (int j = 0; j < n; ++j) rank += keys[j] < key || (keys[j] == key && j < i);
#else
      U smaller = (U)((Key)0);
      int j = 0;
      for (; j + LANES <= i; j += LANES) {
        smaller -= TRUE_KEY(JOIN(vload, LANES)(0, keys + j) <= (U)(key));
      }
      for (int k = j; k < n; k += LANES) {
        smaller -= TRUE_KEY(JOIN(vload, LANES)(0, keys + k) < (U)(key));
      }
      Key lanes[LANES];
      JOIN(vstore, LANES)(smaller, 0, lanes);
      int rank = 0;
      for (int k = 0; k < LANES; ++k) rank += (int)lanes[k];
      for (; j < i; ++j) rank += keys[j] == key;
#endif
      rank -= first;
      if (rank >= 0 && rank < count) put(values, indices, row * count + rank, from[i], i);
    }
#if LANES == 1
    barrier(CLK_LOCAL_MEM_FENCE);
#endif
  }
}

// ---- Radix sort. A task has a block of a row.
#if LANES == 1
#define DIGIT_BITS 4
#else
#define DIGIT_BITS 8
#endif
#define DIGITS (1 << DIGIT_BITS)
#define DIGIT(key, shift) ((int)((key) >> (shift)) & (DIGITS - 1))
#define BLOCK(task)                                  \
  const long row = task / blocks;                    \
  const long b = task % blocks;                      \
  const int begin = (int)(b * block);                \
  const int end = (int)min((long)n, (b + 1) * block)

__kernel void sort_entries(ARRAY(const T, x), __global Entry* entries, long rows, int n, int block,
                           int blocks, int descending) {
  START(x);
  FOR_TASKS(task, rows * blocks) {
    BLOCK(task);
    for (int i = begin; i < end; ++i) {
      entries[row * n + i] = (Entry){key_of(x[row * n + i], FLIP(descending)), (uint)i};
    }
  }
}

/// counts (row, digit, block)
__kernel void sort_count(__global const Entry* entries, __global int* counts, long rows, int n,
                         int block, int blocks, int shift) {
  FOR_TASKS(task, rows * blocks) {
    BLOCK(task);
    int found[DIGITS];
    for (int d = 0; d < DIGITS; ++d) found[d] = 0;
    for (int i = begin; i < end; ++i) ++found[DIGIT(entries[row * n + i].key, shift)];
    for (int d = 0; d < DIGITS; ++d) counts[(row * DIGITS + d) * blocks + b] = found[d];
  }
}

/// `counts` are by now sums up to each, itself included.
__kernel void sort_scatter(__global const Entry* from, __global Entry* to,
                           __global const int* counts, long rows, int n, int block, int blocks,
                           int shift) {
  FOR_TASKS(task, rows * blocks) {
    BLOCK(task);
    __global const int* ends = counts + row * DIGITS * blocks;
    int next[DIGITS];
    for (int d = 0; d < DIGITS; ++d) {
      const int at = d * blocks + (int)b;
      next[d] = at > 0 ? ends[at - 1] : 0;
    }
    for (int i = begin; i < end; ++i) {
      const Entry e = from[row * n + i];
      to[row * n + next[DIGIT(e.key, shift)]++] = e;
    }
  }
}

#if LANES > 1
#define KEY_BYTES (KEY_BITS / 8)
/// Whole rows, by the bits [low, high) of their keys. An item has n entries of both `a` and `b`.
__kernel void sort_rows(ARRAY(const T, x), __global Entry* a, __global Entry* b, ARRAY(T, values),
                        ARRAY(long, indices), long rows, int n, int first, int count, int low,
                        int high, int descending) {
  START(x);
  START(values);
  START(indices);
  const Key flip = FLIP(descending);
  FOR_TASKS(row, rows) {
    __global const T* elements = x + row * n;
    __global Entry* from = a + get_global_id(0) * n;
    __global Entry* to = b + get_global_id(0) * n;
    int counts[KEY_BYTES][DIGITS];
    for (int byte = 0; byte < KEY_BYTES; ++byte) {
      for (int d = 0; d < DIGITS; ++d) counts[byte][d] = 0;
    }
    for (int i = 0; i < n; i += LANES) {
      Key keys[LANES];
      JOIN(vstore, LANES)(keys_of(load_some(elements, i, n, (T)0), flip), 0, keys);
      for (int k = 0; k < LANES && i + k < n; ++k) {
        from[i + k] = (Entry){keys[k], (uint)(i + k)};
        for (int byte = 0; byte < KEY_BYTES; ++byte) ++counts[byte][DIGIT(keys[k], 8 * byte)];
      }
    }
    for (int shift = low / 8 * 8; shift < high; shift += 8) {
      int* next = counts[shift / 8];
      if (next[DIGIT(from[0].key, shift)] == n) continue;
      int sum = 0;
      for (int d = 0; d < DIGITS; ++d) {
        const int found = next[d];
        next[d] = sum;
        sum += found;
      }
      for (int i = 0; i < n; ++i) {
        const Entry e = from[i];
        to[next[DIGIT(e.key, shift)]++] = e;
      }
      __global Entry* sorted = to;
      to = from;
      from = sorted;
    }
    for (int i = 0; i < count; ++i) {
      const Entry e = from[first + i];
      put(values, indices, row * count + i, element_of(e, flip, elements), e.place);
    }
  }
}
#endif

/// Of rows of `length` entries, those of the ranks wanted.
__kernel void sort_write(__global const Entry* entries, ARRAY(const T, x), ARRAY(T, values),
                         ARRAY(long, indices), long rows, int n, int length, int first, int count,
                         int descending) {
  START(x);
  START(values);
  START(indices);
  FOR_TASKS(task, rows * count) {
    const long row = task / count;
    const Entry e = entries[row * length + first + task % count];
    put(values, indices, task, element_of(e, FLIP(descending), x + row * n), e.place);
  }
}
