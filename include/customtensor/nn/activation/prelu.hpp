// PReLU: a rectifier whose slope below 0 is learned.
#pragma once

#include <cstdint>

#include "customtensor/nn/module.hpp"

namespace ct::nn {

/// x where x > 0, else weight x: one weight, or one for each channel, axis 1 of x.
///
/// Shapes: weight (num_parameters)
/// Errors: ValueError if num_parameters < 1; ShapeError as ct::prelu
/// Source: arXiv:1502.01852
class CT_API PReLU : public Module {
 public:
  explicit PReLU(int64_t num_parameters = 1, double init = 0.25);

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;

  Tensor weight;
};

}  // namespace ct::nn
