// BatchNorm2d: normalisation of each channel over the batch.
#pragma once

#include <cstdint>

#include "customtensor/nn/module.hpp"

namespace ct::nn {

struct BatchNormOptions {
  double eps = 1e-5;
  double momentum = 0.1;  ///< share of the newest batch in the running statistics, in [0, 1]
  bool affine = true;     ///< weight and bias
  bool track_running_stats = true;  ///< without: the batch's statistics in inference too
};

/// y = (x - mean) / sqrt(var + eps) * weight + bias, for each channel. While training with the
/// batch's mean and variance, which also update the running ones: running = (1 - momentum) running
/// + momentum batch. In inference with the running ones.
///
/// Shapes:  x (n, channels, h, w) -> the same; weight, bias, running_mean, running_var (channels)
/// Buffers: running_mean, running_var, num_batches_tracked (int64)
/// Errors:  ShapeError for other shapes, or one value per channel while training
/// Source:  arXiv:1502.03167
class CT_API BatchNorm2d : public Module {
 public:
  explicit BatchNorm2d(int64_t channels, const BatchNormOptions& options = {});

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;

  Tensor weight, bias;
  Tensor running_mean, running_var, num_batches_tracked;

 private:
  int64_t channels_;
  BatchNormOptions options_;
};

}  // namespace ct::nn
