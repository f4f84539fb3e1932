// GroupNorm: normalisation of groups of channels of each sample.
#pragma once

#include <cstdint>

#include "customtensor/nn/module.hpp"

namespace ct::nn {

struct GroupNormOptions {
  double eps = 1e-5;
  bool affine = true;  ///< weight and bias
};

/// y = (x - mean) / sqrt(var + eps) * weight + bias, the statistics over a group of channels.
///
/// Shapes: x (n, channels, …) -> the same; weight, bias (channels)
/// Errors: ValueError unless groups divide the channels; ShapeError for other shapes
/// Source: arXiv:1803.08494
class CT_API GroupNorm : public Module {
 public:
  GroupNorm(int64_t groups, int64_t channels, const GroupNormOptions& options = {});

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;

  Tensor weight, bias;

 private:
  int64_t groups_, channels_;
  GroupNormOptions options_;
};

}  // namespace ct::nn
