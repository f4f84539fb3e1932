// One call of the op.
#include "customtensor/nn/resample/upsample.hpp"

namespace ct::nn {

Upsample::Upsample(UpsampleOptions options) : options_(std::move(options)) {}
Upsample::Upsample(PerAxis<int64_t> size, PerAxis<double> scale_factor, InterpolateMode mode,
                   bool align_corners, bool recompute_scale_factor)
    : Upsample({.size = std::move(size),
                .scale_factor = std::move(scale_factor),
                .mode = mode,
                .align_corners = align_corners,
                .recompute_scale_factor = recompute_scale_factor}) {}
Tensor Upsample::forward(const Tensor& x) {
  return interpolate(x, {.size = options_.size,
                         .scale_factor = options_.scale_factor,
                         .mode = options_.mode,
                         .align_corners = options_.align_corners,
                         .recompute_scale_factor = options_.recompute_scale_factor});
}

}  // namespace ct::nn
