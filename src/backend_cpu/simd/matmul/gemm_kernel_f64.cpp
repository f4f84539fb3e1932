// The block kernels of gemm_kernel.hpp for float64.
#include "backend_cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend_cpu/simd/matmul/gemm_kernel_f64.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// After highway.h: compiled once per target.
#include "backend_cpu/simd/matmul/gemm_kernel-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {

const GemmKernels<double>* gemm_kernels_f64() { return &gemm::kKernels<double>; }

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ct::cpu {

HWY_EXPORT(gemm_kernels_f64);

template <>
const GemmKernels<double>& gemm_kernels<double>() {
  return *HWY_DYNAMIC_DISPATCH(gemm_kernels_f64)();
}

}  // namespace ct::cpu
#endif
