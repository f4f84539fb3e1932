// Connectionist temporal classification.
#pragma once

#include <cstdint>

#include "customtensor/ops/loss.hpp"
#include "customtensor/tensor.hpp"

namespace ct {

struct CTCOptions {
  int64_t blank = 0;
  Reduction reduction = Reduction::mean;  ///< mean: of losses over their targets' lengths
  bool zero_infinity =
      false;  ///< 0, with gradient 0, where no alignment is possible: else infinite
};
/// -log of the probability of all alignments of a target with its inputs: each time step says a
/// class or the blank, repeated classes count once unless a blank is between them.
///
/// Shapes:   log_probs (time, n, classes); targets (n, longest) or all in a row (sum of lengths),
///           int64; lengths (n) int64. Or a single sample: (time, classes), (length), (), ()
/// Errors:   ShapeError, DTypeError; IndexError for a class out of range; ValueError for a length
///           that is negative or too large, or a target that holds the blank
/// Gradient: -g times the probability of each class at each time, given the target; NaN where no
///           alignment is possible. No second derivative
/// Targets and lengths are read by the host, which waits for them.
/// Source:   torch.nn.functional.ctc_loss; A. Graves et al., ICML 2006
CT_API Tensor ctc_loss(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths,
                       const Tensor& target_lengths, const CTCOptions& options = {});

}  // namespace ct
