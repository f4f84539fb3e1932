// One training step of a classifier.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/optim/optimizer.hpp"
#include "customtensor/tensor.hpp"
#include "train/loop/meter.hpp"

namespace ct::train {

/// Forward, cross entropy, backward, update; counts into `meter`. images (n, c, h, w), labels (n),
/// on the model's device.
void classification_step(nn::Module& model, optim::Optimizer& optimizer, Meter& meter,
                         const Tensor& images, const Tensor& labels);

}  // namespace ct::train
