// Autocast: for the length of a scope ops choose the type that they work in, by a table
// (docs/mixed_precision.md): products and convolutions in float16 or bfloat16, what adds up or has
// a steep slope in float32. Parameters stay float32, and so do their gradients.
#pragma once

#include <memory>

#include "customtensor/dtype.hpp"
#include "customtensor/export.hpp"

namespace ct {

namespace detail {
class AutocastCache;
}

///   ct::Tensor loss;
///   {
///     const ct::AutocastGuard autocast(ct::bfloat16);
///     loss = ct::cross_entropy(model(images), labels);
///   }
///   loss.backward();
///
/// Holds for the calling thread, on every device, and nests: a guard inside may take another type
/// or, with `enabled` = false, none. Ops written inside see what they are given as it is. A
/// backward runs its ops in the types that forward ran in, wherever it is called. float64 tensors
/// and changes in place are left alone.
///
/// Each parameter (a float32 leaf that requires grad) is converted once and kept until the
/// outermost guard ends, unless it changes or `cache_enabled` is false. Guards end in the reverse
/// order of their beginnings, on the thread that made them.
///
/// A device that is slower in that type than in float32 says so once on standard error.
/// Errors: DTypeError unless dtype is float16 or bfloat16
/// Source: torch.autocast; Micikevicius et al., "Mixed precision training", arXiv:1710.03740
class CT_API AutocastGuard {
 public:
  explicit AutocastGuard(DType dtype, bool enabled = true, bool cache_enabled = true);
  ~AutocastGuard();
  AutocastGuard(const AutocastGuard&) = delete;
  AutocastGuard& operator=(const AutocastGuard&) = delete;

 private:
  DType dtype_;
  bool enabled_, cache_enabled_;                  // as they were before
  std::unique_ptr<detail::AutocastCache> cache_;  // of the outermost
};

/// Whether the calling thread is in the scope of a guard that is not off.
CT_API bool autocast_enabled();
/// The type of the innermost guard; float16 before the first.
CT_API DType autocast_dtype();

}  // namespace ct
