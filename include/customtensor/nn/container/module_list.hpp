// ModuleList: modules in order, which their owner calls as it likes.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "customtensor/nn/container/any_module.hpp"

namespace ct::nn {

/// Holds its modules by value, whatever their types. Names: "0", "1", … It has no forward.
///   ModuleList layers;
///   for (int i = 0; i < 3; ++i) layers.append(Linear(8, 8));
///   for (int64_t i = 0; i < layers.size(); ++i) x = layers[i](x);
class CT_API ModuleList : public Module {
 public:
  ModuleList() = default;
  /// In braces, which are evaluated from left to right: see Sequential.
  ModuleList(std::initializer_list<AnyModule> modules) : modules_(modules) {}

  ModuleList& append(AnyModule module);
  /// Before number `i`, from 0 to size(). Errors: IndexError.
  ModuleList& insert(int64_t i, AnyModule module);
  int64_t size() const { return static_cast<int64_t>(modules_.size()); }
  /// Negative numbers count from the end. Errors: IndexError.
  Module& operator[](int64_t i);
  /// The same as the type that it was given as. Errors: also std::bad_cast for another.
  template <class M>
  M& at(int64_t i) {
    return dynamic_cast<M&>((*this)[i]);
  }

  void members(Members& m) override;

 private:
  std::vector<AnyModule> modules_;
};

}  // namespace ct::nn
