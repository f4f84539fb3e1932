// UpsamplingBilinear2d: Upsample of images, in mode bilinear with align_corners.
// Kept for models that were written with it.
#pragma once

#include "customtensor/nn/resample/upsample.hpp"

namespace ct::nn {

/// Shapes: (n, c, h, w) -> (n, c, oh, ow). Source: torch.nn.UpsamplingBilinear2d
class CT_API UpsamplingBilinear2d : public Upsample {
 public:
  explicit UpsamplingBilinear2d(const UpsamplingOptions& options);
  explicit UpsamplingBilinear2d(PerAxis<int64_t> size, PerAxis<double> scale_factor);
};

}  // namespace ct::nn
