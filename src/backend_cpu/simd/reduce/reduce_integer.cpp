// Kernels of reduce in int32_t and int64_t. The loops are in reduce-inl.hpp.
#include "backend_cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend_cpu/simd/reduce/reduce_integer.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// After highway.h: compiled once per target.
#include "backend_cpu/simd/reduce/reduce-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {

void FillReduceInteger(ReduceTable& table) {
  FillReduce<int32_t>(table);
  FillReduce<int64_t>(table);
}

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ct::cpu {

HWY_EXPORT(FillReduceInteger);

void fill_reduce_integer(ReduceTable& table) { HWY_DYNAMIC_DISPATCH(FillReduceInteger)(table); }

}  // namespace ct::cpu
#endif
