// MaxUnpool1d: ct::max_unpool1d with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/pool_indices.hpp"

namespace ct::nn {

/// What MaxPool1d was given, all but its largest values 0. Shapes: x and indices (n, c, ol) -> (n,
/// c, l) Errors: those of ct::max_unpool1d, at each call Source: torch.nn.MaxUnpool1d
class CT_API MaxUnpool1d : public Module {
 public:
  explicit MaxUnpool1d(int64_t kernel, int64_t stride = 0, int64_t padding = 0)
      : kernel_(kernel), stride_(stride), padding_(padding) {}
  Tensor forward(const Tensor& x, const Tensor& indices,
                 std::span<const int64_t> output_size = {}) const;

 private:
  int64_t kernel_, stride_, padding_;
};

}  // namespace ct::nn
