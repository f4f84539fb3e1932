// The norm stays on the device: nothing here waits for it. That of float16 and bfloat16 gradients
// is float32 throughout.
#include "customtensor/optim/clip_grad.hpp"

#include <fmt/format.h>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/reduce.hpp"

namespace ct::optim {

Tensor clip_grad_norm_(std::span<const Tensor> parameters, double max_norm) {
  if (!(max_norm > 0)) {
    throw ValueError(fmt::format("clip_grad_norm_: max_norm must be above 0: {}", max_norm));
  }
  const NoGradGuard off;
  Tensor total;
  for (const Tensor& p : parameters) {
    const Tensor g = p.grad();
    if (!g.defined()) continue;
    const Tensor squares = sum(square(g.to(compute_type(g.dtype()))));
    total = total.defined() ? total + squares : squares;
  }
  if (!total.defined()) return zeros({});
  const Tensor norm = sqrt(total);
  const Tensor factor = clamp(max_norm / (norm + 1e-6), std::nullopt, 1.0);
  for (const Tensor& p : parameters) {
    if (Tensor g = p.grad(); g.defined()) g.mul_(factor);
  }
  return norm;
}

}  // namespace ct::optim
