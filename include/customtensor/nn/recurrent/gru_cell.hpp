// GRUCell: one step of gated recurrent units.
#pragma once

#include <cstdint>

#include "customtensor/nn/module.hpp"

namespace ct::nn {

struct GRUCellOptions {
  bool bias = true;
};

/// A step of GRU; forward(x) starts at h = 0.
///
/// Shapes: x (N, I) or (I), h (N, H) or (H) -> h's; weight_ih (3 H, I), weight_hh (3 H, H), bias_ih
///         and bias_hh (3 H)
/// Init:   all uniform in ±1 / sqrt(H)
/// Errors: ValueError for sizes below 1
/// Source: torch.nn.GRUCell, arXiv:1406.1078
class CT_API GRUCell : public Module {
 public:
  GRUCell(int64_t input_size, int64_t hidden_size, const GRUCellOptions& options = {});

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;
  using Module::operator();
  Tensor operator()(const Tensor& x, const Tensor& h);

  Tensor weight_ih, weight_hh;
  Tensor bias_ih, bias_hh;  ///< undefined if not wanted
};

}  // namespace ct::nn
