// Checkpoints: while a checkpointed function runs, nodes keep numbered slots instead of tensors.
// The first slot that a backward asks for runs the function again, in which the n-th tensor that is
// saved fills slot n. The graph itself is the one of the first run: gradients, their sums' order
// and second derivatives are those of the plain function.
#pragma once

#include <memory>

#include "core/memory/storage.hpp"
#include "core/tensor/grad_node.hpp"
#include "customtensor/tensor.hpp"

namespace ct::autograd {

class Segment;

/// The place of one saved tensor.
struct SavedSlot : detail::RefCounted {
  detail::Ref<Segment> segment;
  size_t number = 0;
  Tensor value;  ///< once recomputed; outside of any graph
  SavedMark mark;
  Shape shape;
  DType dtype = DType::float32;
  GradNodeRef grad_fn;  ///< the tensor's history, for backwards that are recorded
  uint32_t output_nr = 0;

  ~SavedSlot();
  static void dispose(SavedSlot* slot) { delete slot; }
  /// The tensor; runs the function again if it is not there yet.
  Tensor get();
};
using SavedSlotRef = detail::Ref<SavedSlot>;

class SaveScope;
// initial-exec: every recorded op asks, and finds null.
extern thread_local constinit SaveScope* save_scope __attribute__((tls_model("initial-exec")));

/// What becomes of tensors saved on this thread while it lives.
class SaveScope {
 public:
  SaveScope() : outer_(save_scope) { save_scope = this; }
  virtual ~SaveScope() { save_scope = outer_; }
  SaveScope(const SaveScope&) = delete;
  SaveScope& operator=(const SaveScope&) = delete;
  /// Called for each tensor to save. If `keep` comes back false, the slot (which may be null)
  /// stands for it.
  virtual SavedSlotRef save(const Tensor& tensor, bool& keep) = 0;

 private:
  SaveScope* outer_;
};

}  // namespace ct::autograd
