// What makers of tensors share.
#pragma once

#include "customtensor/ops/like_options.hpp"
#include "customtensor/tensor.hpp"

namespace ct::ops {

/// `options`, with what they leave open as `like` has it.
TensorOptions options_like(const Tensor& like, const LikeOptions& options);

}  // namespace ct::ops
