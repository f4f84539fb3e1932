// A summary is measured: the model runs once on a meta device that notes in which layer each
// buffer was asked for, which of them are left for backward at the end, and what products come to.
#include "customtensor/nn/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "customtensor/autograd.hpp"
#include "customtensor/meta_backend.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/random.hpp"
#include "nn/class_name.hpp"

namespace ct::nn {
namespace {

/// Notes what layers do. Layers are a stack: what happens belongs to the innermost.
class Meter final : public MetaBackend {
 public:
  /// The only one. Never destroyed: a module may keep a tensor that it made.
  static Meter& instance() {
    static Meter& meter = *[] {
      auto owned = std::make_unique<Meter>();
      Meter* made = owned.get();
      register_backend(std::move(owned));
      return made;
    }();
    return meter;
  }

  /// One summary at a time.
  std::mutex turn;

  void begin(std::vector<LayerSummary>& layers) {
    const std::lock_guard lock(mutex_);
    layers_ = &layers;
    stack_.clear();
    made_in_.clear();
  }
  void end() {
    const std::lock_guard lock(mutex_);
    layers_ = nullptr;
  }
  void enter(std::string name, std::string type) {
    const std::lock_guard lock(mutex_);
    stack_.push_back(layers_->size());
    layers_->push_back({.name = std::move(name), .type = std::move(type), .output = {}});
  }
  void leave(const Shape& output) {
    const std::lock_guard lock(mutex_);
    (*layers_)[stack_.back()].output = output;
    stack_.pop_back();
  }

  void* allocate(size_t bytes) override {
    void* buffer = MetaBackend::allocate(bytes);
    const std::lock_guard lock(mutex_);
    if (LayerSummary* layer = current()) {
      layer->activation_bytes += static_cast<int64_t>(bytes);
      made_in_[buffer] = stack_.back();
    }
    return buffer;
  }
  void deallocate(void* buffer, size_t bytes) noexcept override {
    MetaBackend::deallocate(buffer, bytes);
    const std::lock_guard lock(mutex_);
    const auto made = made_in_.find(buffer);
    if (made == made_in_.end()) return;
    if (layers_ != nullptr) {
      (*layers_)[made->second].activation_bytes -= static_cast<int64_t>(bytes);
    }
    made_in_.erase(made);
  }
  void matmul(const MatmulArgs& a) override { multiplied(numel(a.out.shape), a.a.shape.back()); }
  void conv_forward(const ConvArgs& a) override {
    multiplied(numel(a.y.shape), numel(a.w.shape) / std::max<int64_t>(a.w.shape[0], 1));
  }

 private:
  LayerSummary* current() {
    return layers_ == nullptr || stack_.empty() ? nullptr : &(*layers_)[stack_.back()];
  }
  void multiplied(int64_t results, int64_t terms) {
    const std::lock_guard lock(mutex_);
    if (LayerSummary* layer = current()) layer->multiply_adds += results * terms;
  }

  std::mutex mutex_;
  std::vector<LayerSummary>* layers_ = nullptr;
  std::vector<size_t> stack_;                  ///< of layers
  std::unordered_map<void*, size_t> made_in_;  ///< buffers that are there, of this summary
};

/// The meter's layers for the length of a scope.
class Measuring {
 public:
  explicit Measuring(std::vector<LayerSummary>& layers) : lock_(Meter::instance().turn) {
    Meter::instance().begin(layers);
  }
  ~Measuring() { Meter::instance().end(); }
  Measuring(const Measuring&) = delete;
  Measuring& operator=(const Measuring&) = delete;

 private:
  std::lock_guard<std::mutex> lock_;
};

/// A model whose tensors are on another device for the length of a scope.
class Moved {
 public:
  Moved(Module& model, Device device) {
    Members members;
    model.members(members);
    std::unordered_map<const TensorImpl*, Tensor> there;  // tensors that are shared stay shared
    std::unordered_set<const Tensor*> places;
    for (const Members::Entry& entry : members.entries()) {
      if (entry.tensor == nullptr || !places.insert(entry.tensor).second) continue;
      Tensor& moved = there[entry.tensor->impl()];
      if (!moved.defined()) {
        moved = entry.tensor->detach().to(device);
        if (entry.tensor->requires_grad()) moved.requires_grad_();
      }
      others_.emplace_back(entry.tensor, moved);
    }
    exchange();
  }
  ~Moved() { exchange(); }
  Moved(const Moved&) = delete;
  Moved& operator=(const Moved&) = delete;

