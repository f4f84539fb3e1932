// The block kernels of gemm_kernel.hpp for float64.
#include "backend_cpu/simd/dispatch.hpp"
#include "backend_cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend_cpu/simd/matmul/gemm_kernel_f64.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// After highway.h: compiled once per target.
#include "backend_cpu/simd/matmul/gemm_kernel-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {

namespace {
const GemmKernels<double>& DoubleKernels() { return gemm::kKernels<double>; }
}  // namespace

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ct::cpu {

CT_SIMD_TABLE(GemmKernels, gemm_kernels, double, DoubleKernels);

}  // namespace ct::cpu
#endif
