// The op ct::rrelu, which draws while the module is training.
#include "customtensor/nn/activation/rrelu.hpp"

#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "customtensor/ops/activation.hpp"

namespace ct::nn {

RReLU::RReLU(double lower, double upper) : lower_(lower), upper_(upper) {
  if (!(lower >= 0.0 && lower <= upper)) {
    throw ValueError(
        fmt::format("RReLU: bounds must be 0 <= lower <= upper: {} and {}", lower, upper));
  }
}

Tensor RReLU::forward(const Tensor& x) { return rrelu(x, lower_, upper_, is_training()); }

}  // namespace ct::nn
