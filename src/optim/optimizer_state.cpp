// An optimizer's state as names and tensors. Loading goes through everything first, and tells all
// faults at once; what it tries meanwhile, the settings, comes back if there is one.
#include <fmt/format.h>

#include <cmath>
#include <numeric>
#include <unordered_set>

#include "customtensor/error.hpp"
#include "customtensor/memory.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/optim/optimizer.hpp"
#include "optim/older_state.hpp"

namespace ct::optim {
namespace {

template <class T>
Tensor number(T value, DType dtype) {
  return full({}, value, {.dtype = dtype, .device = "cpu"});
}

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

/// A setting as a tensor.
Tensor tensor_of(const Optimizer::HyperParameter& value) {
  const auto list = [](std::span<const double> values) {
    return from_values(values.data(), float64, {static_cast<int64_t>(values.size())},
                       {.dtype = float64, .device = "cpu"});
  };
  return std::visit(Overloaded{[](const double* v) { return number(*v, float64); },
                               [](const bool* v) { return number(*v, bool_); },
                               [](const int64_t* v) { return number(*v, int64); },
                               [&](const auto* v) { return list(*v); }},
                    value);
}

/// The other way; the tensor has the dtype and shape that tensor_of gives.
void set_from(const Optimizer::HyperParameter& value, const Tensor& tensor) {
  const auto list = [&](std::span<double> values) {
    const auto numbers = tensor.to_vector<double>();
    std::copy(numbers.begin(), numbers.end(), values.begin());
  };
  std::visit(
      Overloaded{[&](double* v) { *v = tensor.item<double>(); },
                 [&](bool* v) { *v = tensor.item<int64_t>() != 0; },
                 [&](int64_t* v) { *v = tensor.item<int64_t>(); }, [&](auto* v) { list(*v); }},
      value);
}

std::string setting_name(size_t group, std::string_view name) {
  return fmt::format("param_groups.{}.{}", group, name);
}
std::string state_name(size_t parameter, std::string_view name) {
  return fmt::format("state.{}.{}", parameter, name);
}

}  // namespace

/// All settings of all groups as they are now; puts them back unless told to keep the new ones.
class Optimizer::Settings {
 public:
  explicit Settings(Optimizer& optimizer) : optimizer_(optimizer) {
    for (size_t group = 0; group < optimizer.group_count(); ++group) {
      optimizer.visit_group(group, [&](std::string_view, HyperParameter value) {
        before_.push_back(tensor_of(value));
      });
    }
  }
  ~Settings() {
    if (kept_) return;
    size_t next = 0;
    for (size_t group = 0; group < optimizer_.group_count(); ++group) {
      optimizer_.visit_group(
          group, [&](std::string_view, HyperParameter value) { set_from(value, before_[next++]); });
    }
  }
  Settings(const Settings&) = delete;
  Settings& operator=(const Settings&) = delete;
  void keep() { kept_ = true; }

 private:
  Optimizer& optimizer_;
  Tensors before_;
  bool kept_ = false;
};

StateDict Optimizer::state_dict() const {
  auto& self = *const_cast<Optimizer*>(this);
  StateDict state;
  for (size_t group = 0; group < groups_.size(); ++group) {
    self.sync_states(group);
    const Group& g = groups_[group];
    for (size_t i = g.first; i < g.first + g.count; ++i) {
      Slot& slot = self.slots_[i];
      state.insert(state_name(i, "step"), number(slot.step, int64));
      if (slot.step == 0) continue;
      self.prepare_states(slot);
      for (size_t k = 0; k < slot.states.tensors.size(); ++k) {
        state.insert(state_name(i, slot.states.tensors[k].name), slot.state(k));
      }
      for (size_t k = 0; k < slot.states.numbers.size(); ++k) {
        state.insert(state_name(i, slot.states.numbers[k].name), number(slot.numbers[k], float64));
      }
    }
  }
  for (size_t group = 0; group < groups_.size(); ++group) {
    const Group& g = groups_[group];
    self.visit_group(group, [&](std::string_view name, HyperParameter value) {
      state.insert(setting_name(group, name), tensor_of(value));
    });
    if (g.initial_lr) {
      state.insert(setting_name(group, "initial_lr"), number(*g.initial_lr, float64));
    }
    std::vector<int64_t> numbers(g.count);
    std::iota(numbers.begin(), numbers.end(), static_cast<int64_t>(g.first));
    state.insert(setting_name(group, "params"),
                 from_values(numbers.data(), int64, {static_cast<int64_t>(g.count)},
                             {.dtype = int64, .device = "cpu"}));
  }
  return state;
}

/// One load: what was found, and what is wrong.
class Optimizer::Loading {
 public:
  Loading(Optimizer& optimizer, const StateDict& state) : self_(optimizer), state_(state) {}

  void run() {
    Settings settings(self_);
    read_settings();
    read_states();
    for (const auto& [name, value] : state_) {
      if (known_.contains(name)) continue;
      faults_ += fmt::format("\n  unexpected: {} {}", name, to_string(value.shape()));
    }
    if (!faults_.empty()) {
      throw ValueError(
          fmt::format("load_state_dict: names or shapes do not fit {}:{}", self_.name_, faults_));
    }
    settings.keep();
    for (size_t group = 0; group < self_.groups_.size(); ++group) {
      self_.groups_[group].initial_lr = initial_lr_[group];
      self_.groups_[group].changed = false;
    }
    std::move(slots_.begin(), slots_.end(), self_.slots_.begin());
  }

