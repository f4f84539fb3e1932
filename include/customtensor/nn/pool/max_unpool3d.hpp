// MaxUnpool3d: ct::max_unpool3d with its settings.
#pragma once

#include <concepts>

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/pool_indices.hpp"

namespace ct::nn {

/// What MaxPool3d was given, all but its largest values 0. Shapes: x and indices (n, c, od, oh, ow)
/// -> (n, c, d, h, w) Errors: those of ct::max_unpool3d, at each call Source: torch.nn.MaxUnpool3d
class CT_API MaxUnpool3d : public Module {
 public:
  explicit MaxUnpool3d(Triple kernel, Triple stride = 0, Triple padding = 0)
      : kernel_(kernel), stride_(stride), padding_(padding) {}
  /// {3, 2, 2} alone is a kernel.
  template <std::integral T>
  explicit MaxUnpool3d(const T (&kernel)[3], Triple stride = 0, Triple padding = 0)
      : MaxUnpool3d(Triple(kernel[0], kernel[1], kernel[2]), stride, padding) {}
  Tensor forward(const Tensor& x, const Tensor& indices,
                 std::span<const int64_t> output_size = {}) const;

 private:
  Triple kernel_, stride_, padding_;
};

}  // namespace ct::nn
