// RNN: a plain recurrent network of one or more layers.
#pragma once

#include <cstdint>

#include "customtensor/nn/recurrent/recurrent_base.hpp"

namespace ct::nn {

enum class RnnNonlinearity : uint8_t { tanh, relu };

struct RNNOptions {
  int64_t num_layers = 1;
  RnnNonlinearity nonlinearity = RnnNonlinearity::tanh;
  bool bias = true;
  bool batch_first = false;    ///< layout (N, L, I) in place of (L, N, I)
  double dropout = 0.0;        ///< of what each layer but the last gives, while training
  bool bidirectional = false;  ///< D = 2
};

/// h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh), or relu of it.
/// Weights and their names: RecurrentBase, with G = 1 and P = H.
///
/// Shapes: x (L, N, I) -> output (L, N, D H); with batch_first N stands first; N may be left out.
///         h0 and h_n (num_layers D, N, H), h0 undefined: 0
/// Errors: ValueError for sizes below 1 or a dropout out of [0, 1]; ShapeError if x or h0 do not
///         fit
/// Source: torch.nn.RNN
class CT_API RNN : public RecurrentBase {
 public:
  RNN(int64_t input_size, int64_t hidden_size, const RNNOptions& options = {});
  RNN(int64_t input_size, int64_t hidden_size, int64_t num_layers,
      RnnNonlinearity nonlinearity = RnnNonlinearity::tanh, bool bias = true,
      bool batch_first = false, double dropout = 0.0, bool bidirectional = false)
      : RNN(input_size, hidden_size,
            {num_layers, nonlinearity, bias, batch_first, dropout, bidirectional}) {}

  using Module::operator();
  RecurrentOutput operator()(const Tensor& x, const Tensor& h0);
  PackedRecurrentOutput operator()(const PackedSequence& x, const Tensor& h0 = Tensor());
};

}  // namespace ct::nn
