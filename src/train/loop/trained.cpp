// The parts of a run as one state: see customtensor/train/trained.hpp.
#include "customtensor/train/trained.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "customtensor/error.hpp"

namespace ct::train {

namespace {

/// Whether a model of these tensors can load `state`.
bool fits(const StateDict& model, const StateDict& state) {
  return model.size() == state.size() &&
         std::all_of(model.begin(), model.end(), [&](const StateDict::Entry& entry) {
           const Tensor* value = state.find(entry.first);
           return value != nullptr && value->shape() == entry.second.shape();
         });
}

StateDict copy_of(const StateDict& state) {
  StateDict copy;
  for (const auto& [name, tensor] : state) copy.insert(name, tensor.clone());
  return copy;
}

template <class List>
void add_names(std::vector<std::string>& names, const List& parts) {
  for (const auto& [name, part] : parts) {
    if (name.empty() || name.find('.') != name.npos) {
      throw ValueError(fmt::format(
          "train: a part of a run cannot be called \"{}\": a name is not empty and holds no dot",
          name));
    }
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      throw ValueError(fmt::format("train: two parts of a run are called \"{}\"", name));
    }
    if (part == nullptr) throw ValueError(fmt::format("train: \"{}\" is a null pointer", name));
    names.push_back(name);
  }
}

}  // namespace

void Trained::check() const {
  std::vector<std::string> names;
  add_names(names, models);
  add_names(names, optimizers);
  add_names(names, generators);
}

StateDict Trained::state_dict() const {
  check();
  StateDict state;
  for (const auto& [name, model] : models) state.insert_all(name + ".", model->state_dict());
  for (const auto& [name, optimizer] : optimizers) {
    state.insert_all(name + ".", optimizer->state_dict());
  }
  return state;
}

void Trained::load_state_dict(const StateDict& state) const {
  check();
  std::vector<std::string> names;
  for (const auto& [name, model] : models) names.push_back(name);
  for (const auto& [name, optimizer] : optimizers) names.push_back(name);
  for (const auto& [key, tensor] : state) {
    const std::string_view part = std::string_view(key).substr(0, key.find('.'));
    if (std::find(names.begin(), names.end(), part) == names.end()) {
      throw ValueError(fmt::format("train: the state holds \"{}\", but this run consists of {}",
                                   key, fmt::join(names, ", ")));
    }
  }
  for (const auto& [name, model] : models) {
    const StateDict part = state.with_prefix(name + ".");
    if (!fits(model->state_dict(), part)) model->load_state_dict(part);  // says what does not
  }
  // Optimizers check what they alone know: those that have loaded get their own state again.
  std::vector<StateDict> before;
  try {
    for (const auto& [name, optimizer] : optimizers) {
      before.push_back(copy_of(optimizer->state_dict()));
      optimizer->load_state_dict(state.with_prefix(name + "."));
    }
  } catch (...) {
    for (size_t i = 0; i + 1 < before.size(); ++i) {
      optimizers[i].second->load_state_dict(before[i]);
    }
    throw;
  }
  for (const auto& [name, model] : models) model->load_state_dict(state.with_prefix(name + "."));
}

}  // namespace ct::train
