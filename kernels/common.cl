// What every kernel shares: vectors of LANES elements of the compute type T, loads and stores of
// each storage type, and the conversions between the two.
//
// Set by the build options: T (float, double, int, long, ulong), LANES (1, 8 or 16) and, where the device
// has it, FP64. LANES 8 and 16 are the style of CPU-class devices: explicit vectors inside a loop;
// LANES 1 is that of GPUs: one element an item.
#pragma OPENCL FP_CONTRACT OFF
#ifdef FP64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#if LANES == 1
#define VEC(type) type
#define ANY(mask) (mask)
#define BIT(mask) (mask)
#else
#define VEC(type) JOIN(type, LANES)
#define ANY(mask) any_lane(mask)
#define BIT(mask) (-(mask))  // true is -1 in vectors
#endif
#define CEIL_DIV(n, size) (((n) + (size) - 1) / (size))
#define ROUND_UP(n, unit) (CEIL_DIV(n, unit) * (unit))
#define CONVERT(type, x) JOIN(convert_, VEC(type))(x)
#define AS(type, x) JOIN(as_, VEC(type))(x)

// Facts of T: the integers of its width, its extremes (IS_ for comparisons by the preprocessor).
#define IS_float 1
#define IS_double 2
#define IS_int 3
#define IS_long 4
#define IS_ulong 5
#define KIND JOIN(IS_, T)
#define FLOATING (KIND <= 2)
#if FLOATING
#define IS_NAN(x) ((x) != (x))
#else
#define IS_NAN(x) 0
#endif
#if KIND == 1 || KIND == 3
#define UNSIGNED uint
#define SIGNED int
#else
#define UNSIGNED ulong
#define SIGNED long
#endif
#if KIND == 3
#define LOWEST INT_MIN
#define HIGHEST INT_MAX
#elif KIND == 4
#define LOWEST LONG_MIN
#define HIGHEST LONG_MAX
#elif KIND == 5
#define LOWEST ((T)0)
#define HIGHEST ULONG_MAX
#else
#define LOWEST (-(T)INFINITY)
#define HIGHEST ((T)INFINITY)
#endif
typedef VEC(T) V;
typedef VEC(UNSIGNED) U;
#if LANES == 1
#define LANE_NUMBERS 0
#elif LANES == 16
#define LANE_NUMBERS 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
#else
#define LANE_NUMBERS 0, 1, 2, 3, 4, 5, 6, 7
#endif
#if LANES > 1
// any() of PoCL 3.1 looks at each lane.
static int any_lane(VEC(SIGNED) mask) {
#if LANES == 16
  const JOIN(SIGNED, 8) eight = mask.lo | mask.hi;
#else
  const VEC(SIGNED) eight = mask;
#endif
  const JOIN(SIGNED, 4) four = eight.lo | eight.hi;
  const JOIN(SIGNED, 2) two = four.lo | four.hi;
  return (two.x | two.y) != 0;
}
#endif
// Whether fma() is one instruction. The first two are OpenCL's words for it; PoCL 3.1 says it by its
// compiler's only, and without it products take twice the time.
#if (KIND == 1 && defined(FP_FAST_FMAF)) || (KIND == 2 && defined(FP_FAST_FMA)) || \
    (FLOATING && (defined(__FMA__) || defined(__ARM_FEATURE_FMA)))
#define FAST_FMA
#endif

// ---- N elements anywhere in global memory, by structs that need no alignment: vload of PoCL 3.1
// becomes loads of two elements, its vstore stores of four.
#define UNALIGNED_N(S, N)                  \
  typedef struct __attribute__((packed)) { \
    S##N v;                                \
  } Unaligned_##S##N;
#define UNALIGNED(S) UNALIGNED_N(S, 4) UNALIGNED_N(S, 8) UNALIGNED_N(S, 16)
UNALIGNED(char)
UNALIGNED(uchar)
UNALIGNED(short)
UNALIGNED(ushort)
UNALIGNED(int)
UNALIGNED(uint)
UNALIGNED(long)
UNALIGNED(ulong)
UNALIGNED(float)
#ifdef FP64
UNALIGNED(double)
#endif
#define LOAD_N(S, N, p) (((__global const JOIN(Unaligned_, JOIN(S, N))*)(p))->v)
#define STORE_N(S, N, p, x) (((__global JOIN(Unaligned_, JOIN(S, N))*)(p))->v = (x))
// The same of an item's own arrays.
#define LOAD_OWN(S, N, p) (((const JOIN(Unaligned_, JOIN(S, N))*)(p))->v)
#define STORE_OWN(S, N, p, x) (((JOIN(Unaligned_, JOIN(S, N))*)(p))->v = (x))

