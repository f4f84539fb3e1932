// Kernels of reduce in float and double. The loops are in reduce-inl.hpp.
#include "backend_cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend_cpu/simd/reduce/reduce_float.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// After highway.h: compiled once per target.
#include "backend_cpu/simd/reduce/reduce-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {

void FillReduceFloat(ReduceTable& table) {
  FillReduce<float>(table);
  FillReduce<double>(table);
}

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ct::cpu {

HWY_EXPORT(FillReduceFloat);

void fill_reduce_float(ReduceTable& table) { HWY_DYNAMIC_DISPATCH(FillReduceFloat)(table); }

}  // namespace ct::cpu
#endif
