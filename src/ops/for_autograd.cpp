// The few operations that the tape needs (autograd/ops_needed.hpp).
#include "autograd/ops_needed.hpp"
#include "core/tensor/tensor_impl.hpp"
#include "customtensor/autograd.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/shape.hpp"

namespace ct::autograd {

Tensor sum_of(const Tensor& a, const Tensor& b) { return add(a, b); }

void add_in_place(const Tensor& a, const Tensor& b) {
  const Tensor outputs[] = {a};
  const Tensor inputs[] = {a, b};
  pointwise_(program_of(Opcode::add), outputs, inputs);
}

Tensor converted(const Tensor& t, DType dtype) { return t.to(dtype); }

Tensor copy_of(const Tensor& t) { return t.clone(); }

int64_t count_nan(const Tensor& t) {
  if (!detail::has_values(t)) return 0;
  const NoGradGuard off;
  return isnan(t).sum().item<int64_t>();
}

Tensor stack_of(const Tensors& tensors) { return stack(tensors, 0); }

Tensor filled_like(const Tensor& like, double value) { return full_like(like, value); }

}  // namespace ct::autograd
