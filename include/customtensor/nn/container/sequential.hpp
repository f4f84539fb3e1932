// Sequential: modules one after the other.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "customtensor/nn/module.hpp"

namespace ct::nn {

/// y = last(… second(first(x))). Holds its modules by value, whatever their types, and copies as
/// they do. Names: "0", "1", …
///   Sequential mlp(Linear(784, 128), ReLU(), Linear(128, 10));
class CT_API Sequential : public Module {
 public:
  Sequential() = default;
  template <std::derived_from<Module>... Ms>
  requires(sizeof...(Ms) > 1 ||
           (!std::same_as<Ms, Sequential> && ...)) explicit Sequential(Ms... modules) {
    items_.reserve(sizeof...(Ms));
    (push_back(std::move(modules)), ...);
  }

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
  /// A module of any type that copies like a value.
  class Item {
   public:
    template <class M>
    explicit Item(M module) : held_(std::make_unique<Held<M>>(std::move(module))) {}
    Item(const Item& other) : held_(other.held_->copy()) {}
    Item(Item&&) noexcept = default;
    Item& operator=(const Item& other) {
      held_ = other.held_->copy();
      return *this;
    }
    Item& operator=(Item&&) noexcept = default;
    Module& module() const { return held_->module(); }

   private:
    struct Holder {
      virtual ~Holder() = default;
      virtual std::unique_ptr<Holder> copy() const = 0;
      virtual Module& module() = 0;
    };
    template <class M>
    struct Held final : Holder {
      explicit Held(M m) : value(std::move(m)) {}
      std::unique_ptr<Holder> copy() const override { return std::make_unique<Held>(value); }
      Module& module() override { return value; }
      M value;
    };
    std::unique_ptr<Holder> held_;
  };

  std::vector<Item> items_;
};

}  // namespace ct::nn
