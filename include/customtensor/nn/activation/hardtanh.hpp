// Hardtanh: ct::hardtanh as a layer.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/activation.hpp"

namespace ct::nn {

/// x limited to [min_val, max_val]
class CT_API Hardtanh : public Module {
 public:
  explicit Hardtanh(double min_val = -1.0, double max_val = 1.0)
      : min_val_(min_val), max_val_(max_val) {}
  Tensor forward(const Tensor& x) override;

 private:
  double min_val_;
  double max_val_;
};

}  // namespace ct::nn
