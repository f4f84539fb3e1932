// RotaryPositions: queries and keys turned by their places, so that products know the distance.
#pragma once

#include <cstdint>

#include "customtensor/nn/module.hpp"

namespace ct::nn {

struct RotaryOptions {
  double base = 10000.0;
  bool interleaved = false;  ///< pairs (2 i, 2 i + 1) in place of (i, i + R / 2)
};

/// rotary_embedding by the angles p base^(-2 i / R) of place p = offset + 0 … L - 1. No parameters.
///
/// Shapes: x (..., L, D), R = features <= D -> the same
/// Errors: ValueError unless features is even and at least 2, or for a negative offset; ShapeError
///         if x does not fit
/// Source: arXiv:2104.09864
class CT_API RotaryPositions : public Module {
 public:
  explicit RotaryPositions(int64_t features, const RotaryOptions& options = {});
  Tensor forward(const Tensor& x) override;
  using Module::operator();
  /// x begins at place `offset`, behind keys that are kept.
  Tensor operator()(const Tensor& x, int64_t offset);

 private:
  int64_t features_;
  RotaryOptions options_;
};

}  // namespace ct::nn