 private:
  const Tensor* find(const std::string& name, const Shape& shape) {
    known_.insert(name);
    const Tensor* value = state_.find(name);
    if (value == nullptr) {
      faults_ += fmt::format("\n  missing: {} {}", name, to_string(shape));
    } else if (value->shape() != shape) {
      faults_ += fmt::format("\n  shape of {}: {} in the optimizer, {} given", name,
                             to_string(shape), to_string(value->shape()));
      value = nullptr;
    }
    return value;
  }

  /// Numbers keep their type: one of another would pass for it.
  const Tensor* find_number(const std::string& name, const Shape& shape, DType dtype) {
    const Tensor* value = find(name, shape);
    if (value == nullptr) return nullptr;
    if (value->dtype() != dtype) {
      faults_ += fmt::format("\n  dtype of {}: {} in the optimizer, {} given", name,
                             ct::name(dtype), ct::name(value->dtype()));
      return nullptr;
    }
    if (dtype == float64) {
      for (const double v : value->to_vector<double>()) {
        if (std::isfinite(v)) continue;
        faults_ += fmt::format("\n  not finite: {} is {}", name, v);
        return nullptr;
      }
    }
    return value;
  }

  /// The settings go in at once, so that they can be checked and say which states there are.
  void read_settings() {
    for (size_t group = 0; group < self_.groups_.size(); ++group) {
      const Group& g = self_.groups_[group];
      self_.visit_group(group, [&](std::string_view name, HyperParameter value) {
        const Tensor now = tensor_of(value);
        const Tensor* found = find_number(setting_name(group, name), now.shape(), now.dtype());
        if (found != nullptr) set_from(value, *found);
      });
      const std::string initial = setting_name(group, "initial_lr");
      initial_lr_.emplace_back();
      if (state_.contains(initial)) {
        const Tensor* found = find_number(initial, {}, float64);
        if (found != nullptr) initial_lr_.back() = found->item<double>();
      }
      const std::string params = setting_name(group, "params");
      if (const Tensor* found = find_number(params, {static_cast<int64_t>(g.count)}, int64)) {
        const auto numbers = found->to_vector<int64_t>();
        for (size_t i = 0; i < g.count; ++i) {
          if (numbers[i] == static_cast<int64_t>(g.first + i)) continue;
          faults_ += fmt::format("\n  {} holds parameter {} where the optimizer has {}", params,
                                 numbers[i], g.first + i);
          break;
        }
      }
    }
    if (!faults_.empty()) return;
    for (size_t group = 0; group < self_.groups_.size(); ++group) self_.check_group(group);
  }

  void read_states() {
    slots_.resize(self_.slots_.size());
    for (size_t group = 0; group < self_.groups_.size(); ++group) {
      const Group& g = self_.groups_[group];
      for (size_t i = g.first; i < g.first + g.count; ++i) {
        read_state(i, self_.states_of(group, self_.parameters_[i].shape()));
      }
    }
  }

  void read_state(size_t i, States states) {
    const Tensor& p = self_.parameters_[i];
    Slot& slot = slots_[i];
    slot.tensors = {Tensor(), p};
    slot.tensors.resize(2 + states.tensors.size());
    for (const State& s : states.numbers) slot.numbers.push_back(s.initial);
    slot.states = std::move(states);
    const Tensor* step = find_number(state_name(i, "step"), {}, int64);
    // Without a number of steps nothing can be said of the rest.
    const auto pass_over = [&] {
      for (const State& s : slot.states.tensors) known_.insert(state_name(i, s.name));
      for (const State& s : slot.states.numbers) known_.insert(state_name(i, s.name));
    };
    if (step == nullptr) return pass_over();
    slot.step = step->item<int64_t>();
    if (slot.step < 0) {
      pass_over();
      faults_ += fmt::format("\n  negative: {} is {}", state_name(i, "step"), slot.step);
    }
    if (slot.step <= 0) return;
    for (size_t k = 0; k < slot.states.tensors.size(); ++k) {
      const State& told = slot.states.tensors[k];
      const Shape shape = told.shape.value_or(p.shape());
      const Tensor* value = find(state_name(i, told.name), shape);
      if (value == nullptr) continue;
      slot.state(k) = zeros(shape, {.dtype = compute_type(p.dtype()), .device = p.device()});
      slot.state(k).copy_(*value);
      mark_memory(slot.state(k), MemoryKind::optimizer);
    }
    for (size_t k = 0; k < slot.numbers.size(); ++k) {
      const std::string name = state_name(i, slot.states.numbers[k].name);
      const Tensor* value = find_number(name, {}, float64);
      if (value != nullptr) slot.numbers[k] = value->item<double>();
    }
  }

  Optimizer& self_;
  const StateDict& state_;
  std::string faults_;
  std::unordered_set<std::string> known_;
  std::vector<std::optional<double>> initial_lr_;
  std::vector<Slot> slots_;
};

void Optimizer::load_state_dict(const StateDict& state) {
  if (!is_older_state(state)) return Loading(*this, state).run();
  std::vector<std::string> flags;
  if (!groups_.empty()) {
    visit_group(0, [&](std::string_view name, HyperParameter value) {
      if (std::holds_alternative<bool*>(value)) flags.emplace_back(name);
    });
  }
  const StateDict today = from_older_state(state, parameters_.size(), flags);
  Loading(*this, today).run();
}

}  // namespace ct::optim
