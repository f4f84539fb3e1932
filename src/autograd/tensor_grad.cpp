// Tensor's methods about gradients.
#include <fmt/format.h>

#include <algorithm>

#include "autograd/ops_needed.hpp"
#include "autograd/record.hpp"
#include "customtensor/autograd_functional.hpp"
#include "customtensor/error.hpp"

namespace ct {

using autograd::Accumulator;
using autograd::node_of;
using autograd::recomputing;

namespace {
TensorImpl& checked(const Tensor& t, const char* op) {
  detail::check_defined(t, op, "self");
  if (detail::impl(t).outdated()) autograd::refresh_view(t);
  return detail::impl(t);
}
Accumulator* accumulator(const Tensor& t) {
  autograd::Node* node = node_of(t);
  return node != nullptr && node->is_leaf() ? static_cast<Accumulator*>(node) : nullptr;
}
}  // namespace

bool Tensor::requires_grad() const { return checked(*this, "requires_grad").requires_grad; }

bool Tensor::is_leaf() const {
  const TensorImpl& i = checked(*this, "is_leaf");
  return !i.requires_grad || node_of(*this)->is_leaf();
}

Tensor& Tensor::requires_grad_(bool value) {
  TensorImpl& i = checked(*this, "requires_grad_");
  if (value == i.requires_grad) return *this;
  if (value) {
    if (!is_differentiable(i.dtype)) {
      throw DTypeError(fmt::format("requires_grad_: only floating tensors have gradients: {} is {}",
                                   ct::to_string(i.shape), name(i.dtype)));
    }
    i.grad_fn = GradNodeRef(new Accumulator);
    i.grad_fn->owner = &i;
    i.output_nr = 0;
    if (!recomputing()) i.storage->mark(MemoryKind::parameters);
  } else {
    if (!is_leaf()) {
      throw AutogradError(fmt::format(
          "requires_grad_: cannot switch off on the result of '{}'; use detach()", grad_fn_name()));
    }
    i.grad_fn = GradNodeRef();
  }
  i.requires_grad = value;
  if (!i.base.defined()) ++i.history;  // views made before follow
  return *this;
}

Tensor Tensor::grad() const {
  const TensorImpl& i = checked(*this, "grad");
  if (!i.requires_grad) return {};
  if (const Accumulator* leaf = accumulator(*this)) return leaf->grad;
  if (const autograd::NodeExtras* extras = node_of(*this)->extras_if_any()) {
    for (const auto& [nr, kept] : extras->retained) {
      if (nr == i.output_nr) return kept;
    }
  }
  return {};
}

void Tensor::set_grad(const Tensor& grad) {
  const TensorImpl& i = checked(*this, "set_grad");
  if (grad.defined() && grad.shape() != i.shape) {
    throw ShapeError(fmt::format("set_grad: the gradient has shape {}: the tensor has {}",
                                 ct::to_string(grad.shape()), ct::to_string(i.shape)));
  }
  if (!i.requires_grad) {
    if (!grad.defined()) return;
    throw AutogradError(
        fmt::format("set_grad: the tensor {} does not require grad; call requires_grad_() first",
                    ct::to_string(i.shape)));
  }
  if (Accumulator* leaf = accumulator(*this)) {
    leaf->grad = grad;
    if (grad.defined()) detail::impl(grad).storage->mark(MemoryKind::gradients);
    return;
  }
  retain_grad();
  for (auto& [nr, kept] : node_of(*this)->extras().retained) {
    if (nr == i.output_nr) kept = grad;
  }
}

void Tensor::retain_grad() {
  const TensorImpl& i = checked(*this, "retain_grad");
  if (!i.requires_grad) {
    throw AutogradError("retain_grad: the tensor does not require grad; no gradient will reach it");
  }
  if (is_leaf()) return;
  auto& retained = node_of(*this)->extras().retained;
  for (const auto& [nr, kept] : retained) {
    if (nr == i.output_nr) return;
  }
  retained.emplace_back(i.output_nr, Tensor());
}

void autograd::move_retained(const TensorImpl& tensor, Node* node, uint32_t nr) {
  auto* before = static_cast<Node*>(tensor.grad_fn.get());
  NodeExtras* extras = before->extras_if_any();
  if (before == node || extras == nullptr) return;
  const auto mine = std::find_if(extras->retained.begin(), extras->retained.end(),
                                 [&](const auto& kept) { return kept.first == tensor.output_nr; });
  if (mine == extras->retained.end()) return;
  Tensor kept = std::move(mine->second);
  extras->retained.erase(mine);
  if (node != nullptr) node->extras().retained.emplace_back(nr, std::move(kept));
}

void Tensor::backward() const { ct::backward({*this}); }

void Tensor::backward(const Tensor& gradient, bool retain_graph, bool create_graph) const {
  ct::backward(
      {*this},
      {.gradients = {gradient}, .retain_graph = retain_graph, .create_graph = create_graph});
}

Tensor Tensor::detach() const {
  const TensorImpl& i = checked(*this, "detach");
  return detail::make_view(*this, i.shape, i.strides, i.offset);
}

uint64_t Tensor::register_hook(std::function<Tensor(const Tensor&)> hook) const {
  const TensorImpl& i = checked(*this, "register_hook");
  if (!i.requires_grad) {
    throw AutogradError(
        fmt::format("register_hook: the tensor {} does not require grad: no gradient will reach it",
                    ct::to_string(i.shape)));
  }
  autograd::NodeExtras& extras = node_of(*this)->extras();
  extras.hooks.add(++extras.last_id, {i.output_nr, std::move(hook)});
  return extras.last_id;
}

uint64_t Tensor::register_post_accumulate_grad_hook(std::function<void(const Tensor&)> hook) const {
  const TensorImpl& i = checked(*this, "register_post_accumulate_grad_hook");
  if (!i.requires_grad || !is_leaf()) {
    throw AutogradError(
        fmt::format("register_post_accumulate_grad_hook: the tensor {} is no leaf that requires "
                    "grad: no gradient is accumulated in it; use register_hook()",
                    ct::to_string(i.shape)));
  }
  autograd::NodeExtras& extras = node_of(*this)->extras();
  extras.post_hooks.add(++extras.last_id, std::move(hook));
  return extras.last_id;
}

void Tensor::remove_hook(uint64_t id) const {
  if (!checked(*this, "remove_hook").requires_grad) return;
  autograd::NodeExtras* extras = node_of(*this)->extras_if_any();
  if (extras == nullptr) return;
  extras->hooks.remove(id);
  extras->post_hooks.remove(id);
}

std::string Tensor::grad_fn_name() const {
  return is_leaf() ? std::string() : std::string(node_of(*this)->name());
}

}  // namespace ct
