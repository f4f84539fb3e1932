// Hooks: what a user wants called before, after, or in the backward of a module. Module offers the
// registering; this is where they are kept.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "customtensor/export.hpp"
#include "customtensor/hook_list.hpp"
#include "customtensor/tensor.hpp"

namespace ct::nn {

class Module;

/// (module, input) -> another input, or an undefined tensor.
using ForwardPreHook = std::function<Tensor(Module&, const Tensor&)>;
/// (module, input, output) -> another output, or an undefined tensor.
using ForwardHook = std::function<Tensor(Module&, const Tensor&, const Tensor&)>;
/// (gradient of the input, gradient of the output) -> another gradient of the input, or an
/// undefined tensor. It gets no module: that may have been moved, or be gone, when backward runs.
using BackwardHook = std::function<Tensor(const Tensor&, const Tensor&)>;

namespace detail {
/// The hooks of one module.
struct HookLists {
  ct::detail::HookList<ForwardPreHook> before;
  ct::detail::HookList<ForwardHook> after;
  ct::detail::HookList<BackwardHook> backward;
  uint64_t next = 1;

  bool empty() const { return before.empty() && after.empty() && backward.empty(); }
};
}  // namespace detail

/// Takes a hook away again. Outliving the module, or removing twice, does no harm.
class CT_API HookHandle {
 public:
  HookHandle() = default;
  HookHandle(std::weak_ptr<detail::HookLists> lists, uint64_t id)
      : lists_(std::move(lists)), id_(id) {}
  void remove();

 private:
  std::weak_ptr<detail::HookLists> lists_;
  uint64_t id_ = 0;
};

/// A module's hooks as a value: a copy is independent, a moved-from one is empty.
class CT_API Hooks {
 public:
  Hooks() = default;
  Hooks(const Hooks& other)
      : lists_(other.lists_ ? std::make_shared<detail::HookLists>(*other.lists_) : nullptr) {}
  Hooks(Hooks&&) noexcept = default;
  Hooks& operator=(const Hooks& other) {
    *this = Hooks(other);
    return *this;
  }
  Hooks& operator=(Hooks&&) noexcept = default;
  ~Hooks() = default;

  bool any() const { return lists_ != nullptr && !lists_->empty(); }
  HookHandle add(ForwardPreHook hook);
  HookHandle add(ForwardHook hook);
  HookHandle add(BackwardHook hook);

  /// Each hook on `x` in turn; the last result that was defined, or `x`.
  Tensor run_before(Module& module, const Tensor& x) const;
  Tensor run_after(Module& module, const Tensor& x, Tensor output) const;
  /// Calls forward(x) so that the backward hooks will run.
  Tensor watched(const std::function<Tensor(const Tensor&)>& forward, const Tensor& x) const;

 private:
  std::shared_ptr<detail::HookLists> lists_;
};

}  // namespace ct::nn
