// ModuleDict: modules by name, which their owner calls as it likes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "customtensor/nn/container/any_module.hpp"

namespace ct::nn {

/// Holds its modules by value, whatever their types, in the order in which they came. It has no
/// forward.
///   ModuleDict heads;
///   heads.insert("class", Linear(8, 10)).insert("box", Linear(8, 4));
///   y = heads["box"](x);
class CT_API ModuleDict : public Module {
 public:
  /// Replaces a module of that name. Errors: ValueError for a name that is empty or holds a '.'.
  ModuleDict& insert(std::string name, AnyModule module);
  bool contains(std::string_view name) const;
  /// Errors: IndexError naming those that there are.
  Module& operator[](std::string_view name);
  int64_t size() const { return static_cast<int64_t>(modules_.size()); }
  std::vector<std::string> names() const;

  void members(Members& m) override;

 private:
  std::vector<std::pair<std::string, AnyModule>> modules_;
};

}  // namespace ct::nn
