// Targets that name classes: their shape, and their values as far as the host can see them.
#pragma once

#include <optional>

#include "core/view/index_check.hpp"
#include "customtensor/tensor.hpp"

namespace ct::ops {

/// The axis of the classes: 1, or 0 of a single sample (classes).
inline int class_axis(const Tensor& logits) { return logits.dim() == 1 ? 0 : 1; }

/// Errors: ShapeError, DTypeError, DeviceError naming `op` unless logits are floating (n, classes,
/// …) or (classes), and targets int64 of the same shape without the classes.
void check_targets(const char* op, const Tensor& logits, const Tensor& targets);

/// What is known of targets.
struct TargetFacts {
  std::optional<double> counted;    ///< rows that count, if the host sees them without waiting
  std::optional<IndexCheck> check;  ///< left to the device, since the host cannot see them

  const IndexCheck* unseen() const { return check ? &*check : nullptr; }
};

/// Checks targets, or says what the device is to check. Errors: IndexError
TargetFacts check_classes(const char* op, const Tensor& targets, int64_t classes,
                          std::optional<int64_t> ignore);

/// The weights (classes) that a loss was given, or ones; detached, in the compute type of `like`.
/// Errors: ShapeError, DeviceError
Tensor class_weights(const char* op, const Tensor& weight, const Tensor& like, int64_t classes);

}  // namespace ct::ops
