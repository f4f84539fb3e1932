// A user's own differentiable op: the Context it saves into, and the node that calls its backward.
#include <cxxabi.h>
#include <fmt/format.h>

#include <cstdlib>
#include <map>
#include <mutex>

#include "autograd/record.hpp"
#include "customtensor/error.hpp"

namespace ct::autograd {

struct Context::State {
  Tensors pending;                 // as the user gave them, until the outputs are known
  std::vector<SavedTensor> saved;  // what the node keeps
  std::map<std::string, std::any> values;
  std::vector<bool> needed;
  std::vector<Shape> shapes;  // of the inputs
};

Context::Context() : state_(std::make_unique<State>()) {}
Context::~Context() = default;
Context::Context(Context&&) noexcept = default;
Context& Context::operator=(Context&&) noexcept = default;

void Context::save_for_backward(Tensors tensors) { state_->pending = std::move(tensors); }

Tensors Context::saved() const {
  Tensors result;
  for (const SavedTensor& s : state_->saved) result.push_back(s.get());
  return result;
}

bool Context::needs_grad(size_t i) const { return i < state_->needed.size() && state_->needed[i]; }

std::any& Context::value_of(const std::string& key) { return state_->values[key]; }

namespace {
class FunctionNode final : public Node {
 public:
  FunctionNode(const char* name, int inputs, uint32_t outputs, Context&& context,
               function_detail::FunctionBackward backward)
      : Node(name, inputs, outputs), context_(std::move(context)), backward_(backward) {}

  void backward(std::span<const Tensor> grads, Gradients& result) override {
    const Tensors grads_out(grads.begin(), grads.end());
    Tensors made = backward_(context_, grads_out);
    if (made.size() != static_cast<size_t>(result.size())) {
      throw AutogradError(
          fmt::format("{}: backward returned {} gradients for {} tensor arguments; return one for "
                      "each (an undefined tensor where none is needed)",
                      name(), made.size(), result.size()));
    }
    for (int i = 0; i < result.size(); ++i) {
      if (!result.needed(i)) continue;
      const auto at = static_cast<size_t>(i);
      const Shape& expected = context_.state().shapes[at];
      if (made[at].defined() && made[at].shape() != expected) {
        throw ShapeError(
            fmt::format("{}: backward returned a gradient of shape {} for tensor argument {} of "
                        "shape {}; sum it to that shape",
                        name(), to_string(made[at].shape()), i, to_string(expected)));
      }
      result[i] = std::move(made[at]);
    }
  }
  void release_saved() override {
    if (context_.state().saved.empty()) return;
    context_.state().saved.clear();
    freed_ = true;
  }

 private:
  Context context_;
  function_detail::FunctionBackward backward_;
};
}  // namespace

namespace {
/// The type's name as it is written in the source; lives for ever.
const char* readable(const char* mangled) {
  static std::mutex mutex;
  static std::map<std::string, std::string> names;
  const std::lock_guard lock(mutex);
  std::string& name = names[mangled];
  if (name.empty()) {
    int status = 0;
    const std::unique_ptr<char, void (*)(void*)> text(
        abi::__cxa_demangle(mangled, nullptr, nullptr, &status), std::free);
    name = status == 0 ? text.get() : mangled;
  }
  return name.c_str();
}
}  // namespace

namespace function_detail {

void prepare_function(Context& context, const Tensors& inputs) {
  for (const Tensor& t : inputs) {
    context.state().needed.push_back(recording() && autograd::needs_grad(t));
    context.state().shapes.push_back(t.defined() ? t.shape() : Shape());
  }
}

void connect_function(const char* name, Context&& context, const Tensors& inputs, Tensors& outputs,
                      FunctionBackward backward) {
  bool any = false;
  for (const bool needed : context.state().needed) any = any || needed;
  if (!any) return;
  // An output that is an input must get a history of its own.
  for (Tensor& out : outputs) {
    for (const Tensor& in : inputs) {
      if (in.defined() && out.impl() == in.impl()) out = out.detach();
    }
  }
  Context::State& state = context.state();
  for (const Tensor& t : state.pending) {
    int index = -1;
    bool is_output = false;
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (t.defined() && outputs[i].impl() == t.impl()) {
        index = static_cast<int>(i);
        is_output = true;
      }
    }
    for (size_t i = 0; i < inputs.size() && !is_output; ++i) {
      if (inputs[i].impl() == t.impl()) index = static_cast<int>(i);
    }
    state.saved.push_back(is_output ? SavedTensor::output(t, index) : SavedTensor(t, index));
  }
  state.pending.clear();
  auto* node =
      new FunctionNode(readable(name), static_cast<int>(inputs.size()),
                       static_cast<uint32_t>(outputs.size()), std::move(context), backward);
  const GradNodeRef owner(node);
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].defined()) node->connect(static_cast<int>(i), inputs[i]);
  }
  uint32_t nr = 0;
  for (Tensor& out : outputs) set_history(out, node, nr++);
}

}  // namespace function_detail
}  // namespace ct::autograd
