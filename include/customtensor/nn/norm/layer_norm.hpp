// LayerNorm: normalisation of each sample over its last axes.
#pragma once

#include <cstdint>

#include "customtensor/nn/module.hpp"

namespace ct::nn {

struct LayerNormOptions {
  double eps = 1e-5;
  bool elementwise_affine = true;  ///< weight and bias
  bool bias = true;                ///< bias beside the weight
};

/// y = (x - mean) / sqrt(var + eps) * weight + bias, over the axes of `normalized`.
///
/// Shapes: x (..., *normalized) -> the same; weight, bias (*normalized)
/// Source: arXiv:1607.06450
class CT_API LayerNorm : public Module {
 public:
  explicit LayerNorm(const Shape& normalized, const LayerNormOptions& options = {});
  explicit LayerNorm(int64_t features, const LayerNormOptions& options = {})
      : LayerNorm(Shape{features}, options) {}

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;

  Tensor weight, bias;

 private:
  Shape normalized_;
  LayerNormOptions options_;
};

}  // namespace ct::nn
