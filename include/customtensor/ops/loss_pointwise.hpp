// Losses of one element and its target: each is one pass over memory forward, and one backward. All
// take tensors of one shape (losses do not broadcast), and are finite, with finite gradients, for
// any finite logits.
#pragma once

#include "customtensor/ops/loss.hpp"
#include "customtensor/tensor.hpp"

namespace ct {

/// (input - target)² / (2 beta) where |input - target| < beta, else |input - target| - beta / 2.
/// Errors: ShapeError unless the shapes are equal; ValueError if beta < 0
/// Source: torch.nn.functional.smooth_l1_loss
CT_API Tensor smooth_l1_loss(const Tensor& input, const Tensor& target,
                             Reduction reduction = Reduction::mean, double beta = 1.0);
/// (input - target)² / 2 where |input - target| <= delta, else delta (|input - target| - delta /
/// 2). Errors: ShapeError unless the shapes are equal; ValueError unless delta > 0 Source:
/// torch.nn.functional.huber_loss
CT_API Tensor huber_loss(const Tensor& input, const Tensor& target,
                         Reduction reduction = Reduction::mean, double delta = 1.0);

struct BCEOptions {
  Tensor weight = {};  ///< of each element, broadcasts to input; undefined: 1
  Reduction reduction = Reduction::mean;
};
/// -weight (target log(input) + (1 - target) log(1 - input)), either logarithm at least -100.
/// input: probabilities in [0, 1], outside of which the loss is NaN.
/// Errors: ShapeError unless the shapes are equal
/// Gradient: weight (input - target) / max(input (1 - input), 1e-12)
/// Source: torch.nn.functional.binary_cross_entropy
CT_API Tensor binary_cross_entropy(const Tensor& input, const Tensor& target,
                                   const BCEOptions& options = {});

struct BCEWithLogitsOptions {
  Tensor weight = {};      ///< of each element, broadcasts to logits; undefined: 1
  Tensor pos_weight = {};  ///< of target 1 against target 0, broadcasts to logits; undefined: 1
  Reduction reduction = Reduction::mean;
};
/// binary_cross_entropy(sigmoid(logits), target), without overflow.
/// weight ((1 - target) x + (1 + (pos_weight - 1) target) softplus(-x))
/// Errors: ShapeError unless the shapes are equal
/// Source: torch.nn.functional.binary_cross_entropy_with_logits
CT_API Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target,
                                               const BCEWithLogitsOptions& options = {});

struct FocalOptions {
  double alpha = 0.25;  ///< weight of target 1, and 1 - alpha that of target 0; < 0: both 1
  double gamma = 2.0;   ///< how much less a sure element counts, >= 0
  Reduction reduction = Reduction::mean;
};
/// alpha_t (1 - p_t)^gamma times binary_cross_entropy_with_logits, where p_t is the probability of
/// the target.
/// Errors: ShapeError unless the shapes are equal; ValueError for alpha > 1 or gamma < 0
/// Source: arXiv:1708.02002
CT_API Tensor sigmoid_focal_loss(const Tensor& logits, const Tensor& target,
                                 const FocalOptions& options = {});

enum class KLDivReduction { none, batchmean, mean, sum };
struct KLDivOptions {
  KLDivReduction reduction = KLDivReduction::mean;  ///< batchmean, by axis 0, is the divergence
  bool log_target = false;                          ///< targets are logarithms, too
};
/// target (log(target) - input), where input holds logarithms of probabilities; 0 for target 0.
/// Errors: ShapeError unless the shapes are equal
/// Source: torch.nn.functional.kl_div
CT_API Tensor kl_div(const Tensor& input, const Tensor& target, const KLDivOptions& options = {});

struct GaussianNLLOptions {
  bool full = false;  ///< add log(2 pi) / 2
  double eps = 1e-6;  ///< least variance, > 0; its gradient passes all the same
  Reduction reduction = Reduction::mean;
};
/// (log(var) + (input - target)² / var) / 2.
/// Shapes: input and target alike; var alike, or without the last axis or of size 1 there
/// Errors: ShapeError; ValueError unless eps > 0
/// Source: torch.nn.functional.gaussian_nll_loss
CT_API Tensor gaussian_nll_loss(const Tensor& input, const Tensor& target, const Tensor& var,
                                const GaussianNLLOptions& options = {});

struct PoissonNLLOptions {
  bool log_input = true;
  bool full = false;  ///< add Stirling's approximation of log(target!) where target > 1
  double eps = 1e-8;  ///< added to an input that is no logarithm
  Reduction reduction = Reduction::mean;
};
/// exp(input) - target input, or, of an input that is no logarithm, input - target log(input +
/// eps). Errors: ShapeError unless the shapes are equal Source:
/// torch.nn.functional.poisson_nll_loss
CT_API Tensor poisson_nll_loss(const Tensor& input, const Tensor& target,
                               const PoissonNLLOptions& options = {});

/// log(1 + exp(-target input)), targets 1 and -1.
/// Errors: ShapeError unless the shapes are equal
/// Source: torch.nn.functional.soft_margin_loss
CT_API Tensor soft_margin_loss(const Tensor& input, const Tensor& target,
                               Reduction reduction = Reduction::mean);
/// input where target is 1, max(0, margin - input) where it is -1.
/// Errors: ShapeError unless the shapes are equal
/// Source: torch.nn.functional.hinge_embedding_loss
CT_API Tensor hinge_embedding_loss(const Tensor& input, const Tensor& target, double margin = 1.0,
                                   Reduction reduction = Reduction::mean);
/// max(0, margin - target (input1 - input2)), targets 1 and -1.
/// Errors: ShapeError unless the shapes are equal
/// Source: torch.nn.functional.margin_ranking_loss
CT_API Tensor margin_ranking_loss(const Tensor& input1, const Tensor& input2, const Tensor& target,
                                  double margin = 0.0, Reduction reduction = Reduction::mean);

}  // namespace ct
