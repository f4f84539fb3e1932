// LogSoftmax: ct::log_softmax as a layer.
#pragma once

#include <cstdint>

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/loss.hpp"

namespace ct::nn {

/// x less log sum exp(x) along `axis`
class CT_API LogSoftmax : public Module {
 public:
  explicit LogSoftmax(int64_t axis) : axis_(axis) {}
  Tensor forward(const Tensor& x) override;

 private:
  int64_t axis_;
};

}  // namespace ct::nn
