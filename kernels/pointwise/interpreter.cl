// Runs any pointwise program from its code, without building it: for calls too small to pay for a
// build. The same functions compute the same values as in a built program. After common.cl,
// pointwise.cl and random.cl; the caller defines OPCODE_CASES, one `case` an opcode that sets r
// from a, b, c (or from seed, offset and i).

#define MAX_VALUES 48
#define MAX_OPERANDS 8
#define MAX_SCALARS 8
#define MAX_RANK 8

typedef struct {
  int dtype;
  int offset;
  int stride[MAX_RANK];
} Operand;

typedef struct {
  int elements, per_item, rank;
  int size[MAX_RANK];
  int inputs, outputs, scalars, constants, steps;
  Operand operand[MAX_OPERANDS];
} Call;

typedef struct {
  T value[MAX_SCALARS];
} Scalars;

#if LANES == 1
#define GATHERED(S) ((__global const S*)p)[at[0]]
#define SCATTER(S, v) ((__global S*)p)[at[0]] = (v)
#else
#define GATHERED(S) gather_##S((__global const S*)p, at)
#define SCATTER(S, v) scatter_##S((__global S*)p, at, count, v)
#define INDEXED(S)                                                                       \
  VEC(S) gather_##S(__global const S* p, const int* at) {                                \
    S lanes[LANES];                                                                      \
    for (int j = 0; j < LANES; ++j) lanes[j] = p[at[j]];                                 \
    return JOIN(vload, LANES)(0, lanes);                                                 \
  }                                                                                      \
  void scatter_##S(__global S* p, const int* at, int count, VEC(S) v) {                  \
    S lanes[LANES];                                                                      \
    JOIN(vstore, LANES)(v, 0, lanes);                                                    \
    for (int j = 0; j < count; ++j) p[at[j]] = lanes[j];                                 \
  }
INDEXED(char)
INDEXED(uchar)
INDEXED(short)
INDEXED(ushort)
INDEXED(int)
INDEXED(uint)
INDEXED(long)
INDEXED(ulong)
INDEXED(float)
#ifdef FP64
INDEXED(double)
#endif
#endif

// dtypes are numbered as in ct::DType.
V load(__global const void* p, int dtype, const int* at) {
  switch (dtype) {
    case 0: return FROM_float32(GATHERED(float));
#ifdef FP64
    case 1: return FROM_float64(GATHERED(double));
#endif
    case 2: return FROM_float16(GATHERED(ushort));
    case 3: return FROM_bfloat16(GATHERED(ushort));
    case 4: return FROM_int32(GATHERED(int));
    case 5: return FROM_int64(GATHERED(long));
    case 6: return FROM_uint8(GATHERED(uchar));
    case 8: return FROM_int8(GATHERED(char));
    case 9: return FROM_int16(GATHERED(short));
    case 10: return FROM_uint16(GATHERED(ushort));
    case 11: return FROM_uint32(GATHERED(uint));
    case 12: return FROM_uint64(GATHERED(ulong));
    default: return FROM_bool(GATHERED(uchar));
  }
}

void store(__global void* p, int dtype, const int* at, int count, V v) {
  switch (dtype) {
    case 0: SCATTER(float, TO_float32(v)); break;
#ifdef FP64
    case 1: SCATTER(double, TO_float64(v)); break;
#endif
    case 2: SCATTER(ushort, TO_float16(v)); break;
    case 3: SCATTER(ushort, TO_bfloat16(v)); break;
    case 4: SCATTER(int, TO_int32(v)); break;
    case 5: SCATTER(long, TO_int64(v)); break;
    case 6: SCATTER(uchar, TO_uint8(v)); break;
    case 8: SCATTER(char, TO_int8(v)); break;
    case 9: SCATTER(short, TO_int16(v)); break;
    case 10: SCATTER(ushort, TO_uint16(v)); break;
    case 11: SCATTER(uint, TO_uint32(v)); break;
    case 12: SCATTER(ulong, TO_uint64(v)); break;
    default: SCATTER(uchar, TO_bool(v)); break;
  }
}

/// Where each lane's element of an operand lies; lanes past the end repeat the last element.
void locate(const Call* call, const Operand* operand, int first, int* at) {
  for (int j = 0; j < LANES; ++j) {
    int rest = min(first + j, call->elements - 1);
    int place = operand->offset;
    for (int axis = call->rank - 1; axis >= 0; --axis) {
      place += rest % call->size[axis] * operand->stride[axis];
      rest /= call->size[axis];
    }
    at[j] = place;
  }
}

__kernel void interpret(__global const uchar* code, __global const T* constants,
                        __global void* b0, __global void* b1, __global void* b2,
                        __global void* b3, __global void* b4, __global void* b5,
                        __global void* b6, __global void* b7, const Call call,
                        const Scalars scalars, ulong seed, ulong offset) {
  __global void* buffer[MAX_OPERANDS] = {b0, b1, b2, b3, b4, b5, b6, b7};
  V value[MAX_VALUES];
  int at[LANES];
#if FLOATING
  Draws uniform, normal;
  uniform.first = normal.first = NO_DRAWS;
#endif
  const int first_constant = call.inputs + call.scalars;
  const int first_result = first_constant + call.constants;
  for (int i = 0; i < call.scalars; ++i) value[call.inputs + i] = (V)(scalars.value[i]);
  for (int i = 0; i < call.constants; ++i) value[first_constant + i] = (V)(constants[i]);

  const int begin = (int)get_global_id(0) * call.per_item;
  const int end = min(begin + call.per_item, call.elements);
  for (int i = begin; i < end; i += LANES) {
    for (int k = 0; k < call.inputs; ++k) {
      locate(&call, &call.operand[k], i, at);
      value[k] = load(buffer[k], call.operand[k].dtype, at);
    }
    for (int step = 0; step < call.steps; ++step) {
      __global const uchar* s = code + 4 * step;
      const V a = value[s[1]], b = value[s[2]], c = value[s[3]];
      V r = a;
      switch (s[0]) {
        OPCODE_CASES
      }
      value[first_result + step] = r;
    }
    // The numbers of the output values follow the code.
    for (int k = 0; k < call.outputs; ++k) {
      const int operand = call.inputs + k;
      locate(&call, &call.operand[operand], i, at);
      store(buffer[operand], call.operand[operand].dtype, at, min(LANES, end - i),
            value[code[4 * call.steps + k]]);
    }
  }
}
