// Interpolation: which elements each element of the result is made of, and with what weights. The
// formulas are those of PyTorch's CPU kernels.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "core/tensor/tensor_impl.hpp"
#include "core/view/sizes.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/functions.hpp"
#include "customtensor/ops/resample.hpp"
#include "ops/resample/axis_map.hpp"

namespace ct {

using ops::AxisMap;

namespace {

constexpr const char* kInterpolate = "interpolate";

const char* name_of(InterpolateMode mode) {
  constexpr std::array kNames = {"nearest", "nearest_exact", "linear", "bilinear",
                                 "bicubic", "trilinear",     "area"};
  return kNames[static_cast<size_t>(mode)];
}

/// How many axes a mode is for; 0: any.
int axes_of(InterpolateMode mode) {
  switch (mode) {
    case InterpolateMode::linear:
      return 1;
    case InterpolateMode::bilinear:
    case InterpolateMode::bicubic:
      return 2;
    case InterpolateMode::trilinear:
      return 3;
    default:
      return 0;
  }
}

bool is_nearest(InterpolateMode mode) {
  return mode == InterpolateMode::nearest || mode == InterpolateMode::nearest_exact;
}

double cubic(double x, double a) {
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

/// One axis: its sizes, and the step in x for one in the result.
struct Axis {
  int64_t in, out;
  double step;
};

int64_t clamped(double at, int64_t size) {
  return static_cast<int64_t>(std::clamp(at, 0.0, static_cast<double>(size - 1)));
}

/// Where `o` lies in x.
double place(const Axis& axis, double o, const InterpolateOptions& options) {
  return options.align_corners ? o * axis.step : (o + 0.5) * axis.step - 0.5;
}

void fill_smooth(const Axis& axis, int64_t o, const InterpolateOptions& options,
                 AxisMap::Entries& entries) {
  const double at = place(axis, static_cast<double>(o), options);
  if (options.mode == InterpolateMode::bicubic) {
    const double whole = std::floor(at);
    for (int k = -1; k <= 2; ++k) {
      entries.emplace_back(clamped(whole + k, axis.in), cubic(at - whole - k, -0.75));
    }
    return;
  }
  const double inside = std::max(at, 0.0);
  const int64_t first = clamped(std::floor(inside), axis.in);
  const double part = std::min(inside - static_cast<double>(first), 1.0);
  entries.emplace_back(first, 1 - part);
  entries.emplace_back(std::min(first + 1, axis.in - 1), part);
}

/// A filter as wide as what an element of the result covers, its weights made to sum to 1.
void fill_antialias(const Axis& axis, int64_t o, const InterpolateOptions& options,
                    AxisMap::Entries& entries) {
  const bool smooth = options.mode == InterpolateMode::bicubic;
  const double width = std::max(axis.step, 1.0);
  const double support = (smooth ? 2.0 : 1.0) * width;
  const double center = axis.step * (static_cast<double>(o) + 0.5);
  const int64_t low = clamped(std::trunc(center - support + 0.5), axis.in + 1);
  const int64_t high = clamped(std::trunc(center + support + 0.5), axis.in + 1);
  double total = 0;
  for (int64_t i = low; i < high; ++i) {
    const double x = (static_cast<double>(i) - center + 0.5) / width;
    const double weight = smooth ? cubic(x, -0.5) : std::max(0.0, 1 - std::abs(x));
    entries.emplace_back(i, weight);
    total += weight;
  }
  if (total == 0) return;
  for (auto& [at, weight] : entries) weight /= total;
}

void fill_area(const Axis& axis, int64_t o, AxisMap::Entries& entries) {
  const int64_t first = o * axis.in / axis.out;
  const int64_t last = ((o + 1) * axis.in + axis.out - 1) / axis.out;
  for (int64_t i = first; i < last; ++i) {
    entries.emplace_back(i, 1.0 / static_cast<double>(last - first));
  }
}

AxisMap map_of(const Axis& axis, const InterpolateOptions& options) {
  return AxisMap::of(axis.in, axis.out, [&](int64_t o, AxisMap::Entries& entries) {
    if (is_nearest(options.mode)) {
      const double half = options.mode == InterpolateMode::nearest ? 0.0 : 0.5;
      // In float32, as PyTorch: which element it is hangs on the rounding.
      const float at =
          (static_cast<float>(o) + static_cast<float>(half)) * static_cast<float>(axis.step);
      entries.emplace_back(clamped(std::floor(static_cast<double>(at)), axis.in), 1.0);
    } else if (options.mode == InterpolateMode::area) {
      fill_area(axis, o, entries);
    } else if (options.antialias) {
      fill_antialias(axis, o, options, entries);
    } else {
      fill_smooth(axis, o, options, entries);
    }
  });
}

void check(const Tensor& x, const InterpolateOptions& o) {
  detail::check_defined(x, kInterpolate, "x");
  const int axes = x.shape().rank() - 2;
  if (axes < 1 || axes > 3) {
    throw ShapeError(fmt::format("{}: x must be (n, c, sizes…) of one to three sizes: {}",
                                 kInterpolate, to_string(x.shape())));
  }
  if (!is_floating(x.dtype()) && x.dtype() != uint8) {
    throw DTypeError(fmt::format("{}: x is {}: it must be floating or uint8; convert with .to()",
                                 kInterpolate, name(x.dtype())));
  }
  if (axes_of(o.mode) != 0 && axes_of(o.mode) != axes) {
    throw ShapeError(fmt::format("{}: mode {} is for {} sizes behind n and c: {}", kInterpolate,
                                 name_of(o.mode), axes_of(o.mode), to_string(x.shape())));
  }
  if (o.size.empty() == o.scale_factor.empty()) {
    throw ValueError(fmt::format("{}: give one of size and scale_factor: {}", kInterpolate,
                                 o.size.empty() ? "neither is there" : "both are there"));
  }
  if (!(o.size.empty() ? o.scale_factor.fits(axes) : o.size.fits(axes))) {
    throw ValueError(
        fmt::format("{}: {} must have a number for each of {} axes, or one: {} numbers",
                    kInterpolate, o.size.empty() ? "scale_factor" : "size", axes,
                    o.size.empty() ? o.scale_factor.values().size() : o.size.values().size()));
  }
  if (o.align_corners && (is_nearest(o.mode) || o.mode == InterpolateMode::area)) {
    throw ValueError(fmt::format("{}: align_corners is not for mode {}; leave it out", kInterpolate,
                                 name_of(o.mode)));
  }
  if (o.antialias && o.mode != InterpolateMode::bilinear && o.mode != InterpolateMode::bicubic) {
    throw ValueError(fmt::format("{}: antialias is for bilinear and bicubic: mode {}", kInterpolate,
                                 name_of(o.mode)));
  }
  if (o.recompute_scale_factor && o.scale_factor.empty()) {
    throw ValueError(fmt::format("{}: recompute_scale_factor needs a scale_factor: size is given",
                                 kInterpolate));
  }
}

/// The result's size along an axis. Errors: ValueError if it is below 1, or x's is
int64_t size_along(const Tensor& x, const InterpolateOptions& o, int axis) {
  const int64_t in = x.shape()[2 + axis];
  int64_t out = 0;
  if (o.size.empty()) {
    const double factor = o.scale_factor.at(axis);
    const double wanted = std::floor(static_cast<double>(in) * factor);
    if (!(wanted >= 0 && wanted < 0x1p62)) {
      throw ValueError(
          fmt::format("{}: no such size: {} times scale_factor {}", kInterpolate, in, factor));
    }
    out = static_cast<int64_t>(wanted);
  } else {
    out = o.size.at(axis);
  }
  if (in < 1 || out < 1) {
    throw ValueError(fmt::format("{}: sizes must be at least 1: axis {} of {} would be {}",
                                 kInterpolate, 2 + axis, to_string(x.shape()), out));
  }
  ops::check_axis_length(kInterpolate, in, out);
  return out;
}

Axis axis_of(int64_t in, int64_t out, const InterpolateOptions& o, int axis) {
  const bool given = !o.scale_factor.empty() && !o.recompute_scale_factor;
  const double whole = static_cast<double>(in) / static_cast<double>(out);
  if (o.align_corners) {
    return {in, out, out > 1 ? static_cast<double>(in - 1) / static_cast<double>(out - 1) : 0.0};
  }
  return {in, out, given ? 1.0 / o.scale_factor.at(axis) : whole};
}

}  // namespace

Tensor interpolate(const Tensor& x, const InterpolateOptions& options) {
  check(x, options);
  Shape shape = x.shape();
  const int axes = shape.rank() - 2;
  for (int i = 0; i < axes; ++i) shape[2 + i] = size_along(x, options, i);
  checked_numel(kInterpolate, shape);
  const auto make = [&] {
    ops::AxisMaps maps;
    for (int i = 0; i < axes; ++i) {
      maps.push_back(map_of(axis_of(x.shape()[2 + i], shape[2 + i], options, i), options));
    }
    return maps;
  };
  if (x.dtype() != uint8) return ops::resample(kInterpolate, x, shape, make);
  const Tensor y = ops::resample(kInterpolate, x.to(float32), shape, make);
  return is_nearest(options.mode) ? y.to(uint8) : y.round().clamp(0, 255).to(uint8);
}

Tensor interpolate(const Tensor& x, PerAxis<int64_t> size, PerAxis<double> scale_factor,
                   InterpolateMode mode, bool align_corners, bool recompute_scale_factor,
                   bool antialias) {
  return interpolate(x, {.size = std::move(size),
                         .scale_factor = std::move(scale_factor),
                         .mode = mode,
                         .align_corners = align_corners,
                         .recompute_scale_factor = recompute_scale_factor,
                         .antialias = antialias});
}

Tensor upsample(const Tensor& x, PerAxis<int64_t> size, PerAxis<double> scale_factor,
                InterpolateMode mode, bool align_corners) {
  return interpolate(x, std::move(size), std::move(scale_factor), mode, align_corners);
}

}  // namespace ct
