// SinusoidalPositions: waves of falling frequency that tell where an element stands.
#pragma once

#include <cstdint>

#include "customtensor/device.hpp"
#include "customtensor/nn/module.hpp"

namespace ct::nn {

/// Row p: sin(p w_i) at 2 i and cos(p w_i) at 2 i + 1, w_i = base^(-2 i / features). Shape:
/// (length, features). Errors: ValueError for sizes below 1 or odd features Source:
/// arXiv:1706.03762, 3.5
CT_API Tensor sinusoidal_positions(int64_t length, int64_t features, double base = 10000.0,
                                   const Device& device = Device(), DType dtype = float32);

/// x + sinusoidal_positions of its places. No parameters.
///
/// Shapes: x (..., L, E) -> the same
/// Errors: as sinusoidal_positions; ShapeError if x does not fit
class CT_API SinusoidalPositions : public Module {
 public:
  explicit SinusoidalPositions(int64_t features, double base = 10000.0);
  Tensor forward(const Tensor& x) override;

 private:
  int64_t features_;
  double base_;
};

}  // namespace ct::nn
