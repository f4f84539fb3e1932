// See residual.hpp.
#include "customtensor/nn/container/residual.hpp"

#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"

namespace ct::nn {

void Residual::members(Members& m) {
  m("module", module_.module());
  if (!shortcut_.empty()) m("shortcut", shortcut_[0].module());
}

Tensor Residual::forward(const Tensor& x) {
  const Tensor beside = shortcut_.empty() ? x : shortcut_[0].module()(x);
  const Tensor y = module_.module()(x);
  if (beside.shape() != y.shape()) {
    throw ShapeError(fmt::format(
        "Residual: the module gives {} and what passes beside it is {}; give a shortcut that makes "
        "them alike",
        to_string(y.shape()), to_string(beside.shape())));
  }
  return beside + y;
}

}  // namespace ct::nn
