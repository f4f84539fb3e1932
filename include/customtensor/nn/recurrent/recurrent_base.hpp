// RecurrentBase: what RNN, LSTM and GRU have in common: their weights by layer and direction, and
// the way of a sequence through the layers.
#pragma once

#include <cstdint>
#include <vector>

#include "customtensor/nn/module.hpp"
#include "customtensor/nn/recurrent/packed_sequence.hpp"
#include "customtensor/ops/recurrent.hpp"

namespace ct::nn {

/// A result of RNN and GRU.
struct RecurrentOutput {
  Tensor output;  ///< h of the last layer at every step: (L, N, D P)
  Tensor h_n;     ///< of every layer and direction at the end of the sequence: (layers D, N, P)
};
struct PackedRecurrentOutput {
  PackedSequence output;
  Tensor h_n;
};

/// Layer k takes what layer k - 1 gives; with `bidirectional` (D = 2) a second set of weights goes
/// from the end to the beginning, and what both give stands side by side.
///
/// Names:  weight_ih_l0 (G H, I), weight_hh_l0 (G H, P), bias_ih_l0, bias_hh_l0 (G H), with a
///         projection weight_hr_l0 (P, H); of layer k …_lk, of the second direction …_lk_reverse
/// Init:   all uniform in ±1 / sqrt(H)
class CT_API RecurrentBase : public Module {
 public:
  void members(Members& m) override;
  /// The output alone, from states 0.
  Tensor forward(const Tensor& x) override;

  /// Weights of a layer: handles of the parameters.
  /// Errors: IndexError
  RecurrentWeights weights(int64_t layer, bool reverse = false) const;

 protected:
  struct Settings {
    RecurrentKind kind;
    const char* name;
    int64_t input_size, hidden_size, num_layers;
    bool bias, batch_first;
    double dropout;
    bool bidirectional;
    int64_t proj_size = 0;
  };
  struct Result {
    Tensor output, h_n, c_n;
  };
  struct PackedResult {
    PackedSequence output;
    Tensor h_n, c_n;
  };

  explicit RecurrentBase(const Settings& settings);
  Result run(const Tensor& x, const Tensor& h0, const Tensor& c0);
  PackedResult run(const PackedSequence& x, const Tensor& h0, const Tensor& c0);

 private:
  /// On (L, N, I), or rows of `sizes`; the result has one axis of layers and directions.
  Result layers(const Tensor& x, const Tensor& h0, const Tensor& c0,
                const std::vector<int64_t>& sizes);
  void check_state(const char* name, const Tensor& state, const Shape& expected) const;
  int64_t directions() const { return settings_.bidirectional ? 2 : 1; }
  int64_t output_size() const {
    return settings_.proj_size > 0 ? settings_.proj_size : settings_.hidden_size;
  }

  Settings settings_;
  std::vector<RecurrentWeights> weights_;  ///< layer by layer, its directions side by side
};

}  // namespace ct::nn
