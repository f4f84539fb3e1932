// Means of loss and accuracy, kept on the device: a step adds two small kernels and waits for
// nothing. Every `window` steps the sums (float32 there) move into float64 on the host, at the same
// steps in every run, so that the figures of a resumed run are the same to the last bit.
#pragma once

#include <cstdint>

#include "customtensor/device.hpp"
#include "customtensor/tensor.hpp"
#include "customtensor/train/trainer.hpp"

namespace ct::train {

class Meter {
 public:
  explicit Meter(Device device);
  /// `loss`: mean over the batch. `logits` (n, classes), `labels` (n), all on the device.
  void add(const Tensor& loss, const Tensor& logits, const Tensor& labels);
  /// What was added since the last take(); waits for the device.
  Sums peek() const;
  /// The same, and starts anew.
  Sums take();
  /// Goes on from what peek() gave.
  void restore(const Sums& sums);

 private:
  Tensor loss_;     // float32, no axes
  Tensor correct_;  // int64, no axes
  int64_t images_ = 0;
};

}  // namespace ct::train
