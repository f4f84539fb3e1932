// The loop over steps of a recurrent layer, on kernels: forward it writes every step's result into
// its place and keeps the gates, backward it leaves each step's gradient of the gates in place, so
// that the gradients of the weights are one product over all steps. Nothing here is recorded.
#pragma once

#include <cstdint>
#include <vector>

#include "core/tensor/tensor_impl.hpp"
#include "customtensor/ops/recurrent.hpp"

namespace ct::ops {

/// Rows of one step that come from rows of the step before it, or from the initial state.
struct ScanPiece {
  int64_t row, count;
  int64_t from;     ///< first row of the step before, or of the initial state
  bool from_start;  ///< the latter
};

/// The pieces in the order in which they are computed: one a step, and one more where sequences
/// begin late (reverse). `sizes` are the batch sizes.
std::vector<ScanPiece> scan_pieces(const std::vector<int64_t>& sizes, bool reverse);

/// What the loop works on, dense but for the weights. Undefined: c0 but of lstm, bias but of gru,
/// weight_hr without a projection.
struct ScanInputs {
  RecurrentKind kind;
  Tensor gx;  ///< (rows, G H): x W_ihᵀ and the biases but bias_hh of gru
  Tensor h0, c0, weight_hh, bias, weight_hr;

  int64_t hidden() const;
};

struct ScanOutputs {
  Tensor y;      ///< (rows, P)
  Tensor c;      ///< (rows, H), of lstm
  Tensor gates;  ///< (rows, 4 H): of lstm i, f, g, o; of gru r, z, the h part of n, n
  Tensor raw;    ///< (rows, H): h before the projection
};

/// `keep`: gates and raw are wanted; else they are made step by step in one place.
ScanOutputs scan_forward(const ScanInputs& in, const std::vector<ScanPiece>& pieces, bool keep);

struct ScanGradients {
  Tensor gx, h0, c0, weight_hh, bias, weight_hr;
};

/// All gradients; `gy` or `gc` may be undefined.
ScanGradients scan_backward(const ScanInputs& in, const std::vector<ScanPiece>& pieces,
                            const ScanOutputs& out, const Tensor& gy, const Tensor& gc);

/// A step of lstm on (i, f, g, o, c) before their functions: (h, c').
const ProgramPtr& lstm_step_program();
/// A step of gru on (x parts of r, z, n, h parts of them, h): h'.
const ProgramPtr& gru_step_program();

}  // namespace ct::ops
