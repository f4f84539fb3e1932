// Flatten and Identity: layers that only look at x differently, or not at all.
#pragma once

#include <cstdint>

#include "customtensor/nn/module.hpp"

namespace ct::nn {

/// Joins the axes start … end; by default all but the first: (n, c, h, w) -> (n, c h w)
class CT_API Flatten : public Module {
 public:
  explicit Flatten(int64_t start = 1, int64_t end = -1) : start_(start), end_(end) {}
  Tensor forward(const Tensor& x) override;

 private:
  int64_t start_, end_;
};

/// x
class CT_API Identity : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

}  // namespace ct::nn
