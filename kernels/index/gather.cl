// gather and scatter, as loops (outer …, j along the axis, k along one inner run). `table` is
// the array that the index points into, `list` the other one. After common.cl, rows.cl and
// index_check.cl.
//
// Of scatter an item has all j of some k, so that every sum has its order,
// and of assigned values the last stays.

// ct::GatherPlan, and where the arrays begin.
typedef struct {
  long size[8], table[8], index[8], list[8];
  int rank;
} Loops;
typedef struct {
  long size, table, index, list;
} Loop;
typedef struct {
  Loops outer;
  Loop axis, inner;
  long outer_size, rows;  // rows: of the table along the axis
  long table, index, list;
} Indexing;

#if LANES == 1
#define RUN 1
#else
#define RUN 64
#endif

/// Adds the places of outer step `i` to those that begin the arrays.
void outer_places(const Indexing* s, long i, long* table, long* index, long* list) {
  for (int l = s->outer.rank - 1; l >= 0; --l) {
    const long place = i % s->outer.size[l];
    i /= s->outer.size[l];
    *table += place * s->outer.table[l];
    *index += place * s->outer.index[l];
    *list += place * s->outer.list[l];
  }
}

/// The row that an index names, forced into the range; `outside` is not 0 any more if that changed
/// it. Without a branch, so that loops over it become vectors.
long row_of(long index, long rows, long* outside) {
  const long row = clamp(index, 0L, rows - 1);
  *outside |= row ^ index;
  return row;
}

/// Whether an inner run is a stretch of one row: as of embeddings. GPUs go an element at a time.
#define IS_RUN(inner) (RUN > 1 && inner.index == 0 && inner.table == 1 && inner.list == 1)

#define GATHER(type)                                                                               \
  __kernel void gather_##type(__global const type* table, __global const long* index,              \
                              __global type* list, const Indexing s,                               \
                              __global IndexFault* fault, const IndexCheck check) {                \
    const long runs = CEIL_DIV(s.inner.size, RUN);                                                 \
    FOR_TASKS(task, s.outer_size * s.axis.size * runs) {                                           \
      long at_table = s.table, at_index = s.index, at_list = s.list;                               \
      outer_places(&s, task / runs / s.axis.size, &at_table, &at_index, &at_list);                 \
      const long j = task / runs % s.axis.size;                                                    \
      at_index += j * s.axis.index;                                                                \
      at_list += j * s.axis.list;                                                                  \
      const long first = task % runs * RUN;                                                        \
      const long last = min(first + RUN, s.inner.size);                                            \
      long outside = 0;                                                                            \
      if (IS_RUN(s.inner)) {                                                                       \
        const long row = row_of(index[at_index], s.rows, &outside);                                \
        __global const type* from = table + at_table + row * s.axis.table;                         \
        __global type* to = list + at_list;                                                        \
        long k = first;                                                                            \
        for (; k + 16 <= last; k += 16) STORE_N(type, 16, to + k, LOAD_N(type, 16, from + k));     \
        for (; k < last; ++k) to[k] = from[k];                                                     \
      } else {                                                                                     \
        for (long k = first; k < last; ++k) {                                                      \
          const long row = row_of(index[at_index + k * s.inner.index], s.rows, &outside);          \
          list[at_list + k * s.inner.list] =                                                       \
              table[at_table + row * s.axis.table + k * s.inner.table];                            \
        }                                                                                          \
      }                                                                                            \
      if (outside != 0) {                                                                          \
        tell_first(fault, &check, index + s.index, at_index - s.index + first * s.inner.index,     \
                   s.inner.index, last - first);                                                   \
      }                                                                                            \
    }                                                                                              \
  }
#if KIND == 1
GATHER(uchar)
GATHER(ushort)
GATHER(uint)
GATHER(ulong)
#endif

/// `mode` is ct::ScatterMode's number. A NaN wins the extremes, integers wrap.
T combined(int mode, T a, T b) {
  switch (mode) {
    case 0:
      return b;
#if FLOATING
    case 1:
      return a + b;
    case 2:
      return a * b;
#else
    case 1:
      return (T)((UNSIGNED)a + (UNSIGNED)b);
    case 2:
      return (T)((UNSIGNED)a * (UNSIGNED)b);
#endif
    case 3:
      return b > a || IS_NAN(b) ? b : a;
    default:
      return b < a || IS_NAN(b) ? b : a;
  }
}

__kernel void scatter(__global T* table, __global const long* index, __global const T* list,
                      const Indexing s, const int mode, __global IndexFault* fault,
                      const IndexCheck check) {
  const long runs = CEIL_DIV(s.inner.size, RUN);
  FOR_TASKS(task, s.outer_size * runs) {
    long at_table = s.table, at_index = s.index, at_list = s.list;
    outer_places(&s, task / runs, &at_table, &at_index, &at_list);
    const long first = task % runs * RUN;
    const long last = min(first + RUN, s.inner.size);
    for (long j = 0; j < s.axis.size; ++j) {
      long outside = 0;
      for (long k = first; k < last; ++k) {
        const long row =
            row_of(index[at_index + j * s.axis.index + k * s.inner.index], s.rows, &outside);
        __global T* to = table + at_table + row * s.axis.table + k * s.inner.table;
        const T more = list[at_list + j * s.axis.list + k * s.inner.list];
        *to = combined(mode, *to, more);
      }
      if (outside != 0) {
        tell_first(fault, &check, index + s.index,
                   at_index - s.index + j * s.axis.index + first * s.inner.index, s.inner.index,
                   last - first);
      }
    }
  }
}
