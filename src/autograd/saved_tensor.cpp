// Saving and getting back: which handle may be kept without keeping the node itself alive, and what
// is said of a tensor that was changed in between.
#include "autograd/saved_tensor.hpp"

#include <fmt/format.h>

#include "customtensor/error.hpp"

namespace ct::autograd {

uint64_t& SavedTensor::made() {
  static thread_local constinit uint64_t count = 0;
  return count;
}

SavedTensor::SavedTensor(const Tensor& input, int index)
    : tensor_(input), index_(static_cast<int16_t>(index)) {
  ++made();
  if (!input.defined()) return;
  const TensorImpl& t = detail::impl(input);
  version_ = t.version();
  if (save_scope != nullptr) {
    bool keep = true;
    slot_ = save_scope->save(input, keep);
    if (!keep) tensor_ = Tensor();
  }
  if (!tensor_.defined()) return;
  mark_ = SavedMark(t.storage);
  if (!t.base.defined() || t.unrecorded_view) return;
  // A view holds its base, whose history may come to hold the node that saves this: keep the
  // elements and the history alone. The history of a leaf that requires grad never changes.
  const TensorImpl& base = detail::impl(t.base);
  if (base.requires_grad && node_of(t.base)->is_leaf()) return;
  tensor_ = detail::make_view(input, t.shape, t.strides, t.offset);
  Node* node = node_of(input);  // first: an outdated view gets its history here
  if (t.requires_grad) set_history(tensor_, node, t.output_nr);
}

SavedTensor SavedTensor::output(const Tensor& output, int index) {
  const TensorImpl& o = detail::impl(output);
  SavedTensor saved(detail::make_view(output, o.shape, o.strides, o.offset), index);
  saved.is_output_ = true;
  return saved;
}

Tensor SavedTensor::get() const {
  if (!defined()) return {};
  Node* node = current_node();
  Tensor kept = slot_ ? slot_->get() : tensor_;
  const TensorImpl& t = detail::impl(kept);
  if (!slot_ && t.version() != version_) {
    throw AutogradError(fmt::format(
        "{}: {} {}, saved for backward, was modified in place (saved version {}, now {}); "
        "modify a clone() instead, or change it after backward",
        node != nullptr ? node->name() : "backward", is_output_ ? "output" : "input", index_,
        version_, t.version()));
  }
  if (!is_output_ || !grad_enabled() || node == nullptr) return kept;
  Tensor restored = detail::make_view(kept, t.shape, t.strides, t.offset);
  set_history(restored, node, static_cast<uint32_t>(index_));
  return restored;
}

}  // namespace ct::autograd
