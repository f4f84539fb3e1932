// Optimizer: the loop over parameters, and the state that belongs to each.
#include "customtensor/optim/optimizer.hpp"

#include <fmt/format.h>

#include <cmath>
#include <unordered_set>

#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"

namespace ct::optim {
namespace {

constexpr size_t kGradient = 0, kParameter = 1, kFirstState = 2;

// Whatever happens, a step must not keep a gradient alive.
struct Release {
  Tensor& tensor;
  ~Release() { tensor = Tensor(); }
};

}  // namespace

Optimizer::Optimizer(const char* name, Tensors parameters, double lr,
                     std::vector<std::string> states)
    : name_(name), parameters_(std::move(parameters)), state_names_(std::move(states)) {
  if (parameters_.empty()) throw ValueError(fmt::format("{}: no parameters were given", name_));
  std::unordered_set<const TensorImpl*> seen;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const Tensor& p = parameters_[i];
    const auto fail = [&](std::string_view what) {
      throw ValueError(fmt::format("{}: parameter {} {}", name_, i, what));
    };
    if (!p.defined()) fail("is an undefined tensor");
    if (!seen.insert(p.impl()).second) fail("was given before; give each once");
    if (!is_floating(p.dtype()))
      fail(fmt::format("must be floating: it is {}", ct::name(p.dtype())));
    if (!p.is_leaf()) {
      fail(fmt::format("is the result of {}, not a leaf; give the tensor that it was made from",
                       p.grad_fn_name()));
    }
  }
  set_lr(lr);
  steps_.resize(parameters_.size());
  slots_.resize(parameters_.size() * (kFirstState + state_names_.size()));
  for (size_t i = 0; i < parameters_.size(); ++i) slots_of(i)[kParameter] = parameters_[i];
}

Optimizer::~Optimizer() = default;

void Optimizer::set_lr(double lr) {
  if (!(lr >= 0) || !std::isfinite(lr)) {
    throw ValueError(fmt::format("{}: lr must be at least 0 and finite: {}", name_, lr));
  }
  lr_ = lr;
}

void Optimizer::check_range(std::string_view name, double value, double low, double high,
                            bool closed) const {
  if (value >= low && (closed ? value <= high : value < high)) return;
  throw ValueError(fmt::format("{}: {} must be in [{}, {}{}: {}", name_, name, low, high,
                               closed ? ']' : ')', value));
}

std::span<Tensor> Optimizer::slots_of(size_t i) {
  const size_t width = kFirstState + state_names_.size();
  return std::span(slots_).subspan(i * width, width);
}

std::span<const Tensor> Optimizer::slots_of(size_t i) const {
  return const_cast<Optimizer*>(this)->slots_of(i);
}

std::string Optimizer::state_name(size_t i, size_t k) const {
  return fmt::format("{}.{}", i, state_names_[k]);
}

// Makes the states on first use, and lets them follow a parameter that was moved or converted. They
// have the type that p is computed in: in float16 the square of 1e-4 is 0, and a mean to which a
// thousandth is added stands still.
void Optimizer::prepare_states(size_t i) {
  const Tensor& p = parameters_[i];
  const DType dtype = compute_type(p.dtype());
  for (Tensor& state : slots_of(i).subspan(kFirstState)) {
    if (!state.defined()) {
      state = zeros_like(p, {.dtype = dtype});
    } else if (!(state.device() == p.device()) || state.dtype() != dtype) {
      state = state.to(dtype).to(p.device());
    }
  }
}

void Optimizer::step() {
  const ProgramPtr& update = program();
  scalars_.resize(static_cast<size_t>(update->scalars()));
  // All memory comes first: where it runs short, no parameter has been changed.
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (parameters_[i].grad().defined()) prepare_states(i);
  }
  int64_t scalars_step = -1;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    Tensor gradient = parameters_[i].grad();
    if (!gradient.defined()) continue;
    // Parameters have mostly taken the same number of steps: then the scalars are the same, too.
    const int64_t step = steps_[i] + 1;
    if (step != scalars_step) scalars(step, scalars_);
    scalars_step = step;

    const std::span<Tensor> tensors = slots_of(i);
    tensors[kGradient] = std::move(gradient);
    const Release release{tensors[kGradient]};
    pointwise_(update, tensors.subspan(kParameter), tensors, scalars_);
    steps_[i] = step;
  }
}

