// Sequential: modules one after the other.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

#include "customtensor/nn/container/any_module.hpp"

namespace ct::nn {

/// y = last(… second(first(x))). Holds its modules by value, whatever their types, and copies as
/// they do. Names: "0", "1", …
///   Sequential mlp{Linear(784, 128), ReLU(), Linear(128, 10)};
class CT_API Sequential : public Module {
  class Part;

 public:
  Sequential() = default;
  /// Braces are evaluated from left to right, so the modules draw their initial weights in that
  /// order with every compiler. A list of one Sequential is that one.
  Sequential(std::initializer_list<Part> modules);  // NOLINT: a list of modules is one
  template <std::derived_from<Module> M>
  requires(!std::same_as<M, Sequential>) explicit Sequential(M module) {
    push_back(std::move(module));
  }
  /// Not several in parentheses: those are evaluated in an order of the compiler's choice, and one
  /// seed would give different networks. Write braces.
  template <std::derived_from<Module> A, std::derived_from<Module> B,
            std::derived_from<Module>... More>
  Sequential(A, B, More...) = delete;

  template <std::derived_from<Module> M>
  Sequential& push_back(M module) {
    items_.emplace_back(std::move(module));
    return *this;
  }
  int64_t size() const { return static_cast<int64_t>(items_.size()); }
  /// Errors: IndexError.
  Module& operator[](int64_t i);

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;

 private:
  /// One of a braced list, which only lends its elements: what it holds is moved out of it.
  class Part {
   public:
    template <std::derived_from<Module> M>
    Part(M module) : item_(std::move(module)) {}  // NOLINT: a module is a part
    AnyModule take() const { return std::move(item_); }

   private:
    mutable AnyModule item_;
  };

  std::vector<AnyModule> items_;
};

}  // namespace ct::nn
