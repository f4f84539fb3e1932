// LazyLinear: a Linear whose number of inputs comes with the first of them.
#pragma once

#include <concepts>
#include <cstdint>

#include "customtensor/nn/container/lazy_module.hpp"
#include "customtensor/nn/linear.hpp"

namespace ct::nn {

/// Linear(in, out_features), in = the last axis of the first x.
/// Errors: as Linear; ShapeError for an x without axes. Source: torch.nn.LazyLinear
class CT_API LazyLinear : public LazyLayer<Linear> {
 public:
  explicit LazyLinear(int64_t out_features, const LinearOptions& options = {})
      : LazyLayer("LazyLinear", -1, names(options),
                  [=](int64_t in) { return Linear(in, out_features, options); }) {}

 private:
  static std::vector<Member> names(const LinearOptions& options) {
    std::vector<Member> all = {{.name = "weight", .axis = 1}};
    if (options.bias) all.push_back({.name = "bias"});
    return all;
  }
};

}  // namespace ct::nn
