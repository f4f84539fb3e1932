// Unflatten: one axis as several.
#pragma once

#include <cstdint>

#include "customtensor/nn/module.hpp"

namespace ct::nn {

/// Splits an axis into `sizes`: (n, 12) -> (n, 3, 4) with axis 1 and sizes (3, 4).
/// Errors: those of Tensor::unflatten at each call
class CT_API Unflatten : public Module {
 public:
  Unflatten(int64_t axis, const Shape& sizes) : axis_(axis), sizes_(sizes) {}
  Tensor forward(const Tensor& x) override;

 private:
  int64_t axis_;
  Shape sizes_;
};

}  // namespace ct::nn