// ---- Memory: storage types, LANES of them at a time. float16 and bfloat16 lie in ushort.
#if LANES == 1
#define LOAD_UNIT(S, p, i) ((p)[i])
#define LOAD_SPLAT(S, p, i) ((p)[i])
#define LOAD_GAPS(S, p, i, step) ((p)[i])
#define STORE_UNIT(S, p, i, v) ((p)[i] = (v))
#define STORE_GAPS(S, p, i, step, v) ((p)[i] = (v))
#else
#define LOAD_UNIT(S, p, i) LOAD_N(S, LANES, (p) + (i))
#define LOAD_SPLAT(S, p, i) ((VEC(S))((p)[i]))
#define LOAD_GAPS(S, p, i, step) load_gaps_##S((p) + (i), step, LANES)
#define STORE_UNIT(S, p, i, v) STORE_N(S, LANES, (p) + (i), v)
#define STORE_GAPS(S, p, i, step, v) store_gaps_##S((p) + (i), step, LANES, v)
#endif

// The first `count` lanes, `step` elements apart; the others repeat the first one.
#if LANES == 1
#define GAPS(S)                                                                          \
  static S load_gaps_##S(__global const S* p, long step, int count) { return p[0]; }     \
  static void store_gaps_##S(__global S* p, long step, int count, S v) { p[0] = v; }
#else
#define GAPS(S)                                                                          \
  static VEC(S) load_gaps_##S(__global const S* p, long step, int count) {               \
    S lanes[LANES];                                                                      \
    for (int j = 0; j < LANES; ++j) lanes[j] = p[j < count ? j * step : 0];              \
    return JOIN(vload, LANES)(0, lanes);                                                 \
  }                                                                                      \
  static void store_gaps_##S(__global S* p, long step, int count, VEC(S) v) {            \
    S lanes[LANES];                                                                      \
    JOIN(vstore, LANES)(v, 0, lanes);                                                    \
    for (int j = 0; j < count; ++j) p[j * step] = lanes[j];                              \
  }
#endif
GAPS(char)
GAPS(uchar)
GAPS(short)
GAPS(ushort)
GAPS(int)
GAPS(uint)
GAPS(long)
GAPS(ulong)
GAPS(float)
#ifdef FP64
GAPS(double)
#endif

// ---- float16 and bfloat16, rounded to nearest even.
static VEC(float) half_to_float(VEC(ushort) s) {
#if LANES == 1
  return vload_half(0, (const half*)&s);
#else
  return JOIN(vload_half, LANES)(0, (const half*)&s);
#endif
}
static VEC(ushort) float_to_half(VEC(float) x) {
  VEC(ushort) s;
#if LANES == 1
  vstore_half_rte(x, 0, (half*)&s);
#else
  JOIN(JOIN(vstore_half, LANES), _rte)(x, 0, (half*)&s);
#endif
  return s;
}
static VEC(float) bfloat_to_float(VEC(ushort) s) { return AS(float, CONVERT(uint, s) << 16); }
static VEC(ushort) float_to_bfloat(VEC(float) x) {
  const VEC(uint) bits = AS(uint, x);
  const VEC(uint) rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  const VEC(uint) nan = (bits >> 16) | 0x40u;
  return CONVERT(ushort, (bits & 0x7fffffffu) > 0x7f800000u ? nan : rounded);
}

// ---- Floating to whole numbers: truncated; beyond the ends of the type the nearest number that it
// has, and 0 for NaN. Conversions truncate, but have no meaning beyond the ends.
#define TO_WHOLE(F, MASK, I, SIZE, LEAST, MOST)                              \
  static VEC(I) F##_to_##I(VEC(F) x) {                                       \
    const VEC(MASK) above = x >= (F)SIZE, below = x < -(F)SIZE;              \
    const VEC(F) inside = (above | below | (x != x)) != (MASK)0 ? (VEC(F))(0) : x; \
    VEC(I) whole = JOIN(convert_, VEC(I))(inside);                           \
    whole = JOIN(convert_, VEC(I))(above) != (I)0 ? (VEC(I))(MOST) : whole;  \
    return JOIN(convert_, VEC(I))(below) != (I)0 ? (VEC(I))(LEAST) : whole;  \
  }
