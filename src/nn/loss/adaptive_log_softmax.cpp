// Samples are sorted into clusters on the host, by their targets, once a call; the device then sees
// one gather a cluster, a fused log-softmax-and-pick (cross_entropy), and one addition of all
// clusters' terms to the head's.
#include "customtensor/nn/loss/adaptive_log_softmax.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/indexing.hpp"
#include "customtensor/ops/loss.hpp"
#include "customtensor/ops/reduce.hpp"
#include "customtensor/ops/shape.hpp"

namespace ct::nn {

namespace {

constexpr const char* kName = "AdaptiveLogSoftmaxWithLoss";

/// Checks what a layer is made of, before any of it is; the head.
Linear checked_head(int64_t in, int64_t classes, const std::vector<int64_t>& cutoffs,
                    const AdaptiveLogSoftmaxOptions& options) {
  const bool ascend =
      std::adjacent_find(cutoffs.begin(), cutoffs.end(), std::greater_equal<>()) == cutoffs.end();
  if (cutoffs.empty() || !ascend || cutoffs.front() < 1 || cutoffs.back() >= classes) {
    throw ValueError(fmt::format(
        "{}: cutoffs must ascend within 1 ... n_classes - 1, and be one at least: ({}), n_classes "
        "{}",
        kName, fmt::join(cutoffs, ", "), classes));
  }
  const auto clusters = static_cast<int64_t>(cutoffs.size());
  const double least = static_cast<double>(in) / std::pow(options.div_value, clusters);
  if (in < 1 || !(options.div_value > 0) || !(least >= 1)) {
    throw ValueError(fmt::format(
        "{}: in_features / div_value^clusters must be 1 at least, and div_value above 0: "
        "in_features {}, div_value {}, clusters {}",
        kName, in, options.div_value, clusters));
  }
  return {in, cutoffs.front() + clusters, {.bias = options.head_bias}};
}

Tensor on(const std::vector<int64_t>& numbers, Device device) {
  return tensor(std::span<const int64_t>(numbers), {.device = device});
}

/// log_softmax(scores)[i, classes[i]]
Tensor picked(const Tensor& scores, const Tensor& classes) {
  return -cross_entropy(scores, classes, {.reduction = Reduction::none});
}

bool has_values(const Tensor& t) { return t.device() != Device("meta"); }

}  // namespace

AdaptiveLogSoftmaxWithLoss::AdaptiveLogSoftmaxWithLoss(int64_t in_features, int64_t n_classes,
                                                       std::vector<int64_t> cutoffs,
                                                       const AdaptiveLogSoftmaxOptions& options)
    : head(checked_head(in_features, n_classes, cutoffs, options)), cutoffs_(std::move(cutoffs)) {
  cutoffs_.push_back(n_classes);
  double divisor = 1.0;
  for (size_t i = 0; i + 1 < cutoffs_.size(); ++i) {
    divisor *= options.div_value;
    const auto hidden =
        static_cast<int64_t>(std::floor(static_cast<double>(in_features) / divisor));
    tail.push_back(Sequential{Linear(in_features, hidden, {.bias = false}),
                              Linear(hidden, cutoffs_[i + 1] - cutoffs_[i], {.bias = false})});
  }
}

AdaptiveLogSoftmaxWithLoss::AdaptiveLogSoftmaxWithLoss(int64_t in_features, int64_t n_classes,
                                                       std::vector<int64_t> cutoffs,
                                                       double div_value, bool head_bias)
    : AdaptiveLogSoftmaxWithLoss(
          in_features, n_classes, std::move(cutoffs),
          AdaptiveLogSoftmaxOptions{.div_value = div_value, .head_bias = head_bias}) {}

void AdaptiveLogSoftmaxWithLoss::members(Members& m) {
  m("head", head);
  m("tail", tail);
}

int64_t AdaptiveLogSoftmaxWithLoss::cluster_of(int64_t target) const {
  return std::upper_bound(cutoffs_.begin(), cutoffs_.end(), target) - cutoffs_.begin() - 1;
}

void AdaptiveLogSoftmaxWithLoss::check_rows(const char* call, const Tensor& x) const {
  const int64_t in = head.weight.size(1);
  if (x.dim() == 2 && x.size(1) == in) return;
  throw ShapeError(fmt::format("{}: x must be (n, {}): {}", call, in, to_string(x.shape())));
}

AdaptiveLogSoftmaxOutput AdaptiveLogSoftmaxWithLoss::operator()(const Tensor& x,
                                                                const Tensor& targets) {
  const int64_t in = head.weight.size(1);
  const bool batched = targets.dim() == 1 && x.dim() == 2 && x.size(0) == targets.size(0);
  const bool single = targets.dim() == 0 && x.dim() == 1;
  if (!(batched || single) || x.size(-1) != in) {
    throw ShapeError(fmt::format("{}: x must be (n, {}) and targets (n), or ({}) and (): {} and {}",
                                 kName, in, in, to_string(x.shape()), to_string(targets.shape())));
  }
  if (targets.dtype() != int64) {
    throw DTypeError(fmt::format("{}: targets must be int64: {}", kName, name(targets.dtype())));
  }
  if (targets.device() != x.device()) {
    throw DeviceError(fmt::format("{}: x is on {} and targets on {}; move one with .to(device)",
                                  kName, x.device().name(), targets.device().name()));
  }
  const Tensor output = single ? target_log_prob(x.unsqueeze(0), targets.unsqueeze(0)).squeeze(0)
                               : target_log_prob(x, targets);
  return {output, -output.mean()};
}

Tensor AdaptiveLogSoftmaxWithLoss::target_log_prob(const Tensor& x, const Tensor& targets) {
  if (!has_values(x)) {  // any target may be in any cluster
    return gather(log_prob(x), 1, targets.unsqueeze(1)).squeeze(1);
  }
  const auto classes = targets.to_vector<int64_t>();
  std::vector<int64_t> in_head(classes.size());
  std::vector<std::vector<int64_t>> rows(tail.size()), places(tail.size());
  for (size_t n = 0; n < classes.size(); ++n) {
    const int64_t target = classes[n], cluster = cluster_of(target);
    if (target < 0 || target >= cutoffs_.back()) {
      throw IndexError(fmt::format("{}: target {} is {}: it must be in [0, {}]", kName, n, target,
                                   cutoffs_.back() - 1));
    }
    in_head[n] = cluster < 0 ? target : shortlist() + cluster;
    if (cluster < 0) continue;
    rows[static_cast<size_t>(cluster)].push_back(static_cast<int64_t>(n));
    places[static_cast<size_t>(cluster)].push_back(target - cutoffs_[static_cast<size_t>(cluster)]);
  }
  Tensor output = picked(head(x), on(in_head, x.device()));
  Tensors terms;
  std::vector<int64_t> of;
  for (size_t i = 0; i < tail.size(); ++i) {
    if (rows[i].empty()) continue;
    const Tensor part = index_select(x, 0, on(rows[i], x.device()));
    terms.push_back(picked(tail[i](part), on(places[i], x.device())));
    of.insert(of.end(), rows[i].begin(), rows[i].end());
  }
  if (terms.empty()) return output;
  return index_add(output, 0, on(of, x.device()), cat(terms, 0));
}

Tensor AdaptiveLogSoftmaxWithLoss::full(const Tensor& x, const Tensor& head_log_prob) {
  Tensors parts = {head_log_prob.narrow(1, 0, shortlist())};
  for (size_t i = 0; i < tail.size(); ++i) {
    const Tensor cluster = head_log_prob.narrow(1, shortlist() + static_cast<int64_t>(i), 1);
    parts.push_back(log_softmax(tail[i](x), 1) + cluster);
  }
  return cat(parts, 1);
}

Tensor AdaptiveLogSoftmaxWithLoss::log_prob(const Tensor& x) {
  check_rows("AdaptiveLogSoftmaxWithLoss.log_prob", x);
  return full(x, log_softmax(head(x), 1));
}

Tensor AdaptiveLogSoftmaxWithLoss::predict(const Tensor& x) {
  check_rows("AdaptiveLogSoftmaxWithLoss.predict", x);
  const NoGradGuard off;
  const Tensor scores = head(x);
  Tensor best = argmax(scores, 1);
  if (!has_values(x)) return best;
  std::vector<int64_t> rows;
  const auto named = best.to_vector<int64_t>();
  for (size_t n = 0; n < named.size(); ++n) {
    if (named[n] >= shortlist()) rows.push_back(static_cast<int64_t>(n));
  }
  if (rows.empty()) return best;
  const Tensor index = on(rows, x.device());
  const Tensor part =
      full(index_select(x, 0, index), log_softmax(index_select(scores, 0, index), 1));
  return index_copy(best, 0, index, argmax(part, 1));
}

}  // namespace ct::nn
