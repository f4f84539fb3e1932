// Kernels of the cheap opcodes in int32_t and int64_t. The functors are in arithmetic-inl.hpp.
#include "backend_cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend_cpu/simd/pointwise/pointwise_integer.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// After highway.h: compiled once per target.
#include "backend_cpu/simd/pointwise/arithmetic-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {

void FillInteger(PointwiseKernels& table) {
  FillArithmetic<int32_t>(table);
  FillArithmetic<int64_t>(table);
}

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ct::cpu {

HWY_EXPORT(FillInteger);

void fill_integer_kernels(PointwiseKernels& table) { HWY_DYNAMIC_DISPATCH(FillInteger)(table); }

}  // namespace ct::cpu
#endif
