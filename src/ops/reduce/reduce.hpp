// Reductions that other ops build on.
#pragma once

#include "ops/pointwise/apply.hpp"

namespace ct::ops {

/// Bit i set for each of `axes` (all of them if empty). Errors: IndexError, ValueError naming `op`.
uint32_t axis_mask(const Axes& axes, int rank, const char* op);
/// Shape with the axes of `mask` of size 1, or gone.
Shape reduced_shape(const Shape& shape, uint32_t mask, bool keepdim);

int64_t reduced_count(const Shape& shape, uint32_t mask);
/// What sums and products of `dtype` are: whole numbers and bool are summed in int64, as PyTorch's;
/// those of uint64 in uint64, so that a number alone is its own sum.
constexpr DType sum_type(DType dtype) {
  return is_floating(dtype) || dtype == uint64 ? dtype : int64;
}
/// Errors: DTypeError naming `op` if x is not floating.
void check_floating(const char* op, const Tensor& x);

/// op over `mask` of program(x) (null: x), computed in `compute`; not recorded.
Tensor reduce_unrecorded(ReduceOp op, const PointwiseProgram* program, const Tensor& x,
                         uint32_t mask, bool keepdim, DType compute, DType dtype);

/// scale * sum over `mask` of program(inputs…), one pass over memory; recorded, backward one pass
/// too. The derivative of `program` must not read its own result.
Tensor sum_of_program(const char* name, const ProgramPtr& program, TensorPtrs inputs,
                      std::span<const Scalar> scalars, uint32_t mask, bool keepdim, double scale);
/// The same over everything: a loss.
Tensor total_of_program(const char* name, const ProgramPtr& program,
                        std::initializer_list<const Tensor*> inputs, double scale);

/// The first element along the axes of `mask`, which are kept; detached.
Tensor first_element(const Tensor& x, uint32_t mask);

/// g, reduced from `shape` over `mask`, spread over that shape again (a view).
Tensor spread(const Tensor& g, const Shape& shape, uint32_t mask);

}  // namespace ct::ops
