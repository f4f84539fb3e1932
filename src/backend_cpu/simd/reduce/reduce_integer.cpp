// Kernels of reduce in int32_t, int64_t and uint64_t, whose sums and products have the bits of
// int64_t's. The loops are in reduce-inl.hpp.
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
  auto& natural = table.of[compute_index(DType::uint64)];
  for (int op = 0; op < kReduceOps; ++op) {
    natural[op] = table.of[compute_index(DType::int64)][op];
  }
  SetReduction<uint64_t, MaximumReduction>(table, ReduceOp::maximum);
  SetReduction<uint64_t, MinimumReduction>(table, ReduceOp::minimum);
}

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ct::cpu {

HWY_EXPORT(FillReduceInteger);

void fill_reduce_integer(ReduceTable& table) { HWY_DYNAMIC_DISPATCH(FillReduceInteger)(table); }

}  // namespace ct::cpu
#endif
