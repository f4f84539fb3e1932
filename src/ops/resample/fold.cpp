// Windows as columns and back. Along each axis, place k * windows + o of the windows is element
// o * stride - padding + k * dilation of the image: a map of single axes, whose transposed one adds
// windows up again.
#include <fmt/format.h>

#include "core/tensor/tensor_impl.hpp"
#include "core/view/sizes.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/resample.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/resample/axis_map.hpp"

namespace ct {

using ops::AxisMap;
using ops::AxisMaps;

namespace {

struct Window {
  int64_t size, kernel, stride, padding, dilation, count;  ///< of the image; count: windows

  AxisMap map() const {
    return AxisMap::of(size, kernel * count, [this](int64_t at, AxisMap::Entries& entries) {
      const int64_t place = at % count * stride - padding + at / count * dilation;
      if (place >= 0 && place < size) entries.emplace_back(place, 1.0);
    });
  }
};

struct Windows {
  Window h, w;
  AxisMaps maps() const { return {h.map(), w.map()}; }
  AxisMaps transposed() const { return {h.map().transposed(), w.map().transposed()}; }
};

Windows windows_of(const char* op, int64_t height, int64_t width, Pair kernel,
                   const UnfoldOptions& o) {
  const auto wrong = [&](const char* what) {
    return ValueError(fmt::format(
        "{}: the windows do not fit: image ({}, {}), kernel ({}, {}), dilation ({}, {}), padding "
        "({}, {}), stride ({}, {}); {}",
        op, height, width, kernel.h, kernel.w, o.dilation.h, o.dilation.w, o.padding.h, o.padding.w,
        o.stride.h, o.stride.w, what));
  };
  const auto axis = [&](int64_t size, int64_t k, int64_t d, int64_t p, int64_t s) {
    if (size < 1) throw wrong("the image must have a size of at least 1");
    if (k < 1 || d < 1 || s < 1) throw wrong("kernel, dilation and stride must be at least 1");
    if (p < 0) throw wrong("the padding must not be negative");
    const int64_t window = checked_add(op, checked_mul(op, d, k - 1), 1);
    const int64_t span = checked_sub(op, checked_add(op, size, checked_mul(op, p, 2)), window);
    if (span < 0) throw wrong("the kernel is larger than the padded image");
    const int64_t count = span / s + 1;
    ops::check_axis_length(op, size, checked_mul(op, k, count));
    return Window{size, k, s, p, d, count};
  };
  return {axis(height, kernel.h, o.dilation.h, o.padding.h, o.stride.h),
          axis(width, kernel.w, o.dilation.w, o.padding.w, o.stride.w)};
}

void check_floating(const char* op, const Tensor& x) {
  if (is_floating(x.dtype())) return;
  throw DTypeError(
      fmt::format("{}: x is {}: it must be floating; convert with .to()", op, name(x.dtype())));
}

}  // namespace

Tensor unfold(const Tensor& x, Pair kernel_size, const UnfoldOptions& options) {
  constexpr const char* op = "unfold";
  detail::check_defined(x, op, "x");
  check_floating(op, x);
  const Shape& sx = x.shape();
  if (sx.rank() == 3) return unfold(x.unsqueeze(0), kernel_size, options).squeeze(0);
  if (sx.rank() != 4) {
    throw ShapeError(fmt::format("{}: x must be (n, c, h, w) or (c, h, w): {}", op, to_string(sx)));
  }
  const Windows s = windows_of(op, sx[2], sx[3], kernel_size, options);
  const Shape shape{sx[0], sx[1], s.h.kernel * s.h.count, s.w.kernel * s.w.count};
  const Shape columns{sx[0], checked_mul(op, sx[1], checked_mul(op, s.h.kernel, s.w.kernel)),
                      checked_mul(op, s.h.count, s.w.count)};
  checked_numel(op, columns);
  return ops::resample(op, x, shape, [&] { return s.maps(); })
      .reshape({sx[0], sx[1], s.h.kernel, s.h.count, s.w.kernel, s.w.count})
      .permute({0, 1, 2, 4, 3, 5})
      .reshape(columns);
}

Tensor unfold(const Tensor& x, Pair kernel_size, Pair dilation, Pair padding, Pair stride) {
  return unfold(x, kernel_size, {.dilation = dilation, .padding = padding, .stride = stride});
}

Tensor fold(const Tensor& x, Pair output_size, Pair kernel_size, const UnfoldOptions& options) {
  constexpr const char* op = "fold";
  detail::check_defined(x, op, "x");
  check_floating(op, x);
  const Shape& sx = x.shape();
  if (sx.rank() == 2) return fold(x.unsqueeze(0), output_size, kernel_size, options).squeeze(0);
  if (sx.rank() != 3) {
    throw ShapeError(fmt::format(
        "{}: x must be (n, c * kernel, windows) or (c * kernel, windows): {}", op, to_string(sx)));
  }
  const Windows s = windows_of(op, output_size.h, output_size.w, kernel_size, options);
  const int64_t taps = checked_mul(op, s.h.kernel, s.w.kernel);
  const int64_t count = checked_mul(op, s.h.count, s.w.count);
  if (sx[1] % taps != 0 || sx[2] != count) {
    throw ShapeError(fmt::format(
        "{}: x must be (n, c * {}, {}) for kernel ({}, {}) and output ({}, {}): {}", op, taps,
        count, kernel_size.h, kernel_size.w, output_size.h, output_size.w, to_string(sx)));
  }
  const int64_t channels = sx[1] / taps;
  const Shape shape{sx[0], channels, output_size.h, output_size.w};
  checked_numel(op, shape);
  const Tensor windows =
      x.reshape({sx[0], channels, s.h.kernel, s.w.kernel, s.h.count, s.w.count})
          .permute({0, 1, 2, 4, 3, 5})
          .reshape({sx[0], channels, s.h.kernel * s.h.count, s.w.kernel * s.w.count});
  return ops::resample(op, windows, shape, [&] { return s.transposed(); });
}

Tensor fold(const Tensor& x, Pair output_size, Pair kernel_size, Pair dilation, Pair padding,
            Pair stride) {
  return fold(x, output_size, kernel_size,
              {.dilation = dilation, .padding = padding, .stride = stride});
}

}  // namespace ct
