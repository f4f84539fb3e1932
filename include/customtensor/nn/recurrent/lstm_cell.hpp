// LSTMCell: one step of long short-term memory.
#pragma once

#include <cstdint>

#include "customtensor/nn/module.hpp"
#include "customtensor/nn/recurrent/lstm.hpp"

namespace ct::nn {

struct LSTMCellOptions {
  bool bias = true;
};

/// A step of LSTM; forward(x) starts at h = c = 0 and gives h' alone.
///
/// Shapes: x (N, I) or (I), h and c (N, H) or (H) -> theirs; weight_ih (4 H, I), weight_hh
///         (4 H, H), bias_ih and bias_hh (4 H)
/// Init:   all uniform in ±1 / sqrt(H)
/// Errors: ValueError for sizes below 1
/// Source: torch.nn.LSTMCell; Hochreiter and Schmidhuber 1997
class CT_API LSTMCell : public Module {
 public:
  LSTMCell(int64_t input_size, int64_t hidden_size, const LSTMCellOptions& options = {});

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;
  using Module::operator();
  LSTMState operator()(const Tensor& x, const LSTMState& state);

  Tensor weight_ih, weight_hh;
  Tensor bias_ih, bias_hh;  ///< undefined if not wanted
};

}  // namespace ct::nn
