// Module: a network or a part of one. A module is a value: its tensors and children are plain
// members, named to a visitor in members(), and no pointer to a member is ever kept, so modules
// copy and move. A copy shares its tensors with the original, as a copied Tensor does; nn::copy
// makes an independent one.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "customtensor/device.hpp"
#include "customtensor/dtype.hpp"
#include "customtensor/export.hpp"
#include "customtensor/nn/hooks.hpp"
#include "customtensor/nn/members.hpp"
#include "customtensor/state_dict.hpp"
#include "customtensor/tensor.hpp"

namespace ct::nn {

using NamedTensor = std::pair<std::string, Tensor>;

///   struct Scale : ct::nn::Module {
///     ct::Tensor factor = ct::ones({1}, {.requires_grad = true});
///     void members(ct::nn::Members& m) override { m("factor", factor); }
///     ct::Tensor forward(const ct::Tensor& x) override { return x * factor; }
///   };
/// Not thread-safe: one thread at a time uses a module.
class CT_API Module {
 public:
  virtual ~Module();

  /// Names every parameter, buffer and child. Must do nothing else, and name the same members each
  /// time.
  virtual void members(Members& m);
  /// Errors, unless overridden: ValueError (a module of other arguments has an operator() of its
  /// own).
  virtual Tensor forward(const Tensor& x);
  /// forward(x), between the hooks if there are any.
  Tensor operator()(const Tensor& x) { return hooks_.any() ? call_hooked(x) : forward(x); }

  /// Hooks run at every call of operator()(x), in the order in which they came; a defined tensor
  /// that one returns goes on in place of what it was given. They may add and remove hooks,
  /// themselves too, from the next call on. A copy of a module has hooks of its
  /// own, which the original's handles do not remove; a module that is moved keeps its hooks and
  /// handles.
  HookHandle register_forward_pre_hook(ForwardPreHook hook) { return hooks_.add(std::move(hook)); }
  HookHandle register_forward_hook(ForwardHook hook) { return hooks_.add(std::move(hook)); }
  /// Runs in backward, when the gradient of the module's input is known (or, if that needs none, of
  /// its output): with (input's gradient or undefined, output's gradient). What it returns replaces
  /// the input's.
  HookHandle register_full_backward_hook(BackwardHook hook) { return hooks_.add(std::move(hook)); }

  /// Parameters of this module and all below it, in the order of members(); one that is named twice
  /// (shared weights) stands once.
  Tensors parameters() const;
  /// Likewise, with names: "conv1.weight".
  std::vector<NamedTensor> named_parameters() const;
  Tensors buffers() const;
  std::vector<NamedTensor> named_buffers() const;
  /// This module and all below it, parents first. The pointers are good until a module is moved or
  /// ends.
  std::vector<Module*> modules();
  std::vector<std::pair<std::string, Module*>> named_modules();

  /// Training or inference, for this module and all below: what dropout and batch normalisation
  /// heed. A new module trains.
  void train(bool on = true);
  void eval() { train(false); }
  bool is_training() const { return training_; }

  /// Clears the gradients of all parameters.
  void zero_grad();
  /// Freezes or unfreezes all parameters.
  void requires_grad_(bool on = true);

  /// Moves parameters, gradients and buffers. Tensors keep their identity: other handles to them,
  /// and optimizers made from them, go on working.
  void to(Device device);
  /// Converts the floating parameters and buffers; identity as above.
  /// Errors: DTypeError unless `dtype` is floating.
  void to(DType dtype);
  /// Where the first parameter or buffer is; the default device if there is none.
  Device device() const;

  /// All parameters and buffers by name, detached, sharing memory with the module.
  StateDict state_dict() const;
  /// Copies values in, converting dtype and device.
  /// Errors: ValueError listing every missing, unexpected and mis-shaped name; then nothing was
  /// changed
  void load_state_dict(const StateDict& state);

 protected:
  Module() = default;
  // Protected, so that a module is not cut down to its base by accident.
  Module(const Module&) = default;
  Module(Module&&) = default;
  Module& operator=(const Module&) = default;
  Module& operator=(Module&&) = default;

 private:
  Tensor call_hooked(const Tensor& x);

  Hooks hooks_;
  bool training_ = true;
};

namespace detail {
/// Replaces each tensor of `module` by a copy of its own; tensors that are shared stay shared.
CT_API void unshare(Module& module);
}  // namespace detail

/// A copy with parameters and buffers of its own: nn::copy(model).
template <std::derived_from<Module> M>
M copy(const M& module) {
  M result(module);
  detail::unshare(result);
  return result;
}

}  // namespace ct::nn
