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
  if (!tensor_.defined()) return;
  version_ = detail::impl(input).version();
  if (save_scope != nullptr) {
    bool keep = true;
    slot_ = save_scope->save(input, keep);
    if (!keep) tensor_ = Tensor();
  }
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
  const Tensor kept = slot_ ? slot_->get() : tensor_;
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
