// Averages of weights: one program for all tensors of a model.
#include "customtensor/optim/averaging.hpp"

#include <fmt/format.h>

#include <vector>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/pointwise_each.hpp"

namespace ct::optim {
namespace {

const ProgramPtr& lerp_program() {
  static const ProgramPtr program = [] {
    PointwiseBuilder b("average", 2, 1);
    b.output(b.input(0) + b.scalar(0) * (b.input(1) - b.input(0)));
    return b.build();
  }();
  return program;
}

}  // namespace

void average_(std::span<const Tensor> averaged, std::span<const Tensor> current, double weight) {
  if (averaged.size() != current.size()) {
    throw ValueError(fmt::format("average_: {} tensors are averaged and {} were given",
                                 averaged.size(), current.size()));
  }
  if (!(weight >= 0 && weight <= 1)) {
    throw ValueError(fmt::format("average_: weight must be in [0, 1]: {}", weight));
  }
  for (size_t i = 0; i < averaged.size(); ++i) {
    if (averaged[i].shape() == current[i].shape()) continue;
    throw ShapeError(fmt::format("average_: tensor {} has shape {}, that given {}", i,
                                 to_string(averaged[i].shape()), to_string(current[i].shape())));
  }
  const NoGradGuard off;
  Tensors inputs;
  std::vector<size_t> mixed;
  for (size_t i = 0; i < averaged.size(); ++i) {
    if (weight == 1 || !is_floating(averaged[i].dtype())) {
      Tensor(averaged[i]).copy_(current[i]);
      continue;
    }
    inputs.push_back(averaged[i]);
    inputs.push_back(current[i].to(averaged[i].device()));
    mixed.push_back(i);
  }
  std::vector<PointwiseLists> calls;
  for (size_t k = 0; k < mixed.size(); ++k) {
    calls.push_back({averaged.subspan(mixed[k], 1), std::span(inputs).subspan(2 * k, 2)});
  }
  const Scalar scalar = weight;
  pointwise_each_(lerp_program(), calls, std::span(&scalar, 1));
}

AveragedModelBase::AveragedModelBase(const AveragingOptions& options)
    : n_averaged(zeros({}, {.dtype = int64})), options_(options), seen_(n_averaged.version()) {
  if (options.decay && !(*options.decay >= 0 && *options.decay <= 1)) {
    throw ValueError(fmt::format("AveragedModel: decay must be in [0, 1]: {}", *options.decay));
  }
}

void AveragedModelBase::update(nn::Module& averaged, const nn::Module& current) {
  if (n_averaged.version() != seen_) count_ = n_averaged.item<int64_t>();
  const double later =
      options_.decay ? 1.0 - *options_.decay : 1.0 / static_cast<double>(count_ + 1);
  const double weight = count_ == 0 ? 1.0 : later;
  average_(averaged.parameters(), current.parameters(), weight);
  average_(averaged.buffers(), current.buffers(), options_.use_buffers ? weight : 1.0);
  const NoGradGuard off;
  n_averaged.add_(1);
  ++count_;
  seen_ = n_averaged.version();
}

}  // namespace ct::optim
