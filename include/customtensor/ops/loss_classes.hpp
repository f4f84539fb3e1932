// Losses of scores by classes, but for cross entropy (ops/loss.hpp).
#pragma once

#include <cstdint>

#include "customtensor/ops/loss.hpp"
#include "customtensor/tensor.hpp"

namespace ct {

struct MultiMarginOptions {
  int64_t p = 1;  ///< 1 or 2
  double margin = 1.0;
  Tensor weight = {};  ///< of each class (classes); undefined: 1
  Reduction reduction = Reduction::mean;
};
/// Sum over the classes i but the target's y of weight_y max(0, margin - x_y + x_i)^p, over
/// classes.
///
/// Shapes: input (n, classes), target (n) int64, or (classes) and ()
/// Errors: ShapeError, DTypeError; ValueError for another p; IndexError for a class out of range
/// Source: torch.nn.functional.multi_margin_loss
CT_API Tensor multi_margin_loss(const Tensor& input, const Tensor& target,
                                const MultiMarginOptions& options = {});

/// Sum over the targets y and the classes i that are none of max(0, 1 - (x_y - x_i)), over classes.
/// A row of targets ends with its first -1.
///
/// Shapes: input (n, classes) or (classes), target alike, int64
/// Errors: ShapeError, DTypeError; IndexError for a class out of range
/// Source: torch.nn.functional.multilabel_margin_loss
CT_API Tensor multilabel_margin_loss(const Tensor& input, const Tensor& target,
                                     Reduction reduction = Reduction::mean);

/// Mean over the classes of weight times binary_cross_entropy_with_logits.
///
/// Shapes: input (n, classes) or (classes), target alike, 0 or 1; weight (classes)
/// Errors: ShapeError unless the shapes are equal
/// Source: torch.nn.functional.multilabel_soft_margin_loss
CT_API Tensor multilabel_soft_margin_loss(const Tensor& input, const Tensor& target,
                                          const Tensor& weight = {},
                                          Reduction reduction = Reduction::mean);

struct ClassFocalOptions {
  double gamma = 2.0;  ///< how much less a sure sample counts, >= 0
  Tensor weight = {};  ///< of each class (classes); undefined: 1
  int64_t ignore_index = -100;
  Reduction reduction = Reduction::mean;  ///< weighted as cross_entropy's
};
/// -(1 - p_y)^gamma weight_y log(p_y), p = softmax(logits).
///
/// Shapes: logits (n, classes, …), targets (n, …) int64
/// Errors: as cross_entropy; ValueError if gamma < 0
/// Source: arXiv:1708.02002
CT_API Tensor focal_loss(const Tensor& logits, const Tensor& targets,
                         const ClassFocalOptions& options = {});

struct DiceOptions {
  double smooth = 1.0;  ///< added above and below, >= 0
  Reduction reduction = Reduction::mean;
};
/// 1 - (2 sum(input target) + smooth) / (sum(input) + sum(target) + smooth), the sums over all axes
/// but the first two.
///
/// Shapes: input (n, classes, …) probabilities, target alike -> () or (n, classes)
/// Errors: ShapeError unless the shapes are equal, of two axes at least; ValueError if smooth < 0
/// Source: arXiv:1606.04797
CT_API Tensor dice_loss(const Tensor& input, const Tensor& target, const DiceOptions& options = {});

}  // namespace ct
