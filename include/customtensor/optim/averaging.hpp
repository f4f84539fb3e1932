// Averages of weights over the course of training: SWA (all alike) and EMA (the newest count most).
//
//   AveragedModel average(model, {.decay = 0.999});
//   for (…) { …; optimizer.step(); average.update_parameters(model); }
//   average(x);
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>

#include "customtensor/export.hpp"
#include "customtensor/nn/module.hpp"
#include "customtensor/tensor.hpp"

namespace ct::optim {

/// averaged ← averaged + weight (current - averaged), tensor by tensor, converted to the averaged
/// one's dtype; one launch for many tensors, unrecorded. Tensors that are not floating, and all of
/// them where weight is 1, are copied.
/// Errors: ValueError unless both lists are as long and weight is in [0, 1]; those of
/// pointwise_each_
CT_API void average_(std::span<const Tensor> averaged, std::span<const Tensor> current,
                     double weight);

struct CT_API AveragingOptions {
  /// EMA: averaged ← decay averaged + (1 - decay) current, in [0, 1]. Absent, SWA: the mean of all.
  std::optional<double> decay = std::nullopt;
  bool use_buffers = false;  ///< averages buffers too; else they are those of the newest model
};

/// What every AveragedModel has, whatever its model.
class CT_API AveragedModelBase : public nn::Module {
 public:
  Tensor n_averaged;  ///< int64 (), how many updates there were

 protected:
  /// Errors: ValueError for a decay out of range.
  explicit AveragedModelBase(const AveragingOptions& options);
  /// Reads n_averaged from its device, and so waits, only where somebody else has changed it.
  void update(nn::Module& averaged, const nn::Module& current);

 private:
  AveragingOptions options_;
  int64_t count_ = 0;
  uint32_t seen_ = 0;
};

/// A copy of a model whose weights are the average of those that it was given. The first update
/// copies them. Names of its state: "module.…" and "n_averaged", as PyTorch's. Batch statistics are
/// those of the newest model: with batch normalisation run a few training batches through it at
/// the end, unrecorded, before eval().
/// Errors: ValueError for a decay out of range
/// Source: arXiv:1803.05407, torch.optim.swa_utils.AveragedModel
template <std::derived_from<nn::Module> M>
class AveragedModel : public AveragedModelBase {
 public:
  M module;

  explicit AveragedModel(const M& model, const AveragingOptions& options = {})
      : AveragedModelBase(options), module(nn::copy(model)) {}

  void members(nn::Members& m) override {
    m.buffer("n_averaged", n_averaged);
    m("module", module);
  }
  Tensor forward(const Tensor& x) override { return module(x); }

  /// Errors: ValueError or ShapeError for a model of other tensors
  void update_parameters(const M& model) { update(module, model); }
};

}  // namespace ct::optim
