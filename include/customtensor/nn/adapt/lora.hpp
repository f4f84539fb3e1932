// LoRA: a frozen layer and a small one beside it that learns.
#pragma once

#include <cstdint>

#include "customtensor/nn/conv.hpp"
#include "customtensor/nn/embedding/embedding.hpp"
#include "customtensor/nn/linear.hpp"
#include "customtensor/nn/module.hpp"

namespace ct::nn {

struct LoRAOptions {
  int64_t rank = 8;
  double alpha = 8.0;    ///< what is learned counts alpha / rank
  double dropout = 0.0;  ///< of what the small layer is given, while training
};

/// y = base(x) + alpha / rank B A dropout(x). Only A and B learn; they begin so that B A is 0.
///
/// Shapes: lora_A (rank, in), lora_B (out, rank); names "base.weight", "base.bias", "lora_A",
///         "lora_B"
/// Errors: ValueError for a rank below 1 or a dropout outside [0, 1]
/// Source: arXiv:2106.09685
class CT_API LoRALinear : public Module {
 public:
  explicit LoRALinear(Linear base, const LoRAOptions& options = {});

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;
  /// Adds what was learned to the base's weight, so that a call costs what the base does; and takes
  /// it off again. Merging twice is the same as once.
  void merge();
  void unmerge();
  bool is_merged() const { return merged_; }

  Linear base;
  Tensor lora_A, lora_B;  // NOLINT(readability-identifier-naming): the paper's names

 private:
  Tensor delta() const;

  double scale_, dropout_;
  bool merged_ = false;
};

/// The same of a convolution: A is one with `rank` outputs, B one of filters of size 1.
/// Shapes: lora_A (rank, in / groups, kh, kw), lora_B (out, rank)
/// Errors: also ValueError for groups: B would join what they keep apart
class CT_API LoRAConv2d : public Module {
 public:
  explicit LoRAConv2d(Conv2d base, const LoRAOptions& options = {});

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;
  void merge();
  void unmerge();
  bool is_merged() const { return merged_; }

  Conv2d base;
  Tensor lora_A, lora_B;  // NOLINT(readability-identifier-naming)

 private:
  Tensor delta() const;

  double scale_, dropout_;
  bool merged_ = false;
};

/// The same of a table: row i is base[i] + alpha / rank B A[:, i]; there is no dropout.
/// Shapes: lora_A (rank, count), lora_B (dim, rank)
class CT_API LoRAEmbedding : public Module {
 public:
  explicit LoRAEmbedding(Embedding base, const LoRAOptions& options = {});

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;
  void merge();
  void unmerge();
  bool is_merged() const { return merged_; }

  Embedding base;
  Tensor lora_A, lora_B;  // NOLINT(readability-identifier-naming)

 private:
  Tensor delta() const;

  double scale_;
  bool merged_ = false;
};

/// What LoRA layers learned, by name: all that must be saved beside the base.
CT_API StateDict lora_state_dict(const Module& module);
/// Copies it in. Errors: ValueError listing every missing, unexpected and mis-shaped name; then
/// nothing was changed.
CT_API void load_lora_state_dict(Module& module, const StateDict& state);

}  // namespace ct::nn
