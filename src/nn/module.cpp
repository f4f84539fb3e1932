// Module: everything that can be done to a tree of modules once it has named its members.
#include "customtensor/nn/module.hpp"

#include <cxxabi.h>
#include <fmt/format.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <typeinfo>
#include <unordered_map>
#include <unordered_set>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/nn/container/lazy_module.hpp"
#include "customtensor/random.hpp"
#include "nn/class_name.hpp"

namespace ct::nn {
namespace {

enum class Want { parameters, buffers };
enum class Lazies { refuse, skip };

// members() is not const because it hands out references; visiting changes nothing.
void visit(const Module& module, Members& members) { const_cast<Module&>(module).members(members); }

void refuse_lazy(const Module& module, const Members::Entry& entry) {
  if (entry.lazy == nullptr) return;
  throw ValueError(
      fmt::format("{}: {} is not there yet: its size comes with the first input; run the module "
                  "once, or load a "
                  "state_dict",
                  class_name(module), entry.name));
}

/// Lazy modules whose sizes a state says, made from it, and forgotten again if the rest does not
/// fit.
class MadeByState {
 public:
  MadeByState(Module& root, const StateDict& state) {
    Members members;
    root.members(members);
    for (const Members::Entry& entry : members.entries()) {
      if (entry.lazy == nullptr || entry.lazy->is_made()) continue;
      const Tensor* value = state.find(entry.name);
      if (value == nullptr) continue;
      const std::string member = entry.name.substr(entry.name.rfind('.') + 1);
      const int64_t size = entry.lazy->size_said(member, value->shape());
      if (size < 1) continue;
      const RandomState drawn = default_generator().state();  // initial values are not used
      entry.lazy->make(size);
      default_generator().set_state(drawn);
      made_.push_back(entry.lazy);
    }
  }
  ~MadeByState() {
    for (LazyModule* module : made_) module->forget();
  }
  MadeByState(const MadeByState&) = delete;
  MadeByState& operator=(const MadeByState&) = delete;
  void keep() { made_.clear(); }

