// Recurrences over the steps of sequences: a layer in one direction, and single steps (cells).
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "customtensor/tensor.hpp"

namespace ct {

/// What a step makes of x W_ihᵀ + b_ih and h W_hhᵀ + b_hh, σ the sigmoid:
///   rnn_tanh, rnn_relu   h' = tanh or relu of their sum
///   lstm                 (i, f, g, o) their sum; c' = σ(f) c + σ(i) tanh(g), h' = σ(o) tanh(c'),
///                        with a projection h' = W_hr σ(o) tanh(c')
///   gru                  r and z are σ of their sums, n = tanh(x part + r (h part));
///                        h' = (1 - z) n + z h
enum class RecurrentKind : uint8_t { rnn_tanh, rnn_relu, lstm, gru };

/// The parts of lstm (i, f, g, o: G = 4) and gru (r, z, n: G = 3) stand below each other, H rows
/// each; G = 1 of the others.
struct RecurrentWeights {
  Tensor weight_ih;             ///< (G H, I)
  Tensor weight_hh;             ///< (G H, P)
  Tensor bias_ih = Tensor();    ///< (G H); may be undefined
  Tensor bias_hh = Tensor();    ///< (G H), where bias_ih is
  Tensor weight_hr = Tensor();  ///< (P, H); undefined: no projection, P = H. Of lstm alone
};

struct RecurrentLayerOptions {
  /// How many sequences are there at each step, never more than at the step before: x then has the
  /// rows of one step after the other. Empty: all at every step, x has an axis of steps.
  std::vector<int64_t> batch_sizes = {};
  bool reverse = false;  ///< from each sequence's last step to its first
};

struct RecurrentResult {
  Tensor output;  ///< h of every step, laid out as x
  Tensor h_n;     ///< (N, P), of each sequence's last step (reverse: of its first)
  Tensor c_n;     ///< (N, H); undefined but for lstm
};

/// A recurrent layer in one direction. The inputs' products are one, and so is the weight gradient
/// of all steps; a step is a product and a pointwise program, forward and backward.
///
/// Shapes:   x (L, N, I), or (sum of batch_sizes, I); h0 (N, P) and c0 (N, H), undefined: 0
/// Errors:   ShapeError if shapes do not fit, ValueError for no steps, batch sizes that grow, are
///           below 1 or do not add up to the rows of x, or what the kind has not; DTypeError if the
///           tensors are not of one floating dtype; DeviceError if devices differ
/// Gradient: of x, h0, c0 and all weights, of any order; the first does not run the steps again
/// Source:   torch.nn.RNN, LSTM and GRU; Hochreiter and Schmidhuber 1997; arXiv:1406.1078,
///           projections arXiv:1402.1128
CT_API RecurrentResult recurrent_layer(RecurrentKind kind, const Tensor& x, const Tensor& h0,
                                       const Tensor& c0, const RecurrentWeights& weights,
                                       const RecurrentLayerOptions& options = {});

/// One step: tanh(x W_ihᵀ + b_ih + h W_hhᵀ + b_hh).
///
/// Shapes: x (N, I) or (I), h (N, H) or (H) -> h's; weights as RecurrentWeights
/// Errors: as recurrent_layer (of all cells)
CT_API Tensor rnn_tanh_cell(const Tensor& x, const Tensor& h, const Tensor& weight_ih,
                            const Tensor& weight_hh, const Tensor& bias_ih = Tensor(),
                            const Tensor& bias_hh = Tensor());
/// The same with relu in place of tanh.
CT_API Tensor rnn_relu_cell(const Tensor& x, const Tensor& h, const Tensor& weight_ih,
                            const Tensor& weight_hh, const Tensor& bias_ih = Tensor(),
                            const Tensor& bias_hh = Tensor());
/// One step of a GRU. Shapes: as rnn_tanh_cell
CT_API Tensor gru_cell(const Tensor& x, const Tensor& h, const Tensor& weight_ih,
                       const Tensor& weight_hh, const Tensor& bias_ih = Tensor(),
                       const Tensor& bias_hh = Tensor());
/// One step of an LSTM: (h', c'). Shapes: as rnn_tanh_cell, c as h
CT_API std::pair<Tensor, Tensor> lstm_cell(const Tensor& x, const Tensor& h, const Tensor& c,
                                           const Tensor& weight_ih, const Tensor& weight_hh,
                                           const Tensor& bias_ih = Tensor(),
                                           const Tensor& bias_hh = Tensor());

}  // namespace ct
