// What the kernels that walk rows share (softmax.cl, norm.cl, arg_reduce.cl; the loops over tasks
// also those of pools and gather.cl). After common.cl.
//
// One text for both styles. A group of GROUP items shares a row: with vectors (CPUs) that is one
// item which walks the row in vectors, with LANES 1 (GPUs) 64 items that meet in local memory.

#if LANES == 1
#define GROUP 64
#define MEMBER ((int)get_local_id(0))
#else
#define GROUP 1
#define MEMBER 0
#endif
#define STEP (GROUP * LANES)
// Rows are dealt out to groups, as tasks are to items.
#if LANES == 1
#define FOR_ROWS(row, rows)                                                                 \
  for (long row = (long)get_group_id(0); row < (rows); row += (long)get_num_groups(0))
#else
#define FOR_ROWS(row, rows) FOR_TASKS(row, rows)
#endif
#define FOR_ROW(i, n) for (int i = MEMBER * LANES; i < (n); i += STEP)
// Along other axes an item takes up to SPAN lines side by side (column_span() of column_span.hpp), so
// that it reads pieces of rows; what it knows of each lies in arrays of its own.
#define SPAN (LANES == 1 ? 1 : 512)
#define FOR_SPAN(c, count) for (int c = 0; c < (count); c += LANES)
#if LANES == 1
#define LOAD_KEPT(S, p) (*(p))
#define STORE_KEPT(S, p, v) (*(p) = (v))
#else
#define LOAD_KEPT(S, p) LOAD_OWN(S, LANES, p)
#define STORE_KEPT(S, p, v) STORE_OWN(S, LANES, p, v)
#endif

// Places along a row, lane by lane: as wide as T, so that comparisons of elements select among them.
typedef VEC(SIGNED) Places;

#ifdef FAST_FMA
#define MULTIPLY_ADD(a, b, c) fma(a, b, c)
#elif FLOATING
#define MULTIPLY_ADD(a, b, c) mad(a, b, c)
#else
#define MULTIPLY_ADD(a, b, c) AS(T, AS(UNSIGNED, a) * AS(UNSIGNED, b) + AS(UNSIGNED, c))
#endif

// Sums are kept in A.
#if FLOATING && defined(FP64)
#define A double
#else
#define A T
#endif
typedef VEC(A) VA;

#define LOAD(p, i) LOAD_UNIT(T, p, i)
#define STORE(v, p, i) STORE_UNIT(T, p, i, v)

/// Elements [i, i + LANES) of a row of n; `other` beyond its end.
V load_some(__global const T* p, int i, int n, T other) {
#if LANES == 1
  return p[i];
#else
  if (i + LANES <= n) return LOAD(p, i);
  T lanes[LANES];
  for (int j = 0; j < LANES; ++j) lanes[j] = i + j < n ? p[i + j] : other;
  return JOIN(vload, LANES)(0, lanes);
#endif
}

void store_some(V v, __global T* p, int i, int n) {
#if LANES == 1
  p[i] = v;
#else
  if (i + LANES <= n) {
    STORE(v, p, i);
    return;
  }
  T lanes[LANES];
  JOIN(vstore, LANES)(v, 0, lanes);
  for (int j = 0; i + j < n; ++j) p[i + j] = lanes[j];
#endif
}

// ---- What a group knows of its row: `shared` is its local memory, nothing on CPUs.
#if LANES == 1
#define SHARED(type, name) __local type name[GROUP]
#define COMBINE_IN_GROUP(name, type, combined)                         \
  type name(type v, __local type* shared) {                            \
    shared[MEMBER] = v;                                                \
    for (int half_size = GROUP / 2; half_size > 0; half_size /= 2) {   \
      barrier(CLK_LOCAL_MEM_FENCE);                                    \
      if (MEMBER < half_size) {                                        \
        const type a = shared[MEMBER], b = shared[MEMBER + half_size]; \
        shared[MEMBER] = combined;                                     \
      }                                                                \
    }                                                                  \
    barrier(CLK_LOCAL_MEM_FENCE);                                      \
    const type result = shared[0];                                     \
    barrier(CLK_LOCAL_MEM_FENCE);                                      \
    return result;                                                     \
  }
COMBINE_IN_GROUP(group_sum, A, a + b)
COMBINE_IN_GROUP(group_max, T, max(a, b))
#define SUM_ROW(v) group_sum(v, shared_sum)
#define MAX_ROW(v) group_max(v, shared_max)
#else
#define SHARED(type, name)
// Halves with halves, in registers.
#if LANES == 16
#define EIGHT(combine, v) combine((v).lo, (v).hi)
#else
#define EIGHT(combine, v) (v)
#endif
#define PLUS(a, b) ((a) + (b))
A lane_sum(VA v) {
  const JOIN(A, 8) v8 = EIGHT(PLUS, v);
  const JOIN(A, 4) v4 = v8.lo + v8.hi;
  return (v4.s0 + v4.s2) + (v4.s1 + v4.s3);
}
#define MORE(a, b) ((a) > (b) ? (a) : (b))
T lane_max(V v) {
  const JOIN(T, 8) v8 = EIGHT(MORE, v);
  const JOIN(T, 4) v4 = MORE(v8.lo, v8.hi);
  return MORE(MORE(v4.s0, v4.s2), MORE(v4.s1, v4.s3));
}
#define SUM_ROW(v) lane_sum(v)
#define MAX_ROW(v) lane_max(v)
#endif
