// Classification, as a step of the training loop.
#pragma once

#include "customtensor/data/dataset.hpp"
#include "customtensor/export.hpp"
#include "customtensor/nn/module.hpp"
#include "customtensor/optim/optimizer.hpp"
#include "customtensor/train/step.hpp"

namespace ct::train {

/// Forward, cross entropy, backward, update. Figures: "loss", mean over the samples, and
/// "accuracy", the share of those whose largest logit is that of their class.
///
/// Shapes: images (n, …) as the model takes them, labels (n), int64; logits (n, classes)
/// The model's device is where it works. Model and optimizer must outlive the step.
class CT_API ClassificationStep : public Step {
 public:
  ClassificationStep(nn::Module& model, optim::Optimizer& optimizer);
  void run(const data::Batch& batch, int64_t step, Meter& meter) override;
  void evaluate(const data::Batch& batch, Meter& meter) override;

 private:
  nn::Module& model_;
  optim::Optimizer& optimizer_;
};

}  // namespace ct::train
