// Kernels of the cheap opcodes in float and double. The functors are in arithmetic-inl.hpp.
#include "backend_cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend_cpu/simd/pointwise/pointwise_float.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// After highway.h: compiled once per target.
#include "backend_cpu/simd/pointwise/arithmetic-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {

void FillFloat(PointwiseKernels& table) {
  FillArithmetic<float>(table);
  FillArithmetic<double>(table);
}

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ct::cpu {

HWY_EXPORT(FillFloat);

void fill_float_kernels(PointwiseKernels& table) { HWY_DYNAMIC_DISPATCH(FillFloat)(table); }

}  // namespace ct::cpu
#endif
