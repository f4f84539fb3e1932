// record(): how an op other than a pointwise program puts itself on the tape, right below its
// forward:
//
//   Tensor out = …;
//   record("matmul", {&out}, {&a, &b}, [&](const Recording& r) {
//     return [a = r.save(0), b = r.save(1)](std::span<const Tensor> g, Gradients& d) {
//       if (d.needed(0)) d[0] = matmul(g[0], b.get().transpose(-2, -1));
//       if (d.needed(1)) d[1] = matmul(a.get().transpose(-2, -1), g[0]);
//     };
//   });
//
// The outer lambda runs only if gradients are recorded; save what a wanted gradient needs and
// nothing else.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <utility>

#include "autograd/node.hpp"
#include "autograd/saved_tensor.hpp"

namespace ct::autograd {

namespace mode {
extern thread_local constinit bool enabled __attribute__((tls_model("initial-exec")));
}

inline bool recording() { return mode::enabled; }

inline bool needs_grad(const Tensor& t) { return t.defined() && detail::impl(t).wants_grad(); }

/// Whether an op on these inputs must be recorded.
inline bool recording(std::span<const Tensor* const> inputs) {
  if (!mode::enabled) return false;
  for (const Tensor* t : inputs) {
    if (needs_grad(*t)) return true;
  }
  return false;
}
inline bool recording(std::initializer_list<const Tensor*> inputs) {
  return recording(std::span(inputs.begin(), inputs.size()));
}

/// What a recorded op may ask while it decides what to save.
class Recording {
 public:
  Recording(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs)
      : inputs_(inputs), outputs_(outputs) {}
  /// Whether the gradient of input i is wanted.
  bool wanted(int i) const { return needs_grad(*inputs_[static_cast<size_t>(i)]); }
  SavedTensor save(int i) const { return {*inputs_[static_cast<size_t>(i)], i}; }
  /// Saves input i only if `condition`; get() is undefined otherwise.
  SavedTensor save_if(bool condition, int i) const { return condition ? save(i) : SavedTensor(); }
  SavedTensor save_output(int i = 0) const {
    return SavedTensor::output(*outputs_[static_cast<size_t>(i)], i);
  }
  /// Saves a tensor that is neither.
  SavedTensor save_extra(const Tensor& t) const { return {t, -1}; }

 private:
  std::span<const Tensor* const> inputs_;
  std::span<Tensor* const> outputs_;
};

template <class F>
class ClosureNode final : public Node {
 public:
  ClosureNode(const char* name, int inputs, uint32_t outputs, F&& backward, bool saved)
      : Node(name, inputs, outputs), backward_(std::move(backward)), saved_(saved) {}
  void backward(std::span<const Tensor> grads, Gradients& result) override {
    (*backward_)(grads, result);
  }
  void release_saved() override {
    if (!saved_) return;  // nothing to free: may run again, as in PyTorch
    backward_.reset();
    freed_ = true;
  }

 private:
  std::optional<F> backward_;
  bool saved_;
};

template <class Make>
void record(const char* name, std::initializer_list<Tensor*> outputs,
            std::span<const Tensor* const> inputs, Make&& make) {
  if (!recording(inputs)) return;
  const uint64_t before = SavedTensor::made();
  auto closure = make(Recording(inputs, std::span(outputs.begin(), outputs.size())));
  using F = decltype(closure);
  auto* node = new ClosureNode<F>(name, static_cast<int>(inputs.size()),
                                  static_cast<uint32_t>(outputs.size()), std::move(closure),
                                  SavedTensor::made() != before);
  const GradNodeRef owner(node);
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i]->defined()) node->connect(static_cast<int>(i), *inputs[i]);
  }
  uint32_t nr = 0;
  for (Tensor* out : outputs) {
    if (is_differentiable(detail::impl(*out).dtype)) set_history(*out, node, nr);
    ++nr;
  }
}

template <class Make>
void record(const char* name, std::initializer_list<Tensor*> outputs,
            std::initializer_list<const Tensor*> inputs, Make&& make) {
  record(name, outputs, std::span(inputs.begin(), inputs.size()), std::forward<Make>(make));
}

}  // namespace ct::autograd