void Optimizer::zero_grad() {
  for (Tensor& p : parameters_) p.set_grad(Tensor());
}

StateDict Optimizer::state_dict() const {
  StateDict state;
  const auto put = [&](std::string_view name, double& value) {
    state.insert(fmt::format("hyper.{}", name),
                 from_values(&value, float64, {}, {.dtype = float64, .device = "cpu"}));
  };
  double lr = lr_;
  put("lr", lr);
  const_cast<Optimizer*>(this)->hyper_parameters(put);
  state.insert("steps", from_values(steps_.data(), int64, {static_cast<int64_t>(steps_.size())},
                                    {.dtype = int64, .device = "cpu"}));
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (steps_[i] == 0) continue;
    const auto states = slots_of(i).subspan(kFirstState);
    for (size_t k = 0; k < states.size(); ++k) state.insert(state_name(i, k), states[k]);
  }
  return state;
}

void Optimizer::load_state_dict(const StateDict& state) {
  // All is checked before anything is changed, and all faults are told at once.
  std::string faults;
  std::unordered_set<std::string> known;
  const auto find = [&](const std::string& name, const Shape& shape) -> const Tensor* {
    known.insert(name);
    const Tensor* value = state.find(name);
    if (value == nullptr) {
      faults += fmt::format("\n  missing: {} {}", name, to_string(shape));
    } else if (value->shape() != shape) {
      faults += fmt::format("\n  shape of {}: {} in the optimizer, {} given", name,
                            to_string(shape), to_string(value->shape()));
      value = nullptr;
    }
    return value;
  };
  const Tensor* lr = find("hyper.lr", {});
  std::vector<double> hyper;
  hyper_parameters([&](std::string_view name, double&) {
    const Tensor* value = find(fmt::format("hyper.{}", name), {});
    hyper.push_back(value != nullptr ? value->item<double>() : 0.0);
  });
  const Tensor* steps_tensor = find("steps", {static_cast<int64_t>(steps_.size())});
  const auto steps =
      steps_tensor != nullptr ? steps_tensor->to_vector<int64_t>() : std::vector<int64_t>();
  Tensors loaded(slots_.size());
  const size_t width = kFirstState + state_names_.size();
  for (size_t i = 0; i < steps.size(); ++i) {
    if (steps[i] < 0) faults += fmt::format("\n  steps[{}] is negative: {}", i, steps[i]);
    if (steps[i] <= 0) continue;
    for (size_t k = 0; k < state_names_.size(); ++k) {
      const Tensor& p = parameters_[i];
      const Tensor* value = find(state_name(i, k), p.shape());
      if (value == nullptr) continue;
      Tensor& target = loaded[i * width + kFirstState + k];
      target = zeros_like(p, {.dtype = compute_type(p.dtype())});
      target.copy_(*value);
    }
  }
  if (steps_tensor != nullptr) {
    for (const auto& [name, value] : state) {
      if (!known.contains(name)) {
        faults += fmt::format("\n  unexpected: {} {}", name, to_string(value.shape()));
      }
    }
  }
  if (!faults.empty()) {
    throw ValueError(
        fmt::format("load_state_dict: names or shapes do not fit {}:{}", name_, faults));
  }
  set_lr(lr->item<double>());
  size_t next = 0;
  hyper_parameters([&](std::string_view, double& value) { value = hyper[next++]; });
  steps_ = steps;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    for (size_t k = kFirstState; k < width; ++k) slots_of(i)[k] = loaded[i * width + k];
  }
}

}  // namespace ct::optim
