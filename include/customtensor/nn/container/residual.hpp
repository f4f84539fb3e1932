// Residual: a module beside which its input passes.
#pragma once

#include "customtensor/nn/container/any_module.hpp"

namespace ct::nn {

/// y = x + module(x), or shortcut(x) + module(x). Names: "module", "shortcut".
/// Errors: ShapeError where the two do not have one shape: nothing is broadcast
/// Source: arXiv:1512.03385
class CT_API Residual : public Module {
 public:
  explicit Residual(AnyModule module) : module_(std::move(module)) {}
  Residual(AnyModule module, AnyModule shortcut)
      : module_(std::move(module)), shortcut_{std::move(shortcut)} {}

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;

 private:
  AnyModule module_;
  std::vector<AnyModule> shortcut_;  ///< one or none
};

}  // namespace ct::nn
