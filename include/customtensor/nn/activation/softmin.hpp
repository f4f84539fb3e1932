// Softmin: ct::softmin as a layer.
#pragma once

#include <cstdint>

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/activation.hpp"

namespace ct::nn {

/// Softmax of -x
class CT_API Softmin : public Module {
 public:
  explicit Softmin(int64_t axis) : axis_(axis) {}
  Tensor forward(const Tensor& x) override;

 private:
  int64_t axis_;
};

}  // namespace ct::nn
