// StateDict: tensors by name in the order they were added. What modules and optimizers give out
// and take back, and what src/io writes to files.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "customtensor/export.hpp"
#include "customtensor/tensor.hpp"

namespace ct {

class CT_API StateDict {
 public:
  using Entry = std::pair<std::string, Tensor>;

  StateDict() = default;
  /// Errors: ValueError for a repeated name.
  StateDict(std::initializer_list<Entry> entries);
  StateDict(const std::map<std::string, Tensor>& entries);  // NOLINT: a map is such a list

  /// Appends. Errors: ValueError for a name that is there already, or an undefined tensor.
  void insert(std::string name, Tensor tensor);
  /// Appends all of `other`, each name behind `prefix`. Errors: as insert.
  void insert_all(const std::string& prefix, const StateDict& other);
  /// Null if there is no such name.
  const Tensor* find(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name) != nullptr; }
  /// Errors: ValueError naming what there is.
  const Tensor& at(std::string_view name) const;
  /// The entries whose names start with `prefix`, without it.
  StateDict with_prefix(std::string_view prefix) const;

  size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  std::vector<Entry>::const_iterator begin() const { return entries_.begin(); }
  std::vector<Entry>::const_iterator end() const { return entries_.end(); }

 private:
  std::vector<Entry> entries_;
  std::unordered_map<std::string, size_t> places_;
};

}  // namespace ct
