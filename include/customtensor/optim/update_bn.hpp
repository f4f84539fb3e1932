// update_bn: the statistics of batch normalisation, found anew for weights that were averaged and
// so never saw a batch.
//
//   update_bn(loader, average);
#pragma once

#include <concepts>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "customtensor/autograd.hpp"
#include "customtensor/device.hpp"
#include "customtensor/export.hpp"
#include "customtensor/nn/module.hpp"
#include "customtensor/nn/norm/batch_norm.hpp"

namespace ct::detail {

/// While it lives, the model trains and its batch normalisations average plainly, from nothing;
/// then all have the settings that they had.
class CT_API StatisticsAnew {
 public:
  explicit StatisticsAnew(nn::Module& model);
  ~StatisticsAnew();
  StatisticsAnew(const StatisticsAnew&) = delete;
  StatisticsAnew& operator=(const StatisticsAnew&) = delete;

  /// Whether there is batch normalisation at all.
  bool any() const { return !norms_.empty(); }

 private:
  std::vector<std::pair<nn::BatchNorm*, std::optional<double>>> norms_;
  std::vector<std::pair<nn::Module*, bool>> modes_;
};

/// What a model is given of a batch: the batch, its `images`, or the first of several.
template <class B>
const Tensor& input_of(const B& batch) {
  if constexpr (std::convertible_to<const B&, const Tensor&>) {
    return batch;
  } else if constexpr (requires { batch.images; }) {
    return batch.images;
  } else {
    return *std::begin(batch);
  }
}

}  // namespace ct::detail

namespace ct::optim {

/// Runs `model` once on all batches, training but unrecorded, and sets the running mean and
/// variance of every batch normalisation in it to the plain average of those of the batches.
/// Nothing else changes but what a module does itself while it trains; modes and momenta are what
/// they were. A model without batch normalisation is not run.
///
/// batches: a range, as a data::DataLoader, of tensors, of data::Batch or of lists of tensors,
///          whose first is the input. With `device`, inputs are moved there.
/// Errors:  those of the range and the model; then the statistics are of the batches before it
/// Source:  torch.optim.swa_utils.update_bn
template <class Batches>
requires requires(Batches& batches) { std::begin(batches) != std::end(batches); }
void update_bn(Batches&& batches, nn::Module& model, std::optional<Device> device = std::nullopt) {
  const ct::detail::StatisticsAnew anew(model);
  if (!anew.any()) return;
  const NoGradGuard off;
  for (auto&& batch : batches) {
    const Tensor& x = ct::detail::input_of(batch);
    model(device ? x.to(*device) : x);
  }
}

}  // namespace ct::optim
