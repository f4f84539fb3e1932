// AnyModule: a module of any type, held by value: what containers are made of.
#pragma once

#include <concepts>
#include <memory>
#include <utility>

#include "customtensor/nn/module.hpp"

namespace ct::nn {

/// Copies as the module that it holds does: tensors are shared, nn::copy makes an independent one.
class AnyModule {
 public:
  template <std::derived_from<Module> M>
  AnyModule(M module)  // NOLINT: a module is any module
      : held_(std::make_unique<Held<M>>(std::move(module))) {}
  AnyModule(const AnyModule& other) : held_(other.held_->copy()) {}
  AnyModule(AnyModule&&) noexcept = default;
  AnyModule& operator=(const AnyModule& other) {
    held_ = other.held_->copy();
    return *this;
  }
  AnyModule& operator=(AnyModule&&) noexcept = default;

  Module& module() const { return held_->module(); }
  /// The module as the type that it was given as. Errors: std::bad_cast for another.
  template <class M>
  M& as() const {
    return dynamic_cast<M&>(module());
  }

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

}  // namespace ct::nn
