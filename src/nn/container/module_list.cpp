// See module_list.hpp.
#include "customtensor/nn/container/module_list.hpp"

#include <fmt/format.h>

#include <utility>

#include "customtensor/error.hpp"

namespace ct::nn {

ModuleList& ModuleList::append(AnyModule module) {
  modules_.push_back(std::move(module));
  return *this;
}

ModuleList& ModuleList::insert(int64_t i, AnyModule module) {
  if (i < 0 || i > size()) {
    throw IndexError(fmt::format("ModuleList: cannot insert at {}: there are {}", i, size()));
  }
  modules_.insert(modules_.begin() + i, std::move(module));
  return *this;
}

Module& ModuleList::operator[](int64_t i) {
  const int64_t at = i < 0 ? i + size() : i;
  if (at < 0 || at >= size()) {
    throw IndexError(fmt::format("ModuleList: there is no module {}: there are {}", i, size()));
  }
  return modules_[static_cast<size_t>(at)].module();
}

void ModuleList::members(Members& m) {
  for (size_t i = 0; i < modules_.size(); ++i) m(std::to_string(i), modules_[i].module());
}

}  // namespace ct::nn
