// The training loop of a classifier with its evaluation: what Trainer and classify() run. Internal.
#pragma once

#include "customtensor/train/classification_step.hpp"
#include "customtensor/train/loop.hpp"
#include "customtensor/train/trainer.hpp"

namespace ct::train {

struct ClassificationLoop {
  ClassificationStep step;
  Loop loop;              ///< its models are "model", its optimizers "optimizer"
  Evaluation evaluation;  ///< of the last epoch that this object ran

  /// Model and optimizer must outlive it.
  ClassificationLoop(nn::Module& model, optim::Optimizer& optimizer, data::DatasetPtr train,
                     data::DatasetPtr test, const LoopOptions& options);
};

}  // namespace ct::train
