// Upsample with its mode fixed.
#include "customtensor/nn/resample/upsampling_bilinear2d.hpp"

namespace ct::nn {

UpsamplingBilinear2d::UpsamplingBilinear2d(const UpsamplingOptions& options)
    : UpsamplingBilinear2d(options.size, options.scale_factor) {}
UpsamplingBilinear2d::UpsamplingBilinear2d(PerAxis<int64_t> size, PerAxis<double> scale_factor)
    : Upsample({.size = std::move(size),
                .scale_factor = std::move(scale_factor),
                .mode = InterpolateMode::bilinear,
                .align_corners = true}) {}

}  // namespace ct::nn
