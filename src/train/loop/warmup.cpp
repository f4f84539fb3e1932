// See customtensor/train/warmup.hpp. The step works on copies: each parameter and buffer shows
// another array meanwhile.
#include "customtensor/train/warmup.hpp"

#include <utility>
#include <vector>

#include "customtensor/backend.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/random.hpp"

namespace ct {
namespace {

class Kept {
 public:
  explicit Kept(nn::Module& model) : random_(default_generator().state()) {
    for (Tensors list : {model.parameters(), model.buffers()}) {
      for (Tensor& t : list) {
        const Tensor data = t.detach();
        tensors_.push_back({t, data, t.requires_grad() ? t.grad() : Tensor()});
        t.set_data(data.clone());
        if (t.requires_grad()) t.set_grad({});
      }
    }
  }
  ~Kept() {
    for (Entry& e : tensors_) {
      e.tensor.set_data(e.data);
      if (e.tensor.requires_grad()) e.tensor.set_grad(e.grad);
    }
    default_generator().set_state(random_);
  }
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;

 private:
  struct Entry {
    Tensor tensor, data, grad;
  };
  std::vector<Entry> tensors_;
  RandomState random_;
};

/// Puts the function that was set before back.
class BuildCallback {
 public:
  explicit BuildCallback(const std::function<void(const KernelBuild&)>& callback)
      : set_(static_cast<bool>(callback)) {
    if (set_) before_ = on_kernel_build(callback);
  }
  ~BuildCallback() {
    if (set_) on_kernel_build(std::move(before_));
  }
  BuildCallback(const BuildCallback&) = delete;
  BuildCallback& operator=(const BuildCallback&) = delete;

 private:
  bool set_;
  std::function<void(const KernelBuild&)> before_;
};

}  // namespace

void warmup(nn::Module& model, const std::function<void()>& step,
            const std::function<void(const KernelBuild&)>& on_build) {
  const BuildCallback callback(on_build);
  const EagerBuilds eager;
  const Kept kept(model);
  step();
  model.device().backend().synchronize();
}

void warmup(nn::Module& model, const Shape& shape,
            const std::function<void(const KernelBuild&)>& on_build) {
  DType dtype = float32;
  for (const Tensor& p : model.parameters()) {
    if (!is_floating(p.dtype())) continue;
    dtype = p.dtype();
    break;
  }
  const auto step = [&] {
    const Tensor y = model(zeros(shape, {.dtype = dtype, .device = model.device()}));
    if (y.requires_grad()) y.mean().backward();
  };
  warmup(model, step, on_build);
}

}  // namespace ct
