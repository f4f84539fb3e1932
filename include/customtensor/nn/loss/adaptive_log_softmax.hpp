// AdaptiveLogSoftmaxWithLoss: classes in clusters by how frequent they are, so that a rare class
// costs only those samples that are near it.
#pragma once

#include <cstdint>
#include <vector>

#include "customtensor/nn/container/sequential.hpp"
#include "customtensor/nn/linear.hpp"
#include "customtensor/nn/module.hpp"

namespace ct::nn {

struct AdaptiveLogSoftmaxOptions {
  double div_value = 4.0;  ///< how much narrower each further cluster's projection is, > 0
  bool head_bias = false;
};

/// What a call gives.
struct AdaptiveLogSoftmaxOutput {
  Tensor output;  ///< log of the probability of each sample's target
  Tensor loss;    ///< -mean(output)
};

/// The logarithm of a softmax over many classes, sorted by falling frequency. Classes below
/// cutoffs[0] have scores of their own in the head, which also has one for each cluster i of
/// classes from cutoffs[i] up to the next cutoff (or n_classes):
///   log p(y) = log_softmax(head(x))[y]                                      y below cutoffs[0]
///   log p(y) = log_softmax(head(x))[cutoffs[0] + i] + log_softmax(tail[i](x))[y - cutoffs[i]]
/// tail[i] maps in -> floor(in / div_value^(i + 1)) -> size of the cluster, without biases, and is
/// only computed for the samples whose target is in it: for that a call waits for the targets.
///
/// Shapes: x (n, in), targets (n) int64 -> output (n), loss (); or x (in) and targets ()
/// Names:  "head.weight", "head.bias", "tail.0.0.weight", "tail.0.1.weight", …
/// Init:   that of Linear
/// Errors: ValueError for cutoffs that do not ascend within 1 … n_classes - 1, or are none, for
///         sizes below 1, a div_value that is not positive, or one that leaves a cluster without
///         features; at a call ShapeError, DTypeError, DeviceError, and IndexError for a target out
///         of range
/// Source: arXiv:1609.04309, torch.nn.AdaptiveLogSoftmaxWithLoss
class CT_API AdaptiveLogSoftmaxWithLoss : public Module {
 public:
  AdaptiveLogSoftmaxWithLoss(int64_t in_features, int64_t n_classes, std::vector<int64_t> cutoffs,
                             const AdaptiveLogSoftmaxOptions& options = {});
  /// In PyTorch's order.
  AdaptiveLogSoftmaxWithLoss(int64_t in_features, int64_t n_classes, std::vector<int64_t> cutoffs,
                             double div_value, bool head_bias = false);

  void members(Members& m) override;
  AdaptiveLogSoftmaxOutput operator()(const Tensor& x, const Tensor& targets);
  /// Of all classes: x (n, in) -> (n, n_classes). Errors: ShapeError
  Tensor log_prob(const Tensor& x);
  /// The likeliest class: x (n, in) -> (n) int64. Clusters are only computed for the samples whose
  /// head names one, for which a call waits. Not recorded. Errors: ShapeError
  Tensor predict(const Tensor& x);

  Linear head;
  std::vector<Sequential> tail;

 private:
  int64_t shortlist() const { return cutoffs_.front(); }
  /// The cluster that `target` is in, from 0; -1: the head's own.
  int64_t cluster_of(int64_t target) const;
  void check_rows(const char* call, const Tensor& x) const;
  /// Logarithms of the probabilities of all classes, given the head's.
  Tensor full(const Tensor& x, const Tensor& head_log_prob);
  Tensor target_log_prob(const Tensor& x, const Tensor& targets);

  std::vector<int64_t> cutoffs_;  // n_classes last
};

}  // namespace ct::nn
