// ParameterList and ParameterDict: tensors of a module, by number or name.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "customtensor/nn/module.hpp"

namespace ct::nn {

/// Names: "0", "1", … Errors of both: ValueError for an undefined tensor, IndexError for one that
/// is not there.
class CT_API ParameterList : public Module {
 public:
  ParameterList() = default;
  ParameterList(std::initializer_list<Tensor> parameters);

  ParameterList& append(Tensor parameter);
  int64_t size() const { return static_cast<int64_t>(parameters_.size()); }
  /// Negative numbers count from the end.
  Tensor& operator[](int64_t i);

  void members(Members& m) override;

 private:
  std::vector<Tensor> parameters_;
};

/// In the order in which they came.
class CT_API ParameterDict : public Module {
 public:
  /// Replaces a parameter of that name. Errors: ValueError for a name that is empty or holds a '.'.
  ParameterDict& insert(std::string name, Tensor parameter);
  bool contains(std::string_view name) const;
  Tensor& operator[](std::string_view name);
  int64_t size() const { return static_cast<int64_t>(parameters_.size()); }

  void members(Members& m) override;

 private:
  std::vector<std::pair<std::string, Tensor>> parameters_;
};

}  // namespace ct::nn
