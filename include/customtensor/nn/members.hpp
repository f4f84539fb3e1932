// Members: the visitor to which a module names its parameters, buffers and children.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "customtensor/export.hpp"
#include "customtensor/tensor.hpp"

namespace ct::nn {

class LazyModule;
class Module;

/// Lives for one visit. Names are unique within a module, not empty, and hold no '.'.
class CT_API Members {
 public:
  /// Where a tensor or module was found. The pointers are good while the visit's result is used.
  struct Entry {
    std::string name;  ///< with the path: "conv1.weight"
    Tensor* tensor = nullptr;
    Module* module = nullptr;  ///< instead of a tensor
    bool is_buffer = false;
    LazyModule* lazy = nullptr;  ///< instead of a tensor that is not there yet: who will make it
  };

  Members() = default;
  Members(const Members&) = delete;
  Members& operator=(const Members&) = delete;

  /// A parameter; an undefined tensor (a bias that was not wanted) is left out.
  void operator()(std::string_view name, Tensor& parameter);
  /// A child: its members follow as "<name>.<member>".
  void operator()(std::string_view name, Module& child);
  /// A child whose members stand under this module's own name: what a wrapper holds.
  void operator()(Module& wrapped);
  /// Children "<name>.0", "<name>.1", …
  template <std::derived_from<Module> M>
  void operator()(std::string_view name, std::vector<M>& children) {
    const size_t outer = enter(name);
    for (size_t i = 0; i < children.size(); ++i) (*this)(std::to_string(i), children[i]);
    leave(outer);
  }
  /// State that is not trained but belongs to the model: running statistics.
  void buffer(std::string_view name, Tensor& buffer);

  /// A parameter or buffer of a module that does not know its sizes yet.
  void lazy(std::string_view name, LazyModule& module);

  /// Everything named so far, in order.
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  size_t enter(std::string_view name);
  void leave(size_t outer);

  std::vector<Entry> entries_;
  std::string prefix_;
};

}  // namespace ct::nn
