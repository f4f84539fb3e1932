// Softmax: ct::softmax as a layer.
#pragma once

#include <cstdint>

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/loss.hpp"

namespace ct::nn {

/// exp(x) over its sum along `axis`
class CT_API Softmax : public Module {
 public:
  explicit Softmax(int64_t axis) : axis_(axis) {}
  Tensor forward(const Tensor& x) override;

 private:
  int64_t axis_;
};

}  // namespace ct::nn
