// Linear: a fully connected layer.
#pragma once

#include <cstdint>

#include "customtensor/nn/module.hpp"

namespace ct::nn {

struct LinearOptions {
  bool bias = true;
};

/// y = x Wᵀ + b
///
/// Shapes: x (..., in) -> (..., out); weight (out, in), bias (out)
/// Init:   both uniform in ±1 / sqrt(in), PyTorch's default
/// Errors: ValueError for sizes below 1
class CT_API Linear : public Module {
 public:
  Linear(int64_t in_features, int64_t out_features, const LinearOptions& options = {});

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;

  Tensor weight;
  Tensor bias;  ///< undefined if not wanted
};

}  // namespace ct::nn
