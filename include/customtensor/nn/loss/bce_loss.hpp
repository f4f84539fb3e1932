// BCELoss: ct::binary_cross_entropy with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/loss_pointwise.hpp"

namespace ct::nn {

/// -(target log(input) + (1 - target) log(1 - input)). Source: torch.nn.BCELoss
/// Errors: those of ct::binary_cross_entropy, at each call
class CT_API BCELoss : public Module {
 public:
  explicit BCELoss(const BCEOptions& options = {}) : options_(options) {}
  Tensor operator()(const Tensor& input, const Tensor& target) const;

 private:
  BCEOptions options_;
};

}  // namespace ct::nn
