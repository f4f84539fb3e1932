// ct::softmax along the axis of the channels.
#include "customtensor/nn/activation/softmax2d.hpp"

#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "customtensor/ops/loss.hpp"

namespace ct::nn {

Tensor Softmax2d::forward(const Tensor& x) {
  if (x.dim() != 3 && x.dim() != 4) {
    throw ShapeError(
        fmt::format("Softmax2d: x must be (n, c, h, w) or (c, h, w): {}", to_string(x.shape())));
  }
  return softmax(x, -3);
}

}  // namespace ct::nn
