// DropPath: ct::drop_path while training, x itself in inference.
#pragma once

#include "customtensor/nn/module.hpp"

namespace ct::nn {

/// While training, whole samples are 0 with probability p, else x / (1 - p), or x itself unless
/// scale_by_keep: stochastic depth. Source: arXiv:1603.09382
/// Errors: ValueError unless p is in [0, 1]
class CT_API DropPath : public Module {
 public:
  explicit DropPath(double p = 0.0, bool scale_by_keep = true);
  Tensor forward(const Tensor& x) override;

 private:
  double p_;
  bool scale_by_keep_;
};

}  // namespace ct::nn
