// Kernels of exp, log, sin, tanh, erf, pow and their like in float.
#include "backend_cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend_cpu/simd/pointwise/pointwise_math_float32.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// After highway.h: compiled once per target.
#include "backend_cpu/simd/pointwise/transcendental-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {

void FillFloat32Math(PointwiseKernels& table) { FillTranscendental<float>(table); }

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ct::cpu {

HWY_EXPORT(FillFloat32Math);

void fill_float32_math(PointwiseKernels& table) { HWY_DYNAMIC_DISPATCH(FillFloat32Math)(table); }

}  // namespace ct::cpu
#endif
