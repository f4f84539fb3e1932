// Softmax2d: softmax over the channels at each place of an image.
#pragma once

#include "customtensor/nn/module.hpp"

namespace ct::nn {

/// softmax over the channels.
/// Shapes: x (n, c, h, w) or (c, h, w) -> the same
/// Errors: ShapeError for others
class CT_API Softmax2d : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

}  // namespace ct::nn
