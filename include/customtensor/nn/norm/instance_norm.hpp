// InstanceNorm1d, 2d and 3d: normalisation of each channel of each sample.
#pragma once

#include <cstdint>

#include "customtensor/nn/module.hpp"

namespace ct::nn {

struct InstanceNormOptions {
  double eps = 1e-5;
  double momentum = 0.1;             ///< share of the newest batch in the running statistics
  bool affine = false;               ///< weight and bias
  bool track_running_stats = false;  ///< with: the running statistics in inference
};

/// y = (x - mean) / sqrt(var + eps) * weight + bias, for each channel of each sample.
///
/// Shapes:  x (n, channels, …), or one sample without n -> the same; weight, bias, running_mean,
///          running_var (channels)
/// Errors:  ShapeError for other shapes, or for one value per channel
/// Source:  arXiv:1607.08022
class CT_API InstanceNorm : public Module {
 public:
  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;

  Tensor weight, bias;
  Tensor running_mean, running_var, num_batches_tracked;

 protected:
  InstanceNorm(const char* layer, int axes, int64_t channels, const InstanceNormOptions& options);

 private:
  const char* layer_;
  int axes_;
  int64_t channels_;
  InstanceNormOptions options_;
};

/// Of (n, channels, l).
class CT_API InstanceNorm1d : public InstanceNorm {
 public:
  explicit InstanceNorm1d(int64_t channels, const InstanceNormOptions& options = {})
      : InstanceNorm("InstanceNorm1d", 1, channels, options) {}
};
/// Of (n, channels, h, w).
class CT_API InstanceNorm2d : public InstanceNorm {
 public:
  explicit InstanceNorm2d(int64_t channels, const InstanceNormOptions& options = {})
      : InstanceNorm("InstanceNorm2d", 2, channels, options) {}
};
/// Of (n, channels, d, h, w).
class CT_API InstanceNorm3d : public InstanceNorm {
 public:
  explicit InstanceNorm3d(int64_t channels, const InstanceNormOptions& options = {})
      : InstanceNorm("InstanceNorm3d", 3, channels, options) {}
};

}  // namespace ct::nn
