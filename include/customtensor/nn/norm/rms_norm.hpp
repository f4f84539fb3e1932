// RMSNorm: division of each sample by the root of its mean square.
#pragma once

#include <cstdint>
#include <optional>

#include "customtensor/nn/module.hpp"

namespace ct::nn {

struct RMSNormOptions {
  std::optional<double> eps = std::nullopt;  ///< absent: as ct::rms_norm
  bool elementwise_affine = true;            ///< weight
};

/// y = x / sqrt(mean(x²) + eps) weight, over the axes of `normalized`.
///
/// Shapes: x (..., *normalized) -> the same; weight (*normalized)
/// Errors: ValueError for sizes below 1 or a negative eps
/// Source: arXiv:1910.07467
class CT_API RMSNorm : public Module {
 public:
  explicit RMSNorm(const Shape& normalized, const RMSNormOptions& options = {});
  explicit RMSNorm(int64_t features, const RMSNormOptions& options = {})
      : RMSNorm(Shape{features}, options) {}

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;

  Tensor weight;

 private:
  Shape normalized_;
  std::optional<double> eps_;
};

}  // namespace ct::nn
