// Few of a row's elements in the order of sort.cl: the best, or that of one rank. After sort.cl.

// ---- The best few, in order. Of equal ones the earlier is better, and is here already.
#define FEW 32

typedef struct {
  Key keys[FEW];
  uint places[FEW];
  int n, most;
} Best;

void keep(Best* best, Key key, uint place) {
  int at = best->n < best->most ? best->n++ : best->most - 1;
  for (; at > 0 && key < best->keys[at - 1]; --at) {
    best->keys[at] = best->keys[at - 1];
    best->places[at] = best->places[at - 1];
  }
  best->keys[at] = key;
  best->places[at] = place;
}

/// Whether `key` would be kept.
#define ENTERS(best, key) ((best).n < (best).most || (key) < (best).keys[(best).most - 1])

// What is missing of a last piece comes behind everything.
#define WRITE_BEST(best, to)                                                        \
  for (int i = 0; i < (best).most; ++i) {                                           \
    to[task * (best).most + i] = i < (best).n                                       \
                                     ? (Entry){(best).keys[i], (best).places[i]}    \
                                     : (Entry){~(Key)0, 0xffffffffU};               \
  }

__kernel void best_elements(ARRAY(const T, x), __global Entry* to, long rows, int n, int block,
                            int blocks, int most, int descending) {
  START(x);
  const Key flip = FLIP(descending);
  FOR_TASKS(task, rows * blocks) {
    BLOCK(task);
    __global const T* from = x + row * n;
    Best best;
    best.n = 0;
    best.most = most;
    int i = begin;
    for (; i < min(end, begin + most); ++i) keep(&best, key_of(from[i], flip), i);
#if LANES > 1
    for (; i + 2 * LANES <= end; i += 2 * LANES) {
      const U low = keys_of(LOAD(from, i), flip);
      const U high = keys_of(LOAD(from, i + LANES), flip);
      if (!ANY(min(low, high) < (U)(best.keys[most - 1]))) continue;
      for (int k = i; k < i + 2 * LANES; ++k) {
        const Key key = key_of(from[k], flip);
        if (ENTERS(best, key)) keep(&best, key, k);
      }
    }
#endif
    for (; i < end; ++i) {
      const Key key = key_of(from[i], flip);
      if (ENTERS(best, key)) keep(&best, key, i);
    }
    WRITE_BEST(best, to);
  }
}

__kernel void best_entries(__global const Entry* from, __global Entry* to, long rows, int n,
                           int block, int blocks, int most) {
  FOR_TASKS(task, rows * blocks) {
    BLOCK(task);
    Best best;
    best.n = 0;
    best.most = most;
    for (int i = begin; i < end; ++i) {
      const Entry e = from[row * n + i];
      if (ENTERS(best, e.key)) keep(&best, e.key, e.place);
    }
    WRITE_BEST(best, to);
  }
}

// ---- One rank. `found` has the leading digits of its key, the others 0, `rank` which it is among
// the elements that begin so.
typedef struct {
  Key found;
  int rank;
} Search;

__kernel void select_begin(__global Search* searches, long rows, int rank) {
  FOR_TASKS(row, rows) { searches[row] = (Search){0, rank}; }
}

/// Counts the digits at `shift` of what begins as found: counts (row, digit, block).
__kernel void select_count(ARRAY(const T, x), __global const Search* searches,
                           __global int* counts, long rows, int n, int block, int blocks,
                           int shift, int descending) {
  START(x);
  const Key flip = FLIP(descending);
  const Key mask = shift + DIGIT_BITS < KEY_BITS ? ~(Key)0 << (shift + DIGIT_BITS) : 0;
  FOR_TASKS(task, rows * blocks) {
    BLOCK(task);
    __global const T* from = x + row * n;
    const Key begins = searches[row].found;
    int found[DIGITS];
    for (int d = 0; d < DIGITS; ++d) found[d] = 0;
    int i = begin;
#if LANES > 1
    for (; i + LANES <= end; i += LANES) {
      const U keys = keys_of(LOAD(from, i), flip);
      if (mask != 0 && !ANY((keys & mask) == (U)(begins))) continue;
      Key lanes[LANES];
      JOIN(vstore, LANES)(keys, 0, lanes);
      for (int k = 0; k < LANES; ++k) {
        if ((lanes[k] & mask) == begins) ++found[DIGIT(lanes[k], shift)];
      }
    }
#endif
    for (; i < end; ++i) {
      const Key key = key_of(from[i], flip);
      if ((key & mask) == begins) ++found[DIGIT(key, shift)];
    }
    for (int d = 0; d < DIGITS; ++d) counts[(row * DIGITS + d) * blocks + b] = found[d];
  }
}

/// `counts` are sums by now. The last time the key is known, and its block: the results.
__kernel void select_narrow(ARRAY(const T, x), __global Search* searches,
                            __global const int* counts, ARRAY(T, values), ARRAY(long, indices),
                            long rows, int n, int block, int blocks, int shift, int last,
                            int descending) {
  START(x);
  START(values);
  START(indices);
  FOR_TASKS(row, rows) {
    __global const int* ends = counts + row * DIGITS * blocks;
    Search s = searches[row];
    int digit = 0;
    while (ends[(digit + 1) * blocks - 1] <= s.rank) ++digit;
    s.found |= (Key)digit << shift;
    if (!last) {
      s.rank -= digit > 0 ? ends[digit * blocks - 1] : 0;
      searches[row] = s;
      continue;
    }
    // The first block of the digit that ends behind the rank.
    int low = digit * blocks;
    int high = low + blocks - 1;
    while (low < high) {
      const int middle = (low + high) / 2;
      if (ends[middle] > s.rank) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    int left = s.rank - (low > 0 ? ends[low - 1] : 0);
    const Key mask = ~(Key)0 << shift;
    int i = (low - digit * blocks) * block;
    for (;; ++i) {
      if ((key_of(x[row * n + i], FLIP(descending)) & mask) == s.found && left-- == 0) break;
    }
    put(values, indices, row, x[row * n + i], i);
  }
}
