// Upsample: ct::interpolate with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/resample.hpp"

namespace ct::nn {

struct UpsampleOptions {
  PerAxis<int64_t> size = {};
  PerAxis<double> scale_factor = {};
  InterpolateMode mode = InterpolateMode::nearest;
  bool align_corners = false;
  bool recompute_scale_factor = false;
};

/// Of the two layers for images whose mode is fixed: one of the two, as one number or (h, w).
struct UpsamplingOptions {
  PerAxis<int64_t> size = {};
  PerAxis<double> scale_factor = {};
};

/// interpolate(x). Shapes: (n, c, sizes…) -> (n, c, out…). Source: torch.nn.Upsample
class CT_API Upsample : public Module {
 public:
  explicit Upsample(UpsampleOptions options);
  explicit Upsample(PerAxis<int64_t> size, PerAxis<double> scale_factor,
                    InterpolateMode mode = InterpolateMode::nearest, bool align_corners = false,
                    bool recompute_scale_factor = false);
  Tensor forward(const Tensor& x) override;

 private:
  UpsampleOptions options_;
};

}  // namespace ct::nn
