// UpsamplingNearest2d: Upsample of images, in mode nearest.
// Kept for models that were written with it.
#pragma once

#include "customtensor/nn/resample/upsample.hpp"

namespace ct::nn {

/// Shapes: (n, c, h, w) -> (n, c, oh, ow). Source: torch.nn.UpsamplingNearest2d
class CT_API UpsamplingNearest2d : public Upsample {
 public:
  explicit UpsamplingNearest2d(const UpsamplingOptions& options);
  explicit UpsamplingNearest2d(PerAxis<int64_t> size, PerAxis<double> scale_factor);
};

}  // namespace ct::nn
