// Squares, distances and cross entropy, as modules: the work is done by the functions of
// ops/loss.hpp.
#include "customtensor/nn/loss/cross_entropy_loss.hpp"
#include "customtensor/nn/loss/l1_loss.hpp"
#include "customtensor/nn/loss/mse_loss.hpp"
#include "customtensor/nn/loss/nll_loss.hpp"

namespace ct::nn {

Tensor MSELoss::operator()(const Tensor& input, const Tensor& target) const {
  return ct::mse_loss(input, target, reduction_);
}
Tensor L1Loss::operator()(const Tensor& input, const Tensor& target) const {
  return ct::l1_loss(input, target, reduction_);
}
Tensor CrossEntropyLoss::operator()(const Tensor& logits, const Tensor& targets) const {
  return ct::cross_entropy(logits, targets, options_);
}
Tensor NLLLoss::operator()(const Tensor& log_probs, const Tensor& targets) const {
  return ct::nll_loss(log_probs, targets, options_);
}

}  // namespace ct::nn
