// Losses of scores by classes, as modules: the work is done by the functions of
// ops/loss_classes.hpp.
#include "customtensor/nn/loss/ctc_loss.hpp"
#include "customtensor/nn/loss/dice_loss.hpp"
#include "customtensor/nn/loss/focal_loss.hpp"
#include "customtensor/nn/loss/multi_margin_loss.hpp"
#include "customtensor/nn/loss/multilabel_margin_loss.hpp"
#include "customtensor/nn/loss/multilabel_soft_margin_loss.hpp"

namespace ct::nn {

Tensor MultiMarginLoss::operator()(const Tensor& input, const Tensor& target) const {
  return ct::multi_margin_loss(input, target, options_);
}
Tensor MultiLabelMarginLoss::operator()(const Tensor& input, const Tensor& target) const {
  return ct::multilabel_margin_loss(input, target, reduction_);
}
Tensor MultiLabelSoftMarginLoss::operator()(const Tensor& input, const Tensor& target) const {
  return ct::multilabel_soft_margin_loss(input, target, weight_, reduction_);
}
Tensor FocalLoss::operator()(const Tensor& logits, const Tensor& targets) const {
  return ct::focal_loss(logits, targets, options_);
}
Tensor DiceLoss::operator()(const Tensor& input, const Tensor& target) const {
  return ct::dice_loss(input, target, options_);
}
Tensor CTCLoss::operator()(const Tensor& log_probs, const Tensor& targets,
                           const Tensor& input_lengths, const Tensor& target_lengths) const {
  return ct::ctc_loss(log_probs, targets, input_lengths, target_lengths, options_);
}

}  // namespace ct::nn
