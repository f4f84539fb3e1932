// Bilinear: a layer of products of two inputs.
#pragma once

#include <cstdint>

#include "customtensor/nn/module.hpp"

namespace ct::nn {

struct BilinearOptions {
  bool bias = true;
};

/// y_k = x1ᵀ W_k x2 + b_k
///
/// Shapes: x1 (..., in1), x2 (..., in2) -> (..., out); weight (out, in1, in2), bias (out)
/// Init:   both uniform in ±1 / sqrt(in1), PyTorch's default
/// Errors: ValueError for sizes below 1; ShapeError where the inputs do not fit
class CT_API Bilinear : public Module {
 public:
  Bilinear(int64_t in1_features, int64_t in2_features, int64_t out_features,
           const BilinearOptions& options = {});

  void members(Members& m) override;
  Tensor operator()(const Tensor& x1, const Tensor& x2) const;

  Tensor weight;
  Tensor bias;  ///< undefined if not wanted
};

}  // namespace ct::nn
