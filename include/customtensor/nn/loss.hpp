// Losses as modules: the functions of ops/loss.hpp with their settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/loss.hpp"

namespace ct::nn {

/// -log softmax(logits)[target]. Shapes: logits (rows, classes), targets (rows) int64 -> ()
class CT_API CrossEntropyLoss : public Module {
 public:
  explicit CrossEntropyLoss(const CrossEntropyOptions& options = {}) : options_(options) {}
  Tensor operator()(const Tensor& logits, const Tensor& targets) const;

 private:
  CrossEntropyOptions options_;
};

/// (input - target)²
class CT_API MSELoss : public Module {
 public:
  explicit MSELoss(Reduction reduction = Reduction::mean) : reduction_(reduction) {}
  Tensor operator()(const Tensor& input, const Tensor& target) const;

 private:
  Reduction reduction_;
};

/// |input - target|
class CT_API L1Loss : public Module {
 public:
  explicit L1Loss(Reduction reduction = Reduction::mean) : reduction_(reduction) {}
  Tensor operator()(const Tensor& input, const Tensor& target) const;

 private:
  Reduction reduction_;
};

}  // namespace ct::nn
