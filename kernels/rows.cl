// What the kernels that walk rows share (softmax.cl, norm.cl, arg_reduce.cl; the loops over tasks
// also pool.cl and gather.cl). After common.cl.
//
// One text for both styles. A group of GROUP items shares a row: with LANES 8 (CPUs) that is one
// item which walks the row in vectors, with LANES 1 (GPUs) 64 items that meet in local memory.

#if LANES == 1
#define GROUP 64
#define MEMBER ((int)get_local_id(0))
#else
#define GROUP 1
#define MEMBER 0
#endif
#define STEP (GROUP * LANES)
// Rows are dealt out to groups, tasks to items.
#define FOR_ROWS(row, rows)                                                                 \
  for (long row = (long)get_group_id(0); row < (rows); row += (long)get_num_groups(0))
#define FOR_TASKS(task, tasks) \
  for (long task = (long)get_global_id(0); task < (tasks); task += (long)get_global_size(0))
#define FOR_ROW(i, n) for (int i = MEMBER * LANES; i < (n); i += STEP)

// Places along a row, lane by lane: as wide as T, so that comparisons of elements select among them.
typedef VEC(SIGNED) Places;

// Sums are kept in A.
#if FLOATING && defined(FP64)
#define A double
#else
#define A T
#endif
typedef VEC(A) VA;

#if LANES == 1
#define LOAD(p, i) ((p)[i])
#define STORE(v, p, i) ((p)[i] = (v))
#else
#define LOAD(p, i) JOIN(vload, LANES)(0, (p) + (i))
#define STORE(v, p, i) JOIN(vstore, LANES)(v, 0, (p) + (i))
#endif

/// Elements [i, i + LANES) of a row of n; `other` beyond its end.
V load_some(__global const T* p, int i, int n, T other) {
#if LANES == 1
  return p[i];
#else
  if (i + LANES <= n) return JOIN(vload, LANES)(0, p + i);
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
    JOIN(vstore, LANES)(v, 0, p + i);
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
#define COMBINE_IN_GROUP(name, type, combined)                    \
  type name(type v, __local type* shared) {                       \
    shared[MEMBER] = v;                                           \
    for (int half_size = GROUP / 2; half_size > 0; half_size /= 2) { \
      barrier(CLK_LOCAL_MEM_FENCE);                               \
      if (MEMBER < half_size) {                                   \
        const type a = shared[MEMBER], b = shared[MEMBER + half_size]; \
        shared[MEMBER] = combined;                                \
      }                                                           \
    }                                                             \
    barrier(CLK_LOCAL_MEM_FENCE);                                 \
    const type result = shared[0];                                \
    barrier(CLK_LOCAL_MEM_FENCE);                                 \
    return result;                                                \
  }
COMBINE_IN_GROUP(group_sum, A, a + b)
COMBINE_IN_GROUP(group_max, T, max(a, b))
#define SUM_ROW(v) group_sum(v, shared_sum)
#define MAX_ROW(v) group_max(v, shared_max)
#else
#define SHARED(type, name)
A lane_sum(VA v) {
  A lanes[LANES];
  JOIN(vstore, LANES)(v, 0, lanes);
  for (int half_size = LANES / 2; half_size > 0; half_size /= 2) {
    for (int j = 0; j < half_size; ++j) lanes[j] += lanes[j + half_size];
  }
  return lanes[0];
}
T lane_max(V v) {
  T lanes[LANES];
  JOIN(vstore, LANES)(v, 0, lanes);
  for (int j = 1; j < LANES; ++j) lanes[0] = max(lanes[0], lanes[j]);
  return lanes[0];
}
#define SUM_ROW(v) lane_sum(v)
#define MAX_ROW(v) lane_max(v)
#endif