 private:
  std::vector<LazyModule*> made_;
};

std::vector<NamedTensor> named(const Module& module, Want want, Lazies lazies = Lazies::refuse) {
  Members members;
  visit(module, members);
  std::vector<NamedTensor> found;
  std::unordered_set<const TensorImpl*> seen;
  for (const Members::Entry& entry : members.entries()) {
    if (lazies == Lazies::refuse) refuse_lazy(module, entry);
    if (entry.tensor == nullptr || entry.is_buffer != (want == Want::buffers)) continue;
    if (!seen.insert(entry.tensor->impl()).second) continue;
    found.emplace_back(entry.name, *entry.tensor);
  }
  return found;
}

Tensors without_names(std::vector<NamedTensor>&& named) {
  Tensors tensors;
  tensors.reserve(named.size());
  for (auto& [name, tensor] : named) tensors.push_back(std::move(tensor));
  return tensors;
}

// Puts convert(tensor) in place of the data of every parameter, gradient and buffer.
template <class Convert>
void convert_all(const Module& module, const Convert& convert) {
  const NoGradGuard off;
  for (const Want want : {Want::parameters, Want::buffers}) {
    for (auto& [name, tensor] : named(module, want, Lazies::skip)) {
      const Tensor converted = convert(tensor);
      if (converted.shares_storage(tensor)) continue;
      const Tensor gradient = tensor.grad();
      tensor.set_grad(Tensor());
      tensor.set_data(converted);
      if (gradient.defined()) tensor.set_grad(convert(gradient));
    }
  }
}

}  // namespace

std::string class_name(const Module& module) {
  const char* mangled = typeid(module).name();
  const std::unique_ptr<char, void (*)(void*)> readable(
      abi::__cxa_demangle(mangled, nullptr, nullptr, nullptr), std::free);
  return readable ? readable.get() : mangled;
}

Module::~Module() = default;

void Module::members(Members&) {}

Tensor Module::forward(const Tensor&) {
  throw ValueError(fmt::format(
      "{}: forward(x) is not defined: the module takes other arguments; call its own operator()",
      class_name(*this)));
}

Tensor Module::call_hooked(const Tensor& x) {
  const Hooks hooks = hooks_;  // as they are now: one that runs may add or remove others
  const Tensor input = hooks.run_before(*this, x);
  return hooks.run_after(*this, input,
                         hooks.watched([this](const Tensor& in) { return forward(in); }, input));
}

std::vector<NamedTensor> Module::named_parameters() const { return named(*this, Want::parameters); }
std::vector<NamedTensor> Module::named_buffers() const { return named(*this, Want::buffers); }
Tensors Module::parameters() const { return without_names(named_parameters()); }
Tensors Module::buffers() const { return without_names(named_buffers()); }

std::vector<std::pair<std::string, Module*>> Module::named_modules() {
  Members members;
  visit(*this, members);
  std::vector<std::pair<std::string, Module*>> found = {{"", this}};
  for (const Members::Entry& entry : members.entries()) {
    if (entry.module != nullptr) found.emplace_back(entry.name, entry.module);
  }
  return found;
}

std::vector<Module*> Module::modules() {
  std::vector<Module*> found;
  for (auto& [name, module] : named_modules()) found.push_back(module);
  return found;
}

void Module::train(bool on) {
  for (Module* module : modules()) module->training_ = on;
}

void Module::zero_grad() {
  for (Tensor& parameter : parameters()) parameter.set_grad(Tensor());
}

void Module::requires_grad_(bool on) {
  for (Tensor& parameter : parameters()) parameter.requires_grad_(on);
}

void Module::to(Device device) {
  convert_all(*this, [&](const Tensor& t) { return t.to(device); });
}

void Module::to(DType dtype) {
  if (!is_floating(dtype)) {
    throw DTypeError(
        fmt::format("Module::to: parameters must be floating: asked for {}", ct::name(dtype)));
  }
  convert_all(*this, [&](const Tensor& t) { return is_floating(t.dtype()) ? t.to(dtype) : t; });
}

Device Module::device() const {
  Members members;
  visit(*this, members);
  for (const Members::Entry& entry : members.entries()) {
    if (entry.tensor != nullptr) return entry.tensor->device();
  }
  return Device();
}

StateDict Module::state_dict() const {
  Members members;
  visit(*this, members);
  StateDict state;
  for (const Members::Entry& entry : members.entries()) {
    refuse_lazy(*this, entry);
    if (entry.tensor != nullptr) state.insert(entry.name, entry.tensor->detach());
  }
  return state;
}

void Module::load_state_dict(const StateDict& state) {
  MadeByState made(*this, state);
  Members members;
  visit(*this, members);
  // All is checked before anything is copied, and all faults are told at once.
  std::string faults;
  std::unordered_set<std::string> known;
  for (const Members::Entry& entry : members.entries()) {
    if (entry.lazy != nullptr) {
      known.insert(entry.name);
      faults += fmt::format("\n  {}: its size is not known, and what is given does not say it",
                            entry.name);
    }
    if (entry.tensor == nullptr) continue;
    known.insert(entry.name);
    const Tensor* value = state.find(entry.name);
    if (value == nullptr) {
      faults += fmt::format("\n  missing: {} {}", entry.name, to_string(entry.tensor->shape()));
    } else if (!(value->shape() == entry.tensor->shape())) {
      faults += fmt::format("\n  shape of {}: {} in the module, {} given", entry.name,
                            to_string(entry.tensor->shape()), to_string(value->shape()));
    }
  }
  for (const auto& [name, value] : state) {
    if (!known.contains(name)) {
      faults += fmt::format("\n  unexpected: {} {}", name, to_string(value.shape()));
    }
  }
  if (!faults.empty()) {
    throw ValueError(fmt::format("load_state_dict: names or shapes do not fit {}:{}",
                                 class_name(*this), faults));
  }
  made.keep();
  const NoGradGuard off;
  for (const Members::Entry& entry : members.entries()) {
    if (entry.tensor != nullptr) entry.tensor->copy_(state.at(entry.name));
  }
}

namespace detail {

void unshare(Module& module) {
  Members members;
  module.members(members);
  const NoGradGuard off;
  std::unordered_map<const TensorImpl*, Tensor> copies;
  for (const Members::Entry& entry : members.entries()) {
    if (entry.tensor == nullptr) continue;
    Tensor& copy = copies[entry.tensor->impl()];
    if (!copy.defined()) {
      copy = entry.tensor->clone();
      if (entry.tensor->requires_grad()) copy.requires_grad_();
    }
  }
  for (const Members::Entry& entry : members.entries()) {
    if (entry.tensor == nullptr) continue;
    // A member that is named twice was replaced at its first name.
    const auto copy = copies.find(entry.tensor->impl());
    if (copy != copies.end()) *entry.tensor = copy->second;
  }
}

}  // namespace detail
}  // namespace ct::nn
