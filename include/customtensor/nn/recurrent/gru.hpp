// GRU: gated recurrent units in one or more layers.
#pragma once

#include <cstdint>

#include "customtensor/nn/recurrent/recurrent_base.hpp"

namespace ct::nn {

struct GRUOptions {
  int64_t num_layers = 1;
  bool bias = true;
  bool batch_first = false;    ///< layout (N, L, I) in place of (L, N, I)
  double dropout = 0.0;        ///< of what each layer but the last gives, while training
  bool bidirectional = false;  ///< D = 2
};

/// r, z = σ(W x_t + b_i + U h_{t-1} + b_h) by their parts; n = tanh(W x_t + b_i + r (U h_{t-1} +
/// b_h)); h_t = (1 - z) n + z h_{t-1}.
/// Weights and their names: RecurrentBase, with G = 3: r, z, n and P = H.
///
/// Shapes: x (L, N, I) -> output (L, N, D H); with batch_first N stands first; N may be left out.
///         h0 and h_n (num_layers D, N, H), h0 undefined: 0
/// Errors: ValueError for sizes below 1 or a dropout out of [0, 1]; ShapeError if x or h0 do not
///         fit
/// Source: torch.nn.GRU, arXiv:1406.1078
class CT_API GRU : public RecurrentBase {
 public:
  GRU(int64_t input_size, int64_t hidden_size, const GRUOptions& options = {});
  GRU(int64_t input_size, int64_t hidden_size, int64_t num_layers, bool bias = true,
      bool batch_first = false, double dropout = 0.0, bool bidirectional = false)
      : GRU(input_size, hidden_size, {num_layers, bias, batch_first, dropout, bidirectional}) {}

  using Module::operator();
  RecurrentOutput operator()(const Tensor& x, const Tensor& h0);
  PackedRecurrentOutput operator()(const PackedSequence& x, const Tensor& h0 = Tensor());
};

}  // namespace ct::nn
