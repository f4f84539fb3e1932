// Upsample with its mode fixed.
#include "customtensor/nn/resample/upsampling_nearest2d.hpp"

namespace ct::nn {

UpsamplingNearest2d::UpsamplingNearest2d(const UpsamplingOptions& options)
    : UpsamplingNearest2d(options.size, options.scale_factor) {}
UpsamplingNearest2d::UpsamplingNearest2d(PerAxis<int64_t> size, PerAxis<double> scale_factor)
    : Upsample({.size = std::move(size),
                .scale_factor = std::move(scale_factor),
                .mode = InterpolateMode::nearest}) {}

}  // namespace ct::nn