 private:
  void exchange() noexcept {
    for (auto& [place, other] : others_) std::swap(*place, other);
  }
  std::vector<std::pair<Tensor*, Tensor>> others_;
};

/// The thread's default stream, put back where it was.
class Undrawn {
 public:
  Undrawn() : before_(default_generator().state()) {}
  ~Undrawn() { default_generator().set_state(before_); }
  Undrawn(const Undrawn&) = delete;
  Undrawn& operator=(const Undrawn&) = delete;

 private:
  RandomState before_;
};

/// The class alone: "Conv2d".
std::string type_of(const Module& module) {
  const std::string name = class_name(module);
  const size_t arguments = std::min(name.find('<'), name.size());
  const size_t scope = name.rfind("::", arguments);
  return scope == std::string::npos ? name : name.substr(scope + 2);
}

/// Hooks that tell the meter of every call below `model` for the length of a scope.
class Watched {
 public:
  explicit Watched(Module& model) {
    for (const auto& [name, module] : model.named_modules()) {
      if (module == &model || std::count(seen_.begin(), seen_.end(), module) > 0) continue;
      seen_.push_back(module);
      handles_.push_back(module->register_forward_pre_hook(
          [name = name, type = type_of(*module)](Module&, const Tensor&) {
            Meter::instance().enter(name, type);
            return Tensor();
          }));
      handles_.push_back(
          module->register_forward_hook([](Module&, const Tensor&, const Tensor& output) {
            Meter::instance().leave(output.shape());
            return Tensor();
          }));
    }
  }
  ~Watched() {
    for (HookHandle& handle : handles_) handle.remove();
  }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

 private:
  std::vector<Module*> seen_;
  std::vector<HookHandle> handles_;
};

/// Each parameter counts in the layer that is nearest above it.
void count_parameters(const Module& model, Summary& summary) {
  for (const auto& [path, tensor] : model.named_parameters()) {
    summary.parameters += tensor.numel();
    summary.parameter_bytes += tensor.numel() * static_cast<int64_t>(item_size(tensor.dtype()));
    if (tensor.requires_grad()) summary.trainable_parameters += tensor.numel();
    std::string owner = path;
    auto layer = summary.layers.end();
    while (layer == summary.layers.end()) {
      const size_t dot = owner.rfind('.');
      owner.resize(dot == std::string::npos ? 0 : dot);
      layer = std::find_if(summary.layers.begin(), summary.layers.end(),
                           [&](const LayerSummary& l) { return l.name == owner; });
    }
    layer->parameters += tensor.numel();
  }
}

/// `prepare` makes the arguments on a device, before anything counts; `run` is what counts.
template <class Prepare, class Run>
Summary measured(Module& model, const Prepare& prepare, const Run& run) {
  Summary result;
  const Undrawn undrawn;
  const Measuring measuring(result.layers);
  const Device meta(Meter::instance());
  const Moved moved(model, meta);
  const Watched watched(model);
  const EnableGradGuard recorded;
  const auto arguments = prepare(meta);
  Meter::instance().enter("", type_of(model));
  const Tensor output = run(arguments);
  Meter::instance().leave(output.shape());
  Meter::instance().end();  // what is freed from here on was there until the end
  for (const LayerSummary& layer : result.layers) {
    result.multiply_adds += layer.multiply_adds;
    result.activation_bytes += layer.activation_bytes;
  }
  count_parameters(model, result);
  return result;
}

}  // namespace

Summary summary(Module& model, const std::function<Tensor(Device)>& run) {
  return measured(
      model, [](Device meta) { return meta; }, run);
}

Summary summary(Module& model, const Shape& input, DType dtype) {
  return measured(
      model, [&](Device meta) { return empty(input, {.dtype = dtype, .device = meta}); },
      [&](const Tensor& x) { return model(x); });
}

}  // namespace ct::nn
