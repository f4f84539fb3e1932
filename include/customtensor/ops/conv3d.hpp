// Convolution over three axes, NCDHW, and its transpose.
#pragma once

#include <array>
#include <concepts>

#include "customtensor/ops/conv_padding.hpp"
#include "customtensor/tensor.hpp"

namespace ct {

/// A value for all three axes of a volume, or one for each: {.padding = 1}, {.stride = {1, 2, 2}}.
struct Triple {
  int64_t d = 1, h = 1, w = 1;
  Triple() = default;
  template <std::integral T>
  Triple(T all) : d(detail::to_int64(all)), h(d), w(d) {}  // NOLINT: {.padding = 1}
  Triple(int64_t d_, int64_t h_, int64_t w_) : d(d_), h(h_), w(w_) {}
  std::array<int64_t, 3> array() const { return {d, h, w}; }
  friend bool operator==(const Triple&, const Triple&) = default;
};

struct ConvOptions3d {
  Triple stride = 1;
  ConvPadding<Triple> padding = 0;  ///< or "same", "valid"
  Triple dilation = 1;
  int64_t groups = 1;
};

/// Cross-correlation of volumes with filters: conv2d with an axis more.
///
/// Shapes:   x (n, c, d, h, w) or (c, d, h, w), weight (o, c / groups, kd, kh, kw), bias (o) or
///           undefined -> (n, o, od, oh, ow) or (o, od, oh, ow), sizes as conv2d's
/// Errors:   ShapeError for other ranks, channels or groups that do not divide, a kernel larger
///           than the padded volume; ValueError for settings out of range
/// Gradient: of x, weight and bias, each only if wanted
/// Source:   torch.nn.functional.conv3d
CT_API Tensor conv3d(const Tensor& x, const Tensor& weight, const Tensor& bias = Tensor(),
                     const ConvOptions3d& options = {});

struct ConvTransposeOptions3d {
  Triple stride = 1;
  Triple padding = 0;
  Triple output_padding = 0;  ///< more places at the end; below stride or dilation
  int64_t groups = 1;
  Triple dilation = 1;
};

/// conv_transpose2d with an axis more: x (n, c, d, h, w) or (c, d, h, w), weight (c, o / groups,
/// kd, kh, kw). Errors and gradients as there. Source: torch.nn.functional.conv_transpose3d
CT_API Tensor conv_transpose3d(const Tensor& x, const Tensor& weight, const Tensor& bias = Tensor(),
                               const ConvTransposeOptions3d& options = {});

}  // namespace ct
