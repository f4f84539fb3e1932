// Accumulators of the reductions, and the second pass that combines the partial results of a result
// in order. The first pass is printed around a pointwise program (reduce_printer.cpp). After
// common.cl and pointwise.cl; the build options define one of REDUCE_SUM, REDUCE_PROD, REDUCE_MAX,
// REDUCE_MIN.
//
// float sums and products accumulate in double, sums with Kahan's correction where there is none.
#if FLOATING && (defined(REDUCE_SUM) || defined(REDUCE_PROD)) && defined(FP64)
#define A double
#else
#define A T
#if KIND == 1 && defined(REDUCE_SUM)
#define COMPENSATED
#endif
#endif
typedef VEC(A) VA;

// COMBINE on vectors, combine() on numbers. A NaN wins maximum and minimum.
#if defined(REDUCE_SUM)
#define IDENTITY ((A)0)
#if FLOATING
#define COMBINE(a, b) ((a) + (b))
static A combine(A a, A b) { return a + b; }
#else
#define COMBINE(a, b) op_add(a, b)
static A combine(A a, A b) { return (A)((UNSIGNED)a + (UNSIGNED)b); }
#endif
#elif defined(REDUCE_PROD)
#define IDENTITY ((A)1)
#if FLOATING
#define COMBINE(a, b) ((a) * (b))
static A combine(A a, A b) { return a * b; }
#else
#define COMBINE(a, b) op_mul(a, b)
static A combine(A a, A b) { return (A)((UNSIGNED)a * (UNSIGNED)b); }
#endif
#elif defined(REDUCE_MAX)
#define IDENTITY LOWEST
#define COMBINE(a, b) op_maximum(a, b)
static A combine(A a, A b) { return a > b || a != a ? a : b; }
#else
#define IDENTITY HIGHEST
#define COMBINE(a, b) op_minimum(a, b)
static A combine(A a, A b) { return a < b || a != a ? a : b; }
#endif

#ifdef COMPENSATED
typedef struct {
  VA sum, lost;
} State;
static State start(void) {
  State s = {(VA)(IDENTITY), (VA)(IDENTITY)};
  return s;
}
static State fold(State s, V x) {
  const VA y = x - s.lost;
  const VA t = s.sum + y;
  // An infinite sum has lost nothing, or it would become NaN.
  State r = {t, fabs(t) < INFINITY ? (t - s.sum) - y : (VA)(0.0f)};
  return r;
}
static VA value_of(State s) { return s.sum - s.lost; }
#else
typedef VA State;
static State start(void) { return (VA)(IDENTITY); }
static State fold(State s, V x) { return COMBINE(s, CONVERT(A, x)); }
static VA value_of(State s) { return s; }
#endif

static void spread(VA v, A* lanes) {
#if LANES == 1
  lanes[0] = v;
#else
  JOIN(vstore, LANES)(v, 0, lanes);
#endif
}
static void spread_values(V v, T* lanes) {
#if LANES == 1
  lanes[0] = v;
#else
  JOIN(vstore, LANES)(v, 0, lanes);
#endif
}

/// The kept axes, as they lie in the output.
typedef struct {
  long size[8], stride[8];
  long offset;
  int rank;
  int dtype;
} Kept;

static long place_of(const Kept* kept, long result) {
  long place = kept->offset;
  for (int axis = kept->rank - 1; axis >= 0; --axis) {
    place += result % kept->size[axis] * kept->stride[axis];
    result /= kept->size[axis];
  }
  return place;
}

// One number to storage: lane 0 of a vector. dtypes are numbered as in ct::DType.
#if LANES == 1
#define FIRST(v) (v)
#else
#define FIRST(v) (v).s0
#endif
static void put(__global void* out, const Kept* kept, long result, A total, A scale) {
#if FLOATING
  const V v = (V)((T)(total * scale));
#else
  const V v = (V)(total);
#endif
  const long at = place_of(kept, result);
  switch (kept->dtype) {
    case 0: ((__global float*)out)[at] = FIRST(TO_float32(v)); break;
#ifdef FP64
    case 1: ((__global double*)out)[at] = FIRST(TO_float64(v)); break;
#endif
    case 2: ((__global ushort*)out)[at] = FIRST(TO_float16(v)); break;
    case 3: ((__global ushort*)out)[at] = FIRST(TO_bfloat16(v)); break;
    case 4: ((__global int*)out)[at] = FIRST(TO_int32(v)); break;
    case 5: ((__global long*)out)[at] = FIRST(TO_int64(v)); break;
    case 6: ((__global uchar*)out)[at] = FIRST(TO_uint8(v)); break;
    case 8: ((__global char*)out)[at] = FIRST(TO_int8(v)); break;
    case 9: ((__global short*)out)[at] = FIRST(TO_int16(v)); break;
    case 10: ((__global ushort*)out)[at] = FIRST(TO_uint16(v)); break;
    case 11: ((__global uint*)out)[at] = FIRST(TO_uint32(v)); break;
    case 12: ((__global ulong*)out)[at] = FIRST(TO_uint64(v)); break;
    default: ((__global uchar*)out)[at] = FIRST(TO_bool(v)); break;
  }
}

#ifdef REDUCE_FINISH
// partial[result * segments + segment]
__kernel void finish(__global const A* partial, __global void* out, const Kept kept, A scale,
                     long results, int segments) {
  FOR_TASKS(r, results) {
    A total = partial[r * segments];
    for (int s = 1; s < segments; ++s) total = combine(total, partial[r * segments + s]);
    put(out, &kept, r, total, scale);
  }
}
#endif
