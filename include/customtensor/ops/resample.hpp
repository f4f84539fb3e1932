// Pictures, signals and volumes at other sizes and places: interpolation, sampling at the points of
// a grid, windows and back, pixels and channels rearranged.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

#include "customtensor/kernel_args.hpp"
#include "customtensor/ops/conv.hpp"
#include "customtensor/tensor.hpp"

namespace ct {

/// linear, bilinear and trilinear are one rule for one, two and three axes.
enum class InterpolateMode : uint8_t {
  nearest,
  nearest_exact,
  linear,
  bilinear,
  bicubic,
  trilinear,
  area
};

/// One number for every axis, or one for each: {.size = 8}, {.size = {4, 6}}.
template <class T>
class PerAxis {
 public:
  PerAxis() = default;
  template <class N>
  requires std::integral<N> ||(std::floating_point<N>&& std::floating_point<T>)PerAxis(N all)
      : values_{static_cast<T>(all)}, one_(true) {}           // NOLINT: {.size = 8}
  PerAxis(std::initializer_list<T> each) : values_(each) {}   // NOLINT: {.size = {4, 6}}
  PerAxis(std::vector<T> each) : values_(std::move(each)) {}  // NOLINT: likewise
  bool empty() const { return values_.empty(); }
  /// Whether there is a number for each of `axes`.
  bool fits(int axes) const { return one_ || values_.size() == static_cast<size_t>(axes); }
  T at(int axis) const { return values_[one_ ? 0 : static_cast<size_t>(axis)]; }
  const std::vector<T>& values() const { return values_; }

