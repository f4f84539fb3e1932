// Assembles the kernel table on first use.
#include "backend_cpu/simd/pointwise/pointwise_kernels.hpp"

#include "backend_cpu/simd/target_scope.hpp"
#include "backend_cpu/simd/targets.hpp"

namespace ct::cpu {
namespace {

PointwiseKernels make_table() {
  apply_simd_environment();
  PointwiseKernels table;
  fill_float_kernels(table);
  fill_integer_kernels(table);
  fill_uint64_kernels(table);
  fill_float32_math(table);
  fill_float64_math(table);
  fill_convert_kernels(table);
  fill_strided_kernels(table);
  fill_random_kernels(table);
  return table;
}

}  // namespace

const PointwiseKernels& pointwise_kernels() {
  static const PointwiseKernels table = make_table();
  return table;
}

std::shared_ptr<const PointwiseKernels> pointwise_kernels_of(int64_t target) {
  const SimdTargetScope scope(target);
  return std::make_shared<PointwiseKernels>(make_table());
}

}  // namespace ct::cpu
