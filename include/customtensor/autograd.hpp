// Reverse-mode automatic differentiation: what a user calls. The tape itself is src/autograd/.
//
// Each recorded op leaves a node that knows its inputs' nodes. backward() visits nodes from the
// newest to the oldest, so that every node has its whole gradient when it runs; sums are made in
// that order, always the same.
#pragma once

#include <any>
#include <concepts>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include "customtensor/export.hpp"
#include "customtensor/tensor.hpp"

namespace ct {

/// Whether the calling thread records ops.
CT_API bool grad_enabled();
CT_API void set_grad_enabled(bool enabled);

/// Records nothing while it lives: { NoGradGuard off; w -= 0.1 * w.grad(); }
class NoGradGuard {
 public:
  NoGradGuard() : previous_(grad_enabled()) { set_grad_enabled(false); }
  ~NoGradGuard() { set_grad_enabled(previous_); }
  NoGradGuard(const NoGradGuard&) = delete;
  NoGradGuard& operator=(const NoGradGuard&) = delete;

 private:
  bool previous_;
};

/// Records while it lives, also inside a NoGradGuard.
class EnableGradGuard {
 public:
  EnableGradGuard() : previous_(grad_enabled()) { set_grad_enabled(true); }
  ~EnableGradGuard() { set_grad_enabled(previous_); }
  EnableGradGuard(const EnableGradGuard&) = delete;
  EnableGradGuard& operator=(const EnableGradGuard&) = delete;

 private:
  bool previous_;
};

/// Whether backward looks for NaN on the calling thread.
CT_API bool anomaly_detection();
CT_API void set_anomaly_detection(bool enabled);

/// While it lives, a backward that makes a NaN gradient throws AutogradError with the name of the
/// op whose derivative made it. Slow: every gradient is read.
class AnomalyGuard {
 public:
  AnomalyGuard() : previous_(anomaly_detection()) { set_anomaly_detection(true); }
  ~AnomalyGuard() { set_anomaly_detection(previous_); }
  AnomalyGuard(const AnomalyGuard&) = delete;
  AnomalyGuard& operator=(const AnomalyGuard&) = delete;

 private:
  bool previous_;
};

struct BackwardOptions {
  Tensors gradients = {};     ///< one per root; an undefined one means 1, for a root of one element
  bool retain_graph = false;  ///< keep what the nodes saved, to go through them again
  bool create_graph = false;  ///< record the backward itself (implies retain_graph)
  bool allow_unused = false;  ///< grad() only: an input that was not used gives an undefined tensor
};

/// Accumulates the gradients of the roots into every leaf that they were made from.
/// Errors: AutogradError if a root does not require grad, or its graph was freed; ShapeError for a
/// gradient of another shape, or none for a root of several elements.
CT_API void backward(const Tensors& roots, const BackwardOptions& options = {});

/// The gradients of the roots with respect to `inputs`, without touching any .grad().
CT_API Tensors grad(const Tensors& roots, const Tensors& inputs,
                    const BackwardOptions& options = {});

struct GradcheckOptions {
  double eps = 1e-6;   ///< step of the central difference
  double atol = 1e-5;  ///< |analytic - numeric| <= atol + rtol * |numeric|
  double rtol = 1e-3;
  int64_t max_elements = 200;  ///< per input; evenly spaced elements of larger ones
};

/// Compares the gradients of fn with central differences, for each float64 input that requires
/// grad. Returns true, or throws AutogradError that names input, element and both values. Errors:
/// DTypeError if a checked input is not float64 (differences in float32 prove nothing).
CT_API bool gradcheck(const std::function<Tensors(const Tensors&)>& fn, const Tensors& inputs,
                      const GradcheckOptions& options = {});
/// The same for the gradient of the gradient, with fixed random upstream gradients.
CT_API bool gradgradcheck(const std::function<Tensors(const Tensors&)>& fn, const Tensors& inputs,
                          const GradcheckOptions& options = {});

/// For functions of one result: gradcheck([](const Tensors& x) { return x[0].exp(); }, {x})
template <class F>
requires std::same_as<std::invoke_result_t<F, const Tensors&>, Tensor>
bool gradcheck(F fn, const Tensors& inputs, const GradcheckOptions& options = {}) {
  return gradcheck(
      std::function<Tensors(const Tensors&)>([fn](const Tensors& x) { return Tensors{fn(x)}; }),
      inputs, options);
}
template <class F>
requires std::same_as<std::invoke_result_t<F, const Tensors&>, Tensor>
bool gradgradcheck(F fn, const Tensors& inputs, const GradcheckOptions& options = {}) {
  return gradgradcheck(
      std::function<Tensors(const Tensors&)>([fn](const Tensors& x) { return Tensors{fn(x)}; }),
      inputs, options);
}

namespace autograd {

using ct::Tensors;

/// What a Function keeps between forward and backward.
class CT_API Context {
 public:
  Context();
  ~Context();
  Context(Context&&) noexcept;
  Context& operator=(Context&&) noexcept;

