// The step of Adam and AdamW, which differ in their decay alone. Internal.
#pragma once

#include <cmath>
#include <span>

#include "customtensor/scalar.hpp"
#include "optim/variants.hpp"

namespace ct::optim {

/// `decoupled`: the decay is taken from the parameter itself.
const ProgramPtr& adam_program(bool decay, bool decoupled, bool amsgrad, bool maximize);
void adam_scalars(const auto& o, bool decoupled, int64_t step, std::span<Scalar> scalars) {
  const auto t = static_cast<double>(step);
  const auto [beta1, beta2] = o.betas;
  const double decay = decoupled ? 1.0 - o.lr * o.weight_decay : o.weight_decay;
  const double all[] = {
      -o.lr / (1.0 - std::pow(beta1, t)),        beta1, 1.0 - beta1, beta2, 1.0 - beta2,
      1.0 / std::sqrt(1.0 - std::pow(beta2, t)), o.eps, decay};
  for (size_t i = 0; i < scalars.size(); ++i) scalars[i] = all[i];
}

}  // namespace ct::optim
