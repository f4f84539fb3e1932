// MaxUnpool2d: ct::max_unpool2d with its settings.
#pragma once

#include <concepts>

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/pool_indices.hpp"

namespace ct::nn {

/// What MaxPool2d was given, all but its largest values 0. Shapes: x and indices (n, c, oh, ow) ->
/// (n, c, h, w) Errors: those of ct::max_unpool2d, at each call Source: torch.nn.MaxUnpool2d
class CT_API MaxUnpool2d : public Module {
 public:
  explicit MaxUnpool2d(Pair kernel, Pair stride = 0, Pair padding = 0)
      : kernel_(kernel), stride_(stride), padding_(padding) {}
  /// {3, 2} alone is a kernel.
  template <std::integral T>
  explicit MaxUnpool2d(const T (&kernel)[2], Pair stride = 0, Pair padding = 0)
      : MaxUnpool2d(Pair(kernel[0], kernel[1]), stride, padding) {}
  Tensor forward(const Tensor& x, const Tensor& indices,
                 std::span<const int64_t> output_size = {}) const;

 private:
  Pair kernel_, stride_, padding_;
};

}  // namespace ct::nn
