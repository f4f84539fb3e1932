// Softmax and losses.
#pragma once

#include "customtensor/tensor.hpp"

namespace ct {

CT_API Tensor softmax(const Tensor& x, int64_t axis);
CT_API Tensor log_softmax(const Tensor& x, int64_t axis);

enum class Reduction { none, mean, sum };

struct CrossEntropyOptions {
  Reduction reduction = Reduction::mean;
  int64_t ignore_index = -100;   ///< rows with this target count nothing
  double label_smoothing = 0.0;  ///< share of the target that is spread over all classes, in [0, 1]
  Tensor weight = {};            ///< of each class (classes); undefined: 1
};

/// -log softmax(logits)[target], averaged over the targets that are not ignored, by their weights.
/// Or, of probabilities for targets, -sum(target log softmax(logits)), averaged over the samples.
///
/// Shapes:   logits (n, classes, …), targets (n, …) int64 -> () or (n, …); or (classes) and ();
///           or probabilities of logits' shape
/// Errors:   ShapeError, DTypeError; IndexError for a class out of range, late on a device whose
///           memory the host cannot see (as in ops/indexing.hpp)
/// Gradient: (softmax - onehot) g
/// Source:   torch.nn.functional.cross_entropy
CT_API Tensor cross_entropy(const Tensor& logits, const Tensor& targets,
                            const CrossEntropyOptions& options = {});
/// -log_probs[target]; shapes and errors as cross_entropy's, label_smoothing is not looked at.
CT_API Tensor nll_loss(const Tensor& log_probs, const Tensor& targets,
                       const CrossEntropyOptions& options = {});
/// (a - b)². Errors: ShapeError unless the shapes are equal: losses do not broadcast
CT_API Tensor mse_loss(const Tensor& a, const Tensor& b, Reduction reduction = Reduction::mean);
/// |a - b|, gradient 0 where they are equal. Errors: as mse_loss
CT_API Tensor l1_loss(const Tensor& a, const Tensor& b, Reduction reduction = Reduction::mean);

}  // namespace ct
