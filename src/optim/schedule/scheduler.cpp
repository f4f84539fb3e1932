// What all schedules do: count, ask for the rates and set them, and keep their state.
#include "customtensor/optim/schedule/scheduler.hpp"

#include <fmt/format.h>

#include <string>
#include <unordered_set>

#include "customtensor/error.hpp"
#include "customtensor/ops/creation.hpp"

namespace ct::optim {

LRScheduler::~LRScheduler() = default;

LRScheduler::LRScheduler(const char* name, Optimizer& optimizer)
    : name_(name), optimizer_(&optimizer) {
  for (size_t g = 0; g < optimizer.group_count(); ++g) {
    if (!optimizer.initial_lr(g)) optimizer.set_initial_lr(g, optimizer.lr(g));
    base_lrs_.push_back(*optimizer.initial_lr(g));
  }
}

void LRScheduler::set_rates(const std::vector<double>& rates) {
  for (size_t g = 0; g < rates.size(); ++g) optimizer_->set_lr(g, rates[g]);
  last_lr_ = rates;
}

double LRScheduler::first(size_t /*group*/, double lr) const { return lr; }

void LRScheduler::begin() {
  last_epoch_ = 0;
  std::vector<double> rates;
  for (size_t g = 0; g < groups(); ++g) rates.push_back(first(g, optimizer_->lr(g)));
  set_rates(rates);
  moved();
}

void LRScheduler::restart() {
  last_epoch_ = 0;
  std::vector<double> rates;
  for (size_t g = 0; g < groups(); ++g) rates.push_back(first(g, base_lr(g)));
  set_rates(rates);
  moved();
}

void LRScheduler::step() {
  ++last_epoch_;
  try {
    advance();
  } catch (...) {
    --last_epoch_;
    throw;
  }
  std::vector<double> rates;
  for (size_t g = 0; g < groups(); ++g) rates.push_back(next(g, optimizer_->lr(g)));
  set_rates(rates);
  moved();
}

namespace {
Tensor numbers(const std::vector<double>& values) {
  return from_values(values.data(), float64, {static_cast<int64_t>(values.size())},
                     {.dtype = float64, .device = "cpu"});
}
}  // namespace

StateDict LRScheduler::state_dict() const {
  StateDict state;
  state.insert("last_epoch",
               from_values(&last_epoch_, int64, {}, {.dtype = int64, .device = "cpu"}));
  state.insert("base_lrs", numbers(base_lrs_));
  state.insert("_last_lr", numbers(last_lr_));
  for (const auto& [name, value] : const_cast<LRScheduler*>(this)->extra()) {
    state.insert(name, from_values(value, float64, {}, {.dtype = float64, .device = "cpu"}));
  }
  return state;
}

void LRScheduler::load_state_dict(const StateDict& state) {
  std::string faults;
  std::unordered_set<std::string> known;
  const auto find = [&](const char* name, const Shape& shape, DType dtype) -> const Tensor* {
    known.insert(name);
    const Tensor* value = state.find(name);
    if (value == nullptr) {
      faults += fmt::format("\n  missing: {} {}", name, to_string(shape));
    } else if (value->shape() != shape || value->dtype() != dtype) {
      faults += fmt::format("\n  {}: {} {} in the schedule, {} {} given", name, ct::name(dtype),
                            to_string(shape), ct::name(value->dtype()), to_string(value->shape()));
      value = nullptr;
    }
    return value;
  };
  const Shape each{static_cast<int64_t>(groups())};
  const Tensor* epoch = find("last_epoch", {}, int64);
  const Tensor* base = find("base_lrs", each, float64);
  const Tensor* last = find("_last_lr", each, float64);
  const auto places = extra();
  std::vector<const Tensor*> values;
  values.reserve(places.size());
  for (const auto& place : places) values.push_back(find(place.first, {}, float64));
  for (const auto& entry : state) {
    if (!known.contains(entry.first)) faults += "\n  unexpected: " + entry.first;
  }
  if (epoch != nullptr && epoch->item<int64_t>() < 0) faults += "\n  last_epoch is negative";
  if (!faults.empty()) {
    throw ValueError(
        fmt::format("load_state_dict: names or shapes do not fit {}:{}", name_, faults));
  }
  last_epoch_ = epoch->item<int64_t>();
  base_lrs_ = base->to_vector<double>();
  last_lr_ = last->to_vector<double>();
  for (size_t i = 0; i < places.size(); ++i) *places[i].second = values[i]->item<double>();
}

}  // namespace ct::optim
