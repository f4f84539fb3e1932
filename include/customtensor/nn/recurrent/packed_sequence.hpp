// PackedSequence: sequences of different lengths, without padding, step after step.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "customtensor/tensor.hpp"

namespace ct::nn {

/// The rows of step 0 of all sequences, then those of step 1, …; longer sequences stand first.
struct PackedSequence {
  Tensor data;                       ///< (sum of lengths, …)
  std::vector<int64_t> batch_sizes;  ///< how many sequences have each step
  /// Where sequence i of the packed order stood before it was sorted; empty: it was in order.
  std::vector<int64_t> sorted_indices = {};
  std::vector<int64_t> unsorted_indices = {};  ///< the inverse

  int64_t size() const { return batch_sizes.empty() ? 0 : batch_sizes[0]; }
};

struct PackOptions {
  bool batch_first = false;    ///< x is (N, L, …) in place of (L, N, …)
  bool enforce_sorted = true;  ///< lengths that grow are an error; else sequences are sorted
};

/// The first lengths[i] steps of each sequence i of x; recorded.
///
/// Shapes: x (L, N, …), N lengths -> data (sum of lengths, …)
/// Errors: ShapeError unless x has two axes and as many sequences as there are lengths; ValueError
///         for none, a length out of 1 … L, or lengths that grow and are not to be sorted
/// Source: torch.nn.utils.rnn.pack_padded_sequence
CT_API PackedSequence pack_padded_sequence(const Tensor& x, std::span<const int64_t> lengths,
                                           const PackOptions& options = {});

struct PadOptions {
  bool batch_first = false;
  double padding_value = 0.0;
  int64_t total_length = -1;  ///< steps of the result; -1: those of the longest sequence
};

/// The sequences in the order that they had, padded, and their lengths; recorded.
///
/// Errors: ValueError for a total_length below the longest sequence's, and an empty sequence
/// Source: torch.nn.utils.rnn.pad_packed_sequence
CT_API std::pair<Tensor, std::vector<int64_t>> pad_packed_sequence(const PackedSequence& sequence,
                                                                   const PadOptions& options = {});

/// Sequences (L_i, …), joined and padded to the longest: (L, N, …).
///
/// Errors: ValueError for no sequences; ShapeError if they differ in more than their first axis
/// Source: torch.nn.utils.rnn.pad_sequence
CT_API Tensor pad_sequence(std::span<const Tensor> sequences, bool batch_first = false,
                           double padding_value = 0.0);

/// Packs sequences (L_i, …). Errors: as pad_sequence and pack_padded_sequence
CT_API PackedSequence pack_sequence(std::span<const Tensor> sequences, bool enforce_sorted = true);

/// What pad_sequence joined: the first lengths[i] steps of each.
/// Errors: as pack_padded_sequence, but lengths may grow
CT_API Tensors unpad_sequence(const Tensor& padded, std::span<const int64_t> lengths,
                              bool batch_first = false);
/// The sequences in the order that they had.
CT_API Tensors unpack_sequence(const PackedSequence& sequence);

}  // namespace ct::nn
