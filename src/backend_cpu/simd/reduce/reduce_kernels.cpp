// Assembles the table of reduce kernels on first use.
#include "backend_cpu/simd/reduce/reduce_kernels.hpp"

#include "backend_cpu/simd/targets.hpp"

namespace ct::cpu {

const ReduceKernels& reduce_kernels(int compute, ReduceOp op) {
  static const ReduceTable table = [] {
    apply_simd_environment();
    ReduceTable filled;
    fill_reduce_float(filled);
    fill_reduce_integer(filled);
    return filled;
  }();
  return table.of[compute][static_cast<int>(op)];
}

}  // namespace ct::cpu
