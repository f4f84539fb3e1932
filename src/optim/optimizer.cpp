// Optimizer: groups and their parameters, the loop over both, and the state that belongs to each.
// As names and tensors the state is written and read in optimizer_state.cpp.
#include "customtensor/optim/optimizer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_set>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/memory.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/pointwise_each.hpp"

namespace ct::optim {
namespace {

constexpr size_t kGradient = 0, kParameter = 1, kFirstState = 2;

}  // namespace

Optimizer::~Optimizer() = default;

void Optimizer::add_group(Tensors parameters) {
  const size_t number = groups_.size();
  if (parameters.empty()) throw ValueError(fmt::format("{}: no parameters were given", name_));
  std::unordered_set<const TensorImpl*> seen;
  for (const Tensor& p : parameters_) seen.insert(p.impl());
  for (size_t i = 0; i < parameters.size(); ++i) {
    const Tensor& p = parameters[i];
    const auto fail = [&](std::string_view what) {
      throw ValueError(fmt::format("{}: parameter {} {}", name_, parameters_.size() + i, what));
    };
    if (!p.defined()) fail("is an undefined tensor");
    if (!seen.insert(p.impl()).second) fail("was given before; give each once");
    if (!is_floating(p.dtype())) {
      fail(fmt::format("must be floating: it is {}", ct::name(p.dtype())));
    }
    if (!p.is_leaf()) {
      fail(fmt::format("is the result of {}, not a leaf; give the tensor that it was made from",
                       p.grad_fn_name()));
    }
    check_parameter(number, i, p);
  }
  check_group(number);
  const size_t first = parameters_.size();
  std::vector<Slot> added(parameters.size());
  for (size_t i = 0; i < added.size(); ++i) added[i].tensors = {Tensor(), parameters[i]};
  parameters_.reserve(first + added.size());
  slots_.reserve(first + added.size());
  groups_.push_back({.first = first, .count = added.size()});
  std::move(parameters.begin(), parameters.end(), std::back_inserter(parameters_));
  std::move(added.begin(), added.end(), std::back_inserter(slots_));
}

const Optimizer::Group& Optimizer::group_at(size_t group) const {
  if (group >= groups_.size()) {
    throw IndexError(
        fmt::format("{}: there is no group {}: there are {}", name_, group, groups_.size()));
  }
  return groups_[group];
}
Optimizer::Group& Optimizer::group_at(size_t group) {
  static_cast<void>(std::as_const(*this).group_at(group));
  return groups_[group];
}

std::span<const Tensor> Optimizer::group_parameters(size_t group) const {
  const Group& g = group_at(group);
  return std::span(parameters_).subspan(g.first, g.count);
}

double Optimizer::lr(size_t group) const {
  group_at(group);
  double lr = 0;
  const_cast<Optimizer*>(this)->visit_group(group,
                                            [&](std::string_view name, HyperParameter value) {
                                              if (name == "lr") lr = *std::get<double*>(value);
                                            });
  return lr;
}

// Where the new value is refused the old one comes back.
void Optimizer::set_hyper(size_t group,
                          const std::function<bool(std::string_view, HyperParameter)>& set) {
  group_at(group);
  double* place = nullptr;
  double before = 0;
  visit_group(group, [&](std::string_view name, HyperParameter value) {
    double* target = nullptr;
    if (auto* number = std::get_if<double*>(&value)) target = *number;
    if (auto* pair = std::get_if<std::array<double, 2>*>(&value)) target = (*pair)->data();
    if (target == nullptr || place != nullptr) return;
    const double old = *target;
    if (!set(name, target)) return;
    place = target;
    before = old;
  });
  if (place == nullptr) return;
  groups_[group].changed = true;
  try {
    check_group(group);
  } catch (...) {
    *place = before;
    throw;
  }
}

void Optimizer::set_lr(size_t group, double lr) {
  check_lr(lr);
  set_hyper(group, [&](std::string_view name, HyperParameter value) {
    if (name != "lr") return false;
    *std::get<double*>(value) = lr;
    return true;
  });
}

void Optimizer::set_lr(double lr) {
  check_lr(lr);
  for (size_t group = 0; group < groups_.size(); ++group) set_lr(group, lr);
}

std::optional<double> Optimizer::momentum(size_t group) const {
  group_at(group);
  std::optional<double> momentum;
  const_cast<Optimizer*>(this)->visit_group(
      group, [&](std::string_view name, HyperParameter value) {
        if (name == "momentum") momentum = *std::get<double*>(value);
        if (name == "betas") momentum = (*std::get<std::array<double, 2>*>(value))[0];
      });
  return momentum;
}

void Optimizer::set_momentum(size_t group, double momentum) {
  bool found = false;
  set_hyper(group, [&](std::string_view name, HyperParameter value) {
    if (name != "momentum" && name != "betas") return false;
    *std::get<double*>(value) = momentum;
    return found = true;
  });
  if (!found) {
    throw ValueError(fmt::format("{}: there is neither a momentum nor betas to set", name_));
  }
}

std::optional<double> Optimizer::initial_lr(size_t group) const {
  return group_at(group).initial_lr;
}
void Optimizer::set_initial_lr(size_t group, double lr) {
  check_lr(lr);
  group_at(group).initial_lr = lr;
}

void Optimizer::check_lr(double lr) const {
  if (!(lr >= 0) || !std::isfinite(lr)) {
    throw ValueError(fmt::format("{}: lr must be at least 0 and finite: {}", name_, lr));
  }
}

void Optimizer::check_range(std::string_view name, double value, double low, double high,
                            bool closed) const {
  if (value >= low && (closed ? value <= high : value < high)) return;
  throw ValueError(fmt::format("{}: {} must be in [{}, {}{}: {}", name_, name, low, high,
                               closed ? ']' : ')', value));
}
void Optimizer::check_not_negative(std::string_view name, double value) const {
  check_range(name, value, 0.0, std::numeric_limits<double>::infinity());
}
void Optimizer::check_betas(const std::array<double, 2>& betas) const {
  check_range("betas[0]", betas[0], 0.0, 1.0);
  check_range("betas[1]", betas[1], 0.0, 1.0);
}

// Settings decide which states there are: where they have changed, each tensor finds its new place
// by its name.
void Optimizer::sync_states(size_t group) {
  Group& g = groups_[group];
  if (!g.changed) return;
  for (size_t i = g.first; i < g.first + g.count; ++i) {
    Slot& slot = slots_[i];
    States states = states_of(group, slot.parameter().shape());
    const auto place = [](const std::vector<State>& list, const State& state) {
      return static_cast<size_t>(
          std::find_if(list.begin(), list.end(),
                       [&](const State& other) { return other.name == state.name; }) -
          list.begin());
    };
    Tensors tensors = {Tensor(), slot.parameter()};
    for (const State& state : states.tensors) {
      const size_t k = kFirstState + place(slot.states.tensors, state);
      tensors.push_back(k < slot.tensors.size() ? slot.tensors[k] : Tensor());
    }
    std::vector<double> numbers;
    for (const State& state : states.numbers) {
      const size_t k = place(slot.states.numbers, state);
      numbers.push_back(k < slot.numbers.size() ? slot.numbers[k] : state.initial);
    }
    slot.tensors = std::move(tensors);
    slot.numbers = std::move(numbers);
    slot.states = std::move(states);
  }
  g.changed = false;
}

// Makes the states on first use, and lets them follow a parameter that was moved or converted. They
// have the type that p is computed in: in float16 the square of 1e-4 is 0, and a mean to which a
// thousandth is added stands still.
void Optimizer::prepare_states(Slot& slot) {
  const Tensor& p = slot.parameter();
  const DType dtype = compute_type(p.dtype());
  for (size_t k = 0; k < slot.states.tensors.size(); ++k) {
    const State& told = slot.states.tensors[k];
    Tensor& state = slot.state(k);
    if (!state.defined()) {
      state = full(told.shape.value_or(p.shape()), told.initial,
                   {.dtype = dtype, .device = p.device()});
      mark_memory(state, MemoryKind::optimizer);
    } else if (!(state.device() == p.device()) || state.dtype() != dtype) {
      state = state.to(dtype).to(p.device());
      mark_memory(state, MemoryKind::optimizer);
    }
  }
}

void Optimizer::step() {
  const NoGradGuard off;
  // Whatever happens, a step must not keep a gradient alive, nor what was prepared for it.
  struct Release {
    Optimizer& self;
    ~Release() {
      for (Slot& slot : self.slots_) {
        slot.tensors[kGradient] = Tensor();
        slot.tensors.resize(kFirstState + slot.states.tensors.size());
      }
    }
  };
  std::vector<std::vector<Slot*>> work(groups_.size());
  const Release release{*this};
  // All memory comes first: where it runs short, no parameter has been changed.
  for (size_t group = 0; group < groups_.size(); ++group) {
    sync_states(group);
    for (size_t i = groups_[group].first; i < groups_[group].first + groups_[group].count; ++i) {
      Tensor gradient = parameters_[i].grad();
      if (!gradient.defined()) continue;
      prepare_states(slots_[i]);
      slots_[i].tensors[kGradient] = std::move(gradient);
      work[group].push_back(&slots_[i]);
    }
  }
  for (size_t group = 0; group < groups_.size(); ++group) {
    if (!work[group].empty()) prepare_group(group, work[group]);
  }
  for (size_t group = 0; group < groups_.size(); ++group) {
    if (!work[group].empty()) update_group(group, work[group]);
  }
}

Tensor Optimizer::step(const Closure& closure) {
  if (!closure) throw ValueError(fmt::format("{}: step was given an empty closure", name_));
  Tensor loss;
  {
    const EnableGradGuard on;
    loss = closure();
  }
  step();
  return loss;
}

void Optimizer::run_program(const ProgramPtr& program, Slots slots,
                            const std::function<void(Turn&, std::span<Scalar>)>& scalars) {
  const auto inputs = static_cast<size_t>(program->inputs());
  const size_t outputs = program->outputs().size();
  std::vector<Scalar> values(static_cast<size_t>(program->scalars()));
  std::vector<PointwiseLists> calls;
  for (size_t begin = 0, end = 0; begin < slots.size(); begin = end) {
    const Slot& first = *slots[begin];
    std::vector<double> numbers = first.numbers;
    Turn turn{first.step + 1, numbers};
    scalars(turn, values);
    calls.clear();
    for (; end < slots.size(); ++end) {
      const Slot& slot = *slots[end];
      if (slot.step != first.step || slot.numbers != first.numbers) break;
      const std::span<const Tensor> tensors(slot.tensors);
      calls.push_back({tensors.subspan(kParameter, outputs), tensors.first(inputs)});
    }
    pointwise_each_(program, calls, values);
    for (size_t i = begin; i < end; ++i) {
      slots[i]->step = turn.step;
      slots[i]->numbers = numbers;
    }
  }
}

void Optimizer::zero_grad() {
  for (Tensor& p : parameters_) p.set_grad(Tensor());
}

}  // namespace ct::optim
