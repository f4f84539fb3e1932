// BatchNorm1d, 2d and 3d: normalisation of each channel over the batch.
#pragma once

#include <cstdint>
#include <optional>

#include "customtensor/nn/module.hpp"

namespace ct::nn {

struct BatchNormOptions {
  double eps = 1e-5;
  /// Share of the newest batch in the running statistics, in [0, 1]; absent: their plain average.
  std::optional<double> momentum = 0.1;
  bool affine = true;               ///< weight and bias
  bool track_running_stats = true;  ///< without: the batch's statistics in inference too
};

/// y = (x - mean) / sqrt(var + eps) * weight + bias, for each channel. While training with the
/// batch's mean and variance, which also update the running ones: running = (1 - momentum) running
/// + momentum batch. In inference with the running ones.
///
/// Shapes:  x (n, channels, …) -> the same; weight, bias, running_mean, running_var (channels)
/// Buffers: running_mean, running_var, num_batches_tracked (int64)
/// Errors:  ShapeError for other shapes, or one value per channel while training
/// Source:  arXiv:1502.03167
class CT_API BatchNorm : public Module {
 public:
  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;

  /// As they were before the first batch: mean 0, variance 1, no batches.
  void reset_running_stats();
  std::optional<double> momentum() const { return options_.momentum; }
  /// Errors: ValueError unless it is in [0, 1] or absent.
  void set_momentum(std::optional<double> momentum);

  Tensor weight, bias;
  Tensor running_mean, running_var, num_batches_tracked;

 protected:
  /// Of x with `axes` axes behind the channels, or one fewer if `optional_axis`.
  BatchNorm(const char* layer, int axes, bool optional_axis, int64_t channels,
            const BatchNormOptions& options);

 private:
  const char* layer_;
  int axes_;
  bool optional_axis_;
  int64_t channels_;
  BatchNormOptions options_;
};

/// Of (n, channels) or (n, channels, l).
class CT_API BatchNorm1d : public BatchNorm {
 public:
  explicit BatchNorm1d(int64_t channels, const BatchNormOptions& options = {})
      : BatchNorm("BatchNorm1d", 1, true, channels, options) {}
};
/// Of (n, channels, h, w).
class CT_API BatchNorm2d : public BatchNorm {
 public:
  explicit BatchNorm2d(int64_t channels, const BatchNormOptions& options = {})
      : BatchNorm("BatchNorm2d", 2, false, channels, options) {}
};
/// Of (n, channels, d, h, w).
class CT_API BatchNorm3d : public BatchNorm {
 public:
  explicit BatchNorm3d(int64_t channels, const BatchNormOptions& options = {})
      : BatchNorm("BatchNorm3d", 3, false, channels, options) {}
};

}  // namespace ct::nn
