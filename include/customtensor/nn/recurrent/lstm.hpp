// LSTM: long short-term memory in one or more layers.
#pragma once

#include <cstdint>

#include "customtensor/nn/recurrent/recurrent_base.hpp"

namespace ct::nn {

struct LSTMOptions {
  int64_t num_layers = 1;
  bool bias = true;
  bool batch_first = false;    ///< layout (N, L, I) in place of (L, N, I)
  double dropout = 0.0;        ///< of what each layer but the last gives, while training
  bool bidirectional = false;  ///< D = 2
  int64_t proj_size = 0;       ///< P, below H: h is projected to it; 0: it is not, P = H
};

/// What an LSTM hands on to the next piece of its sequence. Undefined tensors are 0.
struct LSTMState {
  Tensor h = Tensor();  ///< (num_layers D, N, P)
  Tensor c = Tensor();  ///< (num_layers D, N, H)
};
struct LSTMOutput {
  Tensor output;
  LSTMState state;
};
struct PackedLSTMOutput {
  PackedSequence output;
  LSTMState state;
};

/// i, f, o = σ(W x_t + b_i + U h_{t-1} + b_h) by their parts, g = tanh of the same;
/// c_t = f c_{t-1} + i g, h_t = o tanh(c_t), with a projection W_hr of it.
/// Weights and their names: RecurrentBase, with G = 4: i, f, g, o.
///
/// Shapes: x (L, N, I) -> output (L, N, D P); with batch_first N stands first; N may be left out
/// Errors: ValueError for sizes below 1, a proj_size out of 0 … H - 1 or a dropout out of [0, 1];
///         ShapeError if x or the state do not fit
/// Source: torch.nn.LSTM; Hochreiter and Schmidhuber 1997; projections arXiv:1402.1128
class CT_API LSTM : public RecurrentBase {
 public:
  LSTM(int64_t input_size, int64_t hidden_size, const LSTMOptions& options = {});
  LSTM(int64_t input_size, int64_t hidden_size, int64_t num_layers, bool bias = true,
       bool batch_first = false, double dropout = 0.0, bool bidirectional = false,
       int64_t proj_size = 0)
      : LSTM(input_size, hidden_size,
             {num_layers, bias, batch_first, dropout, bidirectional, proj_size}) {}

  using Module::operator();
  LSTMOutput operator()(const Tensor& x, const LSTMState& state);
  PackedLSTMOutput operator()(const PackedSequence& x, const LSTMState& state = {});
};

}  // namespace ct::nn
