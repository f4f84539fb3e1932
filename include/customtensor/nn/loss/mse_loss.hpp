// MSELoss: ct::mse_loss with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/loss.hpp"

namespace ct::nn {

/// (input - target)². Source: torch.nn.MSELoss
/// Errors: those of ct::mse_loss, at each call
class CT_API MSELoss : public Module {
 public:
  explicit MSELoss(Reduction reduction = Reduction::mean) : reduction_(reduction) {}
  Tensor operator()(const Tensor& input, const Tensor& target) const;

 private:
  Reduction reduction_;
};

}  // namespace ct::nn
