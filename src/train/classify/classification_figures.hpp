// What classification counts of a batch, the same in training and evaluation. Internal.
#pragma once

#include "customtensor/tensor.hpp"
#include "customtensor/train/meter.hpp"

namespace ct::train {

/// `loss`: mean over the batch. `logits` (n, classes), `labels` (n), all on one device.
void count_classification(Meter& meter, const Tensor& loss, const Tensor& logits,
                          const Tensor& labels);

}  // namespace ct::train
