// Hooks: kept in lists that handles refer to weakly. A backward hook stands on two boundaries,
// nodes around the module that do nothing: one sees the output's gradient, the other the input's.
#include "customtensor/nn/hooks.hpp"

#include "customtensor/autograd.hpp"
#include "customtensor/nn/module.hpp"

namespace ct::nn {

namespace {

/// x itself, as a result with a gradient of its own to hook.
struct Boundary : autograd::Function<Boundary> {
  static Tensor forward(autograd::Context& /*context*/, const Tensor& x) { return x; }
  static Tensors backward(autograd::Context& /*context*/, const Tensor& g) { return {g}; }
};

template <class F>
HookHandle add_to(std::shared_ptr<detail::HookLists>& lists,
                  ct::detail::HookList<F> detail::HookLists::*list, F hook) {
  if (!lists) lists = std::make_shared<detail::HookLists>();
  const uint64_t id = lists->next++;
  ((*lists).*list).add(id, std::move(hook));
  return {lists, id};
}

Tensor run_backward(const ct::detail::HookList<BackwardHook>& hooks, Tensor gradient,
                    const Tensor& upstream) {
  hooks.for_each([&](const BackwardHook& hook) {
    const Tensor replaced = hook(gradient, upstream);
    if (replaced.defined()) gradient = replaced;
  });
  return gradient;
}

}  // namespace

void HookHandle::remove() {
  const auto lists = lists_.lock();
  if (!lists) return;
  lists->before.remove(id_);
  lists->after.remove(id_);
  lists->backward.remove(id_);
}

HookHandle Hooks::add(ForwardPreHook hook) {
  return add_to(lists_, &detail::HookLists::before, std::move(hook));
}
HookHandle Hooks::add(ForwardHook hook) {
  return add_to(lists_, &detail::HookLists::after, std::move(hook));
}
HookHandle Hooks::add(BackwardHook hook) {
  return add_to(lists_, &detail::HookLists::backward, std::move(hook));
}

Tensor Hooks::run_before(Module& module, const Tensor& x) const {
  Tensor input = x;
  lists_->before.for_each([&](const ForwardPreHook& hook) {
    const Tensor replaced = hook(module, input);
    if (replaced.defined()) input = replaced;
  });
  return input;
}

Tensor Hooks::run_after(Module& module, const Tensor& x, Tensor output) const {
  lists_->after.for_each([&](const ForwardHook& hook) {
    const Tensor replaced = hook(module, x, output);
    if (replaced.defined()) output = replaced;
  });
  return output;
}

Tensor Hooks::watched(const std::function<Tensor(const Tensor&)>& forward, const Tensor& x) const {
  if (lists_->backward.empty() || !grad_enabled()) return forward(x);
  // The output's gradient waits here until the input's is known: backward meets the output first.
  const auto upstream = std::make_shared<Tensor>();
  const auto hooks = std::make_shared<ct::detail::HookList<BackwardHook>>(lists_->backward);
  const bool through = x.requires_grad();
  const Tensor input = through ? Boundary::apply(x) : x;
  if (through) {
    input.register_hook([hooks, upstream](const Tensor& g) {
      return run_backward(*hooks, g, std::exchange(*upstream, Tensor()));
    });
  }
  Tensor output = forward(input);
  if (!output.requires_grad()) return output;
  Tensor result = Boundary::apply(output);
  result.register_hook([hooks, upstream, through](const Tensor& g) {
    if (through) {
      *upstream = g;
    } else {
      run_backward(*hooks, Tensor(), g);
    }
    return Tensor();
  });
  return result;
}

}  // namespace ct::nn
