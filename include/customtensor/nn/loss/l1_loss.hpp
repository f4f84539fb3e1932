// L1Loss: ct::l1_loss with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/loss.hpp"

namespace ct::nn {

/// |input - target|. Source: torch.nn.L1Loss
/// Errors: those of ct::l1_loss, at each call
class CT_API L1Loss : public Module {
 public:
  explicit L1Loss(Reduction reduction = Reduction::mean) : reduction_(reduction) {}
  Tensor operator()(const Tensor& input, const Tensor& target) const;

 private:
  Reduction reduction_;
};

}  // namespace ct::nn
