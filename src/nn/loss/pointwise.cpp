// Losses of one element and its target, as modules: the work is done by the functions of
// ops/loss_pointwise.hpp.
#include "customtensor/nn/loss/bce_loss.hpp"
#include "customtensor/nn/loss/bce_with_logits_loss.hpp"
#include "customtensor/nn/loss/gaussian_nll_loss.hpp"
#include "customtensor/nn/loss/hinge_embedding_loss.hpp"
#include "customtensor/nn/loss/huber_loss.hpp"
#include "customtensor/nn/loss/kl_div_loss.hpp"
#include "customtensor/nn/loss/margin_ranking_loss.hpp"
#include "customtensor/nn/loss/poisson_nll_loss.hpp"
#include "customtensor/nn/loss/sigmoid_focal_loss.hpp"
#include "customtensor/nn/loss/smooth_l1_loss.hpp"
#include "customtensor/nn/loss/soft_margin_loss.hpp"

namespace ct::nn {

Tensor SmoothL1Loss::operator()(const Tensor& input, const Tensor& target) const {
  return ct::smooth_l1_loss(input, target, reduction_, beta_);
}
Tensor HuberLoss::operator()(const Tensor& input, const Tensor& target) const {
  return ct::huber_loss(input, target, reduction_, delta_);
}
Tensor BCELoss::operator()(const Tensor& input, const Tensor& target) const {
  return ct::binary_cross_entropy(input, target, options_);
}
Tensor BCEWithLogitsLoss::operator()(const Tensor& logits, const Tensor& target) const {
  return ct::binary_cross_entropy_with_logits(logits, target, options_);
}
Tensor SigmoidFocalLoss::operator()(const Tensor& logits, const Tensor& target) const {
  return ct::sigmoid_focal_loss(logits, target, options_);
}
Tensor KLDivLoss::operator()(const Tensor& input, const Tensor& target) const {
  return ct::kl_div(input, target, options_);
}
Tensor GaussianNLLLoss::operator()(const Tensor& input, const Tensor& target,
                                   const Tensor& var) const {
  return ct::gaussian_nll_loss(input, target, var, options_);
}
Tensor PoissonNLLLoss::operator()(const Tensor& input, const Tensor& target) const {
  return ct::poisson_nll_loss(input, target, options_);
}
Tensor SoftMarginLoss::operator()(const Tensor& input, const Tensor& target) const {
  return ct::soft_margin_loss(input, target, reduction_);
}
Tensor HingeEmbeddingLoss::operator()(const Tensor& input, const Tensor& target) const {
  return ct::hinge_embedding_loss(input, target, margin_, reduction_);
}
Tensor MarginRankingLoss::operator()(const Tensor& input1, const Tensor& input2,
                                     const Tensor& target) const {
  return ct::margin_ranking_loss(input1, input2, target, margin_, reduction_);
}

}  // namespace ct::nn
