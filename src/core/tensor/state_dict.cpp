// StateDict: entries in order, and an index of their names.
#include "customtensor/state_dict.hpp"

#include <fmt/format.h>

#include "customtensor/error.hpp"

namespace ct {

StateDict::StateDict(std::initializer_list<Entry> entries) {
  for (const Entry& entry : entries) insert(entry.first, entry.second);
}

StateDict::StateDict(const std::map<std::string, Tensor>& entries) {
  for (const auto& [name, tensor] : entries) insert(name, tensor);
}

void StateDict::insert(std::string name, Tensor tensor) {
  if (!tensor.defined()) {
    throw ValueError(fmt::format("StateDict: undefined tensor: \"{}\"; leave it out", name));
  }
  if (!places_.emplace(name, entries_.size()).second) {
    throw ValueError(fmt::format("StateDict: two tensors have one name: \"{}\"", name));
  }
  entries_.emplace_back(std::move(name), std::move(tensor));
}

void StateDict::insert_all(const std::string& prefix, const StateDict& other) {
  for (const auto& [name, tensor] : other) insert(prefix + name, tensor);
}

const Tensor* StateDict::find(std::string_view name) const {
  const auto place = places_.find(std::string(name));
  return place == places_.end() ? nullptr : &entries_[place->second].second;
}

const Tensor& StateDict::at(std::string_view name) const {
  if (const Tensor* found = find(name)) return *found;
  constexpr size_t kShown = 10;
  std::string names;
  for (size_t i = 0; i < std::min(kShown, size()); ++i) {
    names += fmt::format("{}\"{}\"", i > 0 ? ", " : "", entries_[i].first);
  }
  if (size() > kShown) names += ", …";
  throw ValueError(
      fmt::format("StateDict: no tensor \"{}\": there are {}: {}", name, size(), names));
}

StateDict StateDict::with_prefix(std::string_view prefix) const {
  StateDict found;
  for (const auto& [name, tensor] : entries_) {
    if (name.starts_with(prefix)) found.insert(name.substr(prefix.size()), tensor);
  }
  return found;
}

}  // namespace ct
