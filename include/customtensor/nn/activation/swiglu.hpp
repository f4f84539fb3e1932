// SwiGLU: ct::swiglu as a layer.
#pragma once

#include <cstdint>

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/activation.hpp"

namespace ct::nn {

/// a sigmoid(a) b of the halves a, b of x along `axis`. Source: arXiv:2002.05202
class CT_API SwiGLU : public Module {
 public:
  explicit SwiGLU(int64_t axis = -1) : axis_(axis) {}
  Tensor forward(const Tensor& x) override;

 private:
  int64_t axis_;
};

}  // namespace ct::nn