 private:
  std::vector<T> values_;
  bool one_ = false;
};

struct InterpolateOptions {
  PerAxis<int64_t> size = {};         ///< of the result; this or scale_factor
  PerAxis<double> scale_factor = {};  ///< size = floor(size * scale_factor)
  InterpolateMode mode = InterpolateMode::nearest;
  /// Whether the middles of the outer elements stay where they are; not for nearest and area.
  bool align_corners = false;
  /// Whether steps follow from the sizes also where a scale_factor is given.
  bool recompute_scale_factor = false;
  /// bilinear and bicubic: where the result is smaller, each element is a mean of all that it
  /// covers.
  bool antialias = false;
};

/// x at another size, axis by axis:
///   nearest        x[floor(o * s)], s = 1 / scale_factor or in / out
///   nearest_exact  x[floor((o + 1/2) * s)]
///   linear …       between the two elements around (o + 1/2) * s - 1/2; align_corners: around
///                  o * (in - 1) / (out - 1)
///   bicubic        of the four elements around, Keys' cubic with a = -3/4 (antialias: -1/2)
///   area           mean of x[floor(o * in / out)] … x[ceil((o + 1) * in / out) - 1]
///
/// Shapes:   x (n, c, sizes…) of one to three sizes -> (n, c, out…)
/// Types:    floating; uint8 is computed in float32 and rounded to the nearest of 0 … 255
/// Errors:   ShapeError for other ranks; ValueError for options that contradict one another
/// Gradient: the transposed map; of any order
/// Source:   torch.nn.functional.interpolate
CT_API Tensor interpolate(const Tensor& x, const InterpolateOptions& options);
CT_API Tensor interpolate(const Tensor& x, PerAxis<int64_t> size, PerAxis<double> scale_factor,
                          InterpolateMode mode = InterpolateMode::nearest,
                          bool align_corners = false, bool recompute_scale_factor = false,
                          bool antialias = false);

/// interpolate() under its old name. Source: torch.nn.functional.upsample
CT_API Tensor upsample(const Tensor& x, PerAxis<int64_t> size, PerAxis<double> scale_factor = {},
                       InterpolateMode mode = InterpolateMode::nearest, bool align_corners = false);

/// The grid that an affine map makes of the places of an image: grid[n, p] = theta[n] (p, 1), each
/// axis of p running from -1 to 1 (align_corners), or from and to the middles of the outer
/// elements.
///
/// Shapes:   theta (n, 2, 3), size (n, c, h, w) -> (n, h, w, 2); theta (n, 3, 4), size (n, c, d, h,
///           w) -> (n, d, h, w, 3)
/// Errors:   ShapeError if theta and size are not of such shapes; DTypeError if theta is not
/// floating Gradient: of theta Source:   torch.nn.functional.affine_grid
CT_API Tensor affine_grid(const Tensor& theta, const Shape& size, bool align_corners = false);

struct GridSampleOptions {
  GridSampleMode mode = GridSampleMode::bilinear;
  GridSamplePadding padding_mode = GridSamplePadding::zeros;
  bool align_corners = false;
};

/// x at the places that a grid names: -1 and 1 are the ends of an axis, or with align_corners the
/// middles of its outer elements, and the grid's last axis names x's axes backwards (x, y, z).
/// Places outside see zeros, the border, or the image mirrored at it. bicubic is for images only.
///
/// Shapes:   x (n, c, h, w), grid (n, oh, ow, 2) -> (n, c, oh, ow); x (n, c, d, h, w), grid (n, od,
///           oh, ow, 3) -> (n, c, od, oh, ow)
/// Errors:   ShapeError for other shapes; DTypeError if the types differ or are not floating
/// Gradient: of x and grid, of any order; where a place crosses a border or an element, PyTorch's
/// Source:   torch.nn.functional.grid_sample
CT_API Tensor grid_sample(const Tensor& x, const Tensor& grid,
                          const GridSampleOptions& options = {});

struct UnfoldOptions {
  Pair dilation = 1;
  Pair padding = 0;
  Pair stride = 1;
};

/// The windows of an image as columns; places in the padding are 0. Tensor::unfold is another one.
///
/// Shapes:   x (n, c, h, w) or (c, h, w) -> (n, c kh kw, windows) or (c kh kw, windows)
/// Errors:   ShapeError for other ranks; ValueError for windows that do not fit
/// Gradient: fold
/// Source:   torch.nn.functional.unfold
CT_API Tensor unfold(const Tensor& x, Pair kernel_size, const UnfoldOptions& options = {});
CT_API Tensor unfold(const Tensor& x, Pair kernel_size, Pair dilation, Pair padding = 0,
                     Pair stride = 1);

/// unfold's counterpart: adds up columns at the places of an image that they came from.
///
/// Shapes:   x (n, c kh kw, windows) or (c kh kw, windows) -> (n, c, h, w) or (c, h, w)
/// Errors:   ShapeError if x is not of that shape; ValueError for windows that do not fit
/// Gradient: unfold
/// Source:   torch.nn.functional.fold
CT_API Tensor fold(const Tensor& x, Pair output_size, Pair kernel_size,
                   const UnfoldOptions& options = {});
CT_API Tensor fold(const Tensor& x, Pair output_size, Pair kernel_size, Pair dilation,
                   Pair padding = 0, Pair stride = 1);

/// y[…, c, h r + i, w r + j] = x[…, c r² + i r + j, h, w].
///
/// Shapes:   (…, c r², h, w) -> (…, c, h r, w r)
/// Errors:   ShapeError for fewer than three axes; ValueError if r² does not divide the channels
/// Gradient: pixel_unshuffle
/// Source:   torch.nn.functional.pixel_shuffle
CT_API Tensor pixel_shuffle(const Tensor& x, int64_t upscale_factor);
/// The inverse: (…, c, h r, w r) -> (…, c r², h, w).
CT_API Tensor pixel_unshuffle(const Tensor& x, int64_t downscale_factor);

/// Channels of `groups` groups dealt out in turn: channel g k + i, of g groups of k, comes from
/// channel i of the groups one after the other.
///
/// Shapes:   (n, c, …) -> the same
/// Errors:   ShapeError for fewer than three axes; ValueError if groups do not divide the channels
/// Gradient: the inverse shuffle
/// Source:   torch.channel_shuffle
CT_API Tensor channel_shuffle(const Tensor& x, int64_t groups);

}  // namespace ct