#define TO_NATURAL(F, MASK, I, S, SIZE, MOST)                                \
  static VEC(I) F##_to_##I(VEC(F) x) {                                       \
    const VEC(MASK) above = x >= (F)SIZE;                                    \
    const VEC(F) inside = (above | !(x > (F)0)) != (MASK)0 ? (VEC(F))(0) : x; \
    const VEC(I) whole = JOIN(convert_, VEC(I))(inside);                     \
    return JOIN(convert_, VEC(S))(above) != (S)0 ? (VEC(I))(MOST) : whole;   \
  }
TO_WHOLE(float, int, int, 0x1p31f, INT_MIN, INT_MAX)
TO_WHOLE(float, int, long, 0x1p63f, LONG_MIN, LONG_MAX)
TO_NATURAL(float, int, uint, int, 0x1p32f, UINT_MAX)
TO_NATURAL(float, int, ulong, long, 0x1p64f, ULONG_MAX)
#ifdef FP64
TO_WHOLE(double, long, int, 0x1p31f, INT_MIN, INT_MAX)
TO_WHOLE(double, long, long, 0x1p63f, LONG_MIN, LONG_MAX)
TO_NATURAL(double, long, uint, int, 0x1p32, UINT_MAX)
TO_NATURAL(double, long, ulong, long, 0x1p64, ULONG_MAX)
#endif

// ---- FROM_<dtype>: storage to V. TO_<dtype>: V to storage.
#define TRUTH_OF(type, mask) CONVERT(type, BIT(mask))
#define FROM_int32(s) CONVERT(T, s)
#define FROM_int64(s) CONVERT(T, s)
#define FROM_uint8(s) CONVERT(T, s)
#define FROM_int8(s) CONVERT(T, s)
#define FROM_int16(s) CONVERT(T, s)
#define FROM_uint16(s) CONVERT(T, s)
#define FROM_uint32(s) CONVERT(T, s)
#define FROM_uint64(s) CONVERT(T, s)
#define FROM_bool(s) TRUTH_OF(T, (s) != (uchar)0)
#define TO_bool(v) TRUTH_OF(uchar, (v) != (T)0)
#if FLOATING
#define FROM_float32(s) CONVERT(T, s)
#define FROM_float64(s) CONVERT(T, s)
#define WHOLE(I, v) JOIN(JOIN(T, _to_), I)(v)
#else
#define FROM_float32(s) JOIN(float_to_, T)(s)
#define FROM_float64(s) JOIN(double_to_, T)(s)
#define WHOLE(I, v) CONVERT(I, v)
#endif
// Integers wrap.
#if FLOATING
#define WITHIN(least, most, v)                                                        \
  ((v) > (T)(least)  ? ((v) < (T)(most) ? (v) : (V)((T)(most)))                       \
   : (v) == (v)      ? (V)((T)(least))                                                \
                     : (V)((T)0))
#else
#define WITHIN(least, most, v) (v)
#endif
#define FROM_float16(s) FROM_float32(half_to_float(s))
#define FROM_bfloat16(s) FROM_float32(bfloat_to_float(s))
#define TO_float32(v) CONVERT(float, v)
#define TO_float64(v) CONVERT(double, v)
#define TO_float16(v) float_to_half(CONVERT(float, v))
#define TO_bfloat16(v) float_to_bfloat(CONVERT(float, v))
#define TO_int32(v) WHOLE(int, v)
#define TO_int64(v) WHOLE(long, v)
#define TO_uint8(v) CONVERT(uchar, CONVERT(int, WITHIN(0, 255, v)))
#define TO_int8(v) CONVERT(char, CONVERT(int, WITHIN(-128, 127, v)))
#define TO_int16(v) CONVERT(short, CONVERT(int, WITHIN(-32768, 32767, v)))
#define TO_uint16(v) CONVERT(ushort, CONVERT(int, WITHIN(0, 65535, v)))
#define TO_uint32(v) WHOLE(uint, v)
#define TO_uint64(v) WHOLE(ulong, v)

// ---- Dense arrays as arguments: a base and the place of the first element; absent ones are null.
#define ARRAY(type, p) __global type* p, long p##_at
#define START(p) \
  if (p) p += p##_at

// ---- Tasks are dealt out to items: on GPUs in turn, so that neighbours work side by side; on CPUs,
// where an item runs to its end, as ranges.
#if LANES == 1
#define FOR_TASKS(task, tasks) \
  for (long task = (long)get_global_id(0); task < (tasks); task += (long)get_global_size(0))
#else
#define FOR_TASKS(task, tasks)                                                              \
  for (long task = (tasks) * (long)get_global_id(0) / (long)get_global_size(0),             \
            after = (tasks) * ((long)get_global_id(0) + 1) / (long)get_global_size(0);      \
       task < after; ++task)
#endif
