// The few operations that the tape needs (autograd/ops_needed.hpp).
#include "autograd/ops_needed.hpp"
#include "core/tensor/tensor_impl.hpp"
#include "customtensor/autograd.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/pointwise/complex.hpp"

namespace ct::autograd {

Tensor sum_of(const Tensor& a, const Tensor& b) { return add(a, b); }

void add_in_place(const Tensor& a, const Tensor& b) {
  if (is_complex(a.dtype())) {
    const NoGradGuard off;
    Tensor(a).copy_(add(a, b));
    return;
  }
  const Tensor outputs[] = {a};
  const Tensor inputs[] = {a, b};
  pointwise_(program_of(Opcode::add), outputs, inputs);
}

Tensor converted(const Tensor& t, DType dtype) { return ops::as_gradient(t, dtype); }

Tensor pairs_of(const Tensor& complex) { return view_as_real(complex); }
Tensor of_pairs(const Tensor& pairs) { return ops::complex_of_pairs(pairs); }

Tensor copy_of(const Tensor& t) { return t.clone(); }

int64_t count_nan(const Tensor& t) {
  if (!detail::has_values(t)) return 0;
  const NoGradGuard off;
  return isnan(t).sum().item<int64_t>();
}

Tensor stack_of(const Tensors& tensors) { return stack(tensors, 0); }

Tensor filled_like(const Tensor& like, double value) { return full_like(like, value); }

}  // namespace ct::autograd
