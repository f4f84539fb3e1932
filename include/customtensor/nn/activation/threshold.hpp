// Threshold: ct::threshold as a layer.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/activation.hpp"

namespace ct::nn {

/// x where it is above the threshold, else value
class CT_API Threshold : public Module {
 public:
  Threshold(double threshold, double value) : threshold_(threshold), value_(value) {}
  Tensor forward(const Tensor& x) override;

 private:
  double threshold_;
  double value_;
};

}  // namespace ct::nn
