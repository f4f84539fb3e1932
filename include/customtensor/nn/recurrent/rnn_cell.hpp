// RNNCell: one step of a plain recurrent network.
#pragma once

#include <cstdint>

#include "customtensor/nn/module.hpp"
#include "customtensor/nn/recurrent/rnn.hpp"

namespace ct::nn {

struct RNNCellOptions {
  bool bias = true;
  RnnNonlinearity nonlinearity = RnnNonlinearity::tanh;
};

/// h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu of it; forward(x) starts at h = 0.
///
/// Shapes: x (N, I) or (I), h (N, H) or (H) -> h's; weight_ih (H, I), weight_hh (H, H), bias_ih and
///         bias_hh (H)
/// Init:   all uniform in ±1 / sqrt(H)
/// Errors: ValueError for sizes below 1
/// Source: torch.nn.RNNCell
class CT_API RNNCell : public Module {
 public:
  RNNCell(int64_t input_size, int64_t hidden_size, const RNNCellOptions& options = {});

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;
  using Module::operator();
  Tensor operator()(const Tensor& x, const Tensor& h);

  Tensor weight_ih, weight_hh;
  Tensor bias_ih, bias_hh;  ///< undefined if not wanted

 private:
  RNNCellOptions options_;
};

}  // namespace ct::nn
