// LearnedPositions: a trained vector for each place.
#pragma once

#include <cstdint>

#include "customtensor/nn/module.hpp"

namespace ct::nn {

/// x + weight[0 … L - 1]
///
/// Shapes: x (..., L, E), L at most max_length -> the same; weight (max_length, E)
/// Init:   normal with deviation 0.02
/// Errors: ValueError for sizes below 1; ShapeError if x does not fit
/// Source: arXiv:1705.03122, 3.1
class CT_API LearnedPositions : public Module {
 public:
  LearnedPositions(int64_t max_length, int64_t features);

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;

  Tensor weight;
};

}  // namespace ct::nn
