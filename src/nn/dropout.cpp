// The op ct::dropout, on while the module is training.
#include "customtensor/nn/dropout.hpp"

#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "customtensor/ops/activation.hpp"

namespace ct::nn {

Dropout::Dropout(double p) : p_(p) {
  if (!(p >= 0 && p <= 1)) throw ValueError(fmt::format("Dropout: p must be in [0, 1]: {}", p));
}

Tensor Dropout::forward(const Tensor& x) { return dropout(x, p_, is_training()); }

}  // namespace ct::nn
