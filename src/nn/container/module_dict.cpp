// See module_dict.hpp. A few names at most: they are looked through in order.
#include "customtensor/nn/container/module_dict.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "customtensor/error.hpp"

namespace ct::nn {

ModuleDict& ModuleDict::insert(std::string name, AnyModule module) {
  if (name.empty() || name.find('.') != std::string::npos) {
    throw ValueError(
        fmt::format("ModuleDict: a name must not be empty nor hold a '.': '{}'", name));
  }
  for (auto& [known, held] : modules_) {
    if (known != name) continue;
    held = std::move(module);
    return *this;
  }
  modules_.emplace_back(std::move(name), std::move(module));
  return *this;
}

bool ModuleDict::contains(std::string_view name) const {
  return std::any_of(modules_.begin(), modules_.end(),
                     [&](const auto& entry) { return entry.first == name; });
}

Module& ModuleDict::operator[](std::string_view name) {
  for (auto& [known, held] : modules_) {
    if (known == name) return held.module();
  }
  throw IndexError(fmt::format("ModuleDict: there is no module '{}': there are {}", name,
                               fmt::join(names(), ", ")));
}

std::vector<std::string> ModuleDict::names() const {
  std::vector<std::string> names;
  for (const auto& entry : modules_) names.push_back(entry.first);
  return names;
}

void ModuleDict::members(Members& m) {
  for (auto& [name, held] : modules_) m(name, held.module());
}

}  // namespace ct::nn
