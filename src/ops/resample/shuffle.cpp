// Pixels and channels rearranged: views with their axes in another order, and one copy.
#include <fmt/format.h>

#include "core/tensor/tensor_impl.hpp"
#include "core/view/sizes.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/resample.hpp"
#include "customtensor/ops/shape.hpp"

namespace ct {

namespace {

void check_rank(const char* op, const Tensor& x, const char* form) {
  detail::check_defined(x, op, "x");
  if (x.dim() < 3) {
    throw ShapeError(fmt::format("{}: x must be {}: {}", op, form, to_string(x.shape())));
  }
}

void check_factor(const char* op, const char* what, int64_t factor) {
  if (factor < 1) throw ValueError(fmt::format("{}: {} must be at least 1: {}", op, what, factor));
}

/// x as (others, channels, h, w): rearranging needs more axes than a tensor of many may have.
Tensor joined(const Tensor& x) {
  const Shape& s = x.shape();
  int64_t others = 1;
  for (int i = 0; i < s.rank() - 3; ++i) others *= s[i];
  return x.reshape({others, s[-3 + s.rank()], s[-2 + s.rank()], s[-1 + s.rank()]});
}

/// x's shape with other channels, height and width.
Shape with_image(const Tensor& x, int64_t channels, int64_t height, int64_t width) {
  Shape shape = x.shape();
  shape[shape.rank() - 3] = channels;
  shape[shape.rank() - 2] = height;
  shape[shape.rank() - 1] = width;
  return shape;
}

}  // namespace

Tensor pixel_shuffle(const Tensor& x, int64_t upscale_factor) {
  constexpr const char* op = "pixel_shuffle";
  check_rank(op, x, "(…, c, h, w)");
  check_factor(op, "upscale_factor", upscale_factor);
  const int64_t r = upscale_factor;
  const int64_t c = x.size(-3), h = x.size(-2), w = x.size(-1);
  const int64_t square = checked_mul(op, r, r);
  if (c % square != 0) {
    throw ValueError(fmt::format("{}: channels must be a multiple of {}² = {}: {}", op, r, square,
                                 to_string(x.shape())));
  }
  const Shape shape = with_image(x, c / square, checked_mul(op, h, r), checked_mul(op, w, r));
  const Tensor image = joined(x);
  return image.reshape({image.size(0), c / square, r, r, h, w})
      .permute({0, 1, 4, 2, 5, 3})
      .reshape(shape);
}

Tensor pixel_unshuffle(const Tensor& x, int64_t downscale_factor) {
  constexpr const char* op = "pixel_unshuffle";
  check_rank(op, x, "(…, c, h, w)");
  check_factor(op, "downscale_factor", downscale_factor);
  const int64_t r = downscale_factor;
  const int64_t c = x.size(-3), h = x.size(-2), w = x.size(-1);
  if (h % r != 0 || w % r != 0) {
    throw ValueError(fmt::format("{}: height and width must be multiples of {}: {}", op, r,
                                 to_string(x.shape())));
  }
  const int64_t square = checked_mul(op, r, r);
  const Shape shape = with_image(x, checked_mul(op, c, square), h / r, w / r);
  const Tensor image = joined(x);
  return image.reshape({image.size(0), c, h / r, r, w / r, r})
      .permute({0, 1, 3, 5, 2, 4})
      .reshape(shape);
}

Tensor channel_shuffle(const Tensor& x, int64_t groups) {
  constexpr const char* op = "channel_shuffle";
  check_rank(op, x, "(n, c, …) of three axes or more");
  check_factor(op, "groups", groups);
  const int64_t c = x.size(1);
  if (c % groups != 0) {
    throw ValueError(fmt::format("{}: {} groups do not divide {} channels: {}", op, groups, c,
                                 to_string(x.shape())));
  }
  const Tensor rows = x.flatten(2);
  return rows.reshape({x.size(0), groups, c / groups, rows.size(2)})
      .transpose(1, 2)
      .reshape(x.shape());
}

}  // namespace ct
