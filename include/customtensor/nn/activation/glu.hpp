// GLU: ct::glu as a layer.
#pragma once

#include <cstdint>

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/activation.hpp"

namespace ct::nn {

/// a sigmoid(b) of the halves a, b of x along `axis`. Source: arXiv:1612.08083
class CT_API GLU : public Module {
 public:
  explicit GLU(int64_t axis = -1) : axis_(axis) {}
  Tensor forward(const Tensor& x) override;

 private:
  int64_t axis_;
};

}  // namespace ct::nn
