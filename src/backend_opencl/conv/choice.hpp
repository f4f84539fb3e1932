// Which algorithm a convolution takes on an OpenCL device, and why.
#pragma once

#include <cstdint>

#include "backend_opencl/conv/conv_product.hpp"
#include "customtensor/export.hpp"

namespace ct::opencl {

enum class ConvAlgorithm : uint8_t {
  direct,    ///< plane by plane, without a product's matrices: kernels/conv/conv_depthwise.cl
  tiles,     ///< a product in tiles of local memory: conv_tiles.cl
  winograd,  ///< by transforms: winograd.cl, winograd_grad_weight.cl
  panels,    ///< a product of packed panels: conv_product.cl, conv_grad_weight.cl
};

/// For a forward pass, or one phase of an input gradient.
CT_API ConvAlgorithm choose_conv(const ConvProduct& product, const Profile& profile, DType compute);
/// For a weight gradient.
CT_API ConvAlgorithm choose_conv(const ConvWeights& sizes, const Profile& profile, DType compute);

// Winograd's F(4x4, 3x3): tiles of 4 x 4 outputs, each transformed to 36 points.
inline constexpr int64_t kWinogradTile = 4, kWinogradPoints = 36;
/// 3x3 taps, step 1, whole planes.
bool is_for_winograd(const ConvProduct& product);
bool is_for_winograd(const ConvWeights& sizes);
int64_t winograd_tiles(const ConvProduct& product);
int64_t winograd_tiles(const ConvWeights& sizes);

}  // namespace ct::opencl
