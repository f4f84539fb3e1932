// CTCLoss: ct::ctc_loss with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/loss_ctc.hpp"

namespace ct::nn {

/// -log of the probability of all alignments of a target with its inputs.
/// Shapes: log_probs (time, n, classes), targets (n, longest), lengths (n)
/// Errors: those of ct::ctc_loss, at each call
/// Source: torch.nn.CTCLoss
class CT_API CTCLoss : public Module {
 public:
  explicit CTCLoss(const CTCOptions& options = {}) : options_(options) {}
  Tensor operator()(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths,
                    const Tensor& target_lengths) const;

 private:
  CTCOptions options_;
};

}  // namespace ct::nn