  /// Inputs or outputs that backward needs; a later change in place is an error there.
  void save_for_backward(Tensors tensors);
  Tensors saved() const;
  /// Anything else.
  template <class T>
  void set(const std::string& key, T value) {
    value_of(key) = std::any(std::move(value));
  }
  template <class T>
  T get(const std::string& key) {
    return std::any_cast<T>(value_of(key));
  }
  /// Whether input i (a tensor argument of forward) needs a gradient.
  bool needs_grad(size_t i) const;

  struct State;
  State& state() const { return *state_; }

 private:
  std::any& value_of(const std::string& key);
  std::unique_ptr<State> state_;
};

namespace function_detail {
using FunctionBackward = Tensors (*)(Context&, const Tensors&);
CT_API void connect_function(const char* name, Context&& context, const Tensors& inputs,
                             Tensors& outputs, FunctionBackward backward);
CT_API void prepare_function(Context& context, const Tensors& inputs);

template <class T>
void collect_tensor(Tensors& out, const T& value) {
  if constexpr (std::same_as<std::remove_cvref_t<T>, Tensor>) out.push_back(value);
}
}  // namespace function_detail

/// A user's own differentiable op:
///   struct Swish : ct::autograd::Function<Swish> {
///     static Tensor forward(Context& ctx, const Tensor& x);                  // or Tensors
///     static Tensors backward(Context& ctx, const Tensor& grad_out);         // one per tensor
///     argument
///   };
///   auto y = Swish::apply(x);
/// forward runs unrecorded; backward runs recorded under create_graph. backward may take
/// `const Tensor&` (one output) or `const Tensors&`.
template <class Derived>
struct Function {
  template <class... Args>
  static auto apply(const Args&... args) {
    Tensors inputs;
    (function_detail::collect_tensor(inputs, args), ...);
    Context context;
    function_detail::prepare_function(context, inputs);
    auto result = [&] {
      NoGradGuard off;
      return Derived::forward(context, args...);
    }();
    constexpr bool kOne = std::same_as<decltype(result), Tensor>;
    Tensors outputs;
    if constexpr (kOne) {
      outputs.push_back(std::move(result));
    } else {
      outputs = std::move(result);
    }
    function_detail::connect_function(
        typeid(Derived).name(), std::move(context), inputs, outputs,
        [](Context& ctx, const Tensors& grads) -> Tensors {
          if constexpr (std::is_invocable_v<decltype(&Derived::backward), Context&,
                                            const Tensors&>) {
            return Derived::backward(ctx, grads);
          } else {
            return Derived::backward(ctx, grads[0]);
          }
        });
    if constexpr (kOne) {
      return outputs[0];
    } else {
      return outputs;
    }
  }
};

}  // namespace autograd
}  // namespace ct
