// The table of SIMD loops that the pointwise interpreter, reduce and arg_reduce call through. It is
// filled once, for the best instruction set of the machine; a kernel is then one indirect call.
#pragma once

#include <cstdint>

#include "customtensor/dtype.hpp"
#include "customtensor/pointwise.hpp"

namespace ct::cpu {

/// out[i] = op(a[i], b[i], c[i]) for i < n, all in one compute type. `out` may be exactly an
/// operand. In the variants for scalar operands, bit k of the variant's number set means that
/// operand k is one value, not n.
using PointwiseKernel = void (*)(const void* a, const void* b, const void* c, void* out, int64_t n);

/// Converts n contiguous elements.
using ConvertKernel = void (*)(const void* source, void* target, int64_t n);

/// Copies between a strided rows x columns tile (strides in elements, any sign) and a dense
/// row-major block of the compute type, converting.
using GatherKernel = void (*)(const void* source, int64_t row_stride, int64_t column_stride,
                              int64_t rows, int64_t columns, void* block);
using ScatterKernel = void (*)(const void* block, void* target, int64_t row_stride,
                               int64_t column_stride, int64_t rows, int64_t columns);

/// target[c * target_stride + r] = source[r * source_stride + c]: a matrix of `rows` x `columns`
/// elements is turned. Strides in elements.
using TransposeKernel = void (*)(const void* source, int64_t source_stride, void* target,
                                 int64_t target_stride, int64_t rows, int64_t columns);

/// Elements [first, first + n) of the stream that begins at counter `offset` (see random.hpp).
using RandomKernel = void (*)(uint64_t seed, uint64_t offset, int64_t first, void* out, int64_t n);

/// The compute types, as places in the tables below.
inline constexpr int kComputeTypes = 5;
constexpr int compute_index(DType dtype) {
  switch (dtype) {
    case DType::float64:
      return 1;
    case DType::int32:
      return 2;
    case DType::int64:
      return 3;
    case DType::uint64:
      return 4;
    default:
      return 0;
  }
}
constexpr DType compute_dtype(int index) {
  constexpr DType kTypes[kComputeTypes] = {DType::float32, DType::float64, DType::int32,
                                           DType::int64, DType::uint64};
  return kTypes[index];
}

/// Null where an opcode has no meaning in a type (exp of integers).
struct PointwiseKernels {
  PointwiseKernel op[kComputeTypes][kOpcodeCount][8] = {};
  RandomKernel uniform[kComputeTypes] = {};
  RandomKernel normal[kComputeTypes] = {};
  ConvertKernel load[kComputeTypes][kDTypeCount] = {};   ///< dtype -> compute type
  ConvertKernel store[kComputeTypes][kDTypeCount] = {};  ///< compute type -> dtype
  ConvertKernel stream[kComputeTypes] = {};              ///< same type, past the caches
  void (*stream_fence)() = nullptr;       ///< makes streamed stores visible to other threads
  TransposeKernel transpose32 = nullptr;  ///< for elements of 4 bytes
  TransposeKernel transpose64 = nullptr;  ///< for elements of 8 bytes
  GatherKernel gather[kComputeTypes][kDTypeCount] = {};    ///< dtype -> compute type
  ScatterKernel scatter[kComputeTypes][kDTypeCount] = {};  ///< compute type -> dtype
};

const PointwiseKernels& pointwise_kernels();

/// Each fills its part of the table for the instruction set in use.
void fill_float_kernels(PointwiseKernels& table);
void fill_integer_kernels(PointwiseKernels& table);
void fill_uint64_kernels(PointwiseKernels& table);  ///< after those of int64
void fill_float32_math(PointwiseKernels& table);
void fill_float64_math(PointwiseKernels& table);
void fill_convert_kernels(PointwiseKernels& table);
void fill_strided_kernels(PointwiseKernels& table);
void fill_random_kernels(PointwiseKernels& table);

}  // namespace ct::cpu
