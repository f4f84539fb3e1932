// Shape checks and reductions of losses.
#include "ops/norm/loss_reduce.hpp"

#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "customtensor/ops/reduce.hpp"
#include "ops/reduce/reduce.hpp"

namespace ct::ops {

void check_same_shape(const char* op, const Tensor& a, const Tensor& b) {
  detail::check_defined(a, op, "a");
  detail::check_defined(b, op, "b");
  if (a.shape() != b.shape()) {
    throw ShapeError(
        fmt::format("{}: shapes differ: {} and {}; losses do not broadcast, reshape() or expand() "
                    "one of them",
                    op, to_string(a.shape()), to_string(b.shape())));
  }
}

Tensor pointwise_loss(const char* op, const ProgramPtr& program, TensorPtrs inputs,
                      std::span<const Scalar> scalars, Reduction reduction) {
  const Shape& shape = inputs[0]->shape();
  for (const Tensor* t : inputs) {
    if (broadcast_shapes(shape, t->shape(), op) != shape) {
      throw ShapeError(fmt::format("{}: a weight {} does not broadcast to {}", op,
                                   to_string(t->shape()), to_string(shape)));
    }
  }
  if (reduction == Reduction::none) return apply(op, program, inputs, scalars);
  const double scale =
      reduction == Reduction::mean ? 1.0 / static_cast<double>(inputs[0]->numel()) : 1.0;
  return sum_of_program(op, program, inputs, scalars, (1U << shape.rank()) - 1U, false, scale);
}

Tensor reduced_loss(const Tensor& losses, Reduction reduction) {
  if (reduction == Reduction::none) return losses;
  return reduction == Reduction::mean ? losses.mean() : losses.sum();
}

}  // namespace ct::ops
