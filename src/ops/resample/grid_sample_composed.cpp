// See grid_sample.hpp. The formulas are those of the kernels
// (backend_cpu/resample/grid_sample.cpp): each axis gives taps, places with weights and slopes, and
// a point sees their products.
#include <array>

#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/compare.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/functions.hpp"
#include "customtensor/ops/indexing.hpp"
#include "customtensor/ops/reduce.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/pointwise/wide.hpp"
#include "ops/resample/grid_sample.hpp"

namespace ct::ops {

namespace {

/// One tap of every point (n, points) along one axis: outside of x its weight is 0.
struct Tap {
  Tensor index, weight, slope;
};

/// Places and their derivatives by the grid's numbers.
struct Places {
  Tensor at, slope;
};

Places padded(Places p, int64_t size, const GridSampleOptions& o) {
  if (o.padding_mode == GridSamplePadding::zeros) return p;
  const auto last = static_cast<double>(size - 1);
  if (o.padding_mode == GridSamplePadding::reflection) {
    const double low = o.align_corners ? 0.0 : -0.5;
    const double span = o.align_corners ? last : static_cast<double>(size);
    if (span == 0) return {p.at * 0.0, p.slope * 0.0};
    const Tensor from = p.at - low;
    const Tensor turns = floor(abs(from) / span).detach();
    const Tensor extra = abs(from) - turns * span;
    const Tensor back = turns - 2.0 * floor(turns / 2.0);  // 1 on the way back, else 0
    p.at = where(back > 0.5, span - extra, extra) + low;
    p.slope = p.slope * where(from.detach() < 0.0, -1.0, ones_like(back)) * (1.0 - 2.0 * back);
  }
  const Tensor inside = logical_and(p.at > 0.0, p.at < last).to(p.at.dtype());
  return {clamp(p.at, 0.0, last), p.slope * inside};
}

Tap tap_of(const Tensor& whole, const Tensor& weight, const Tensor& slope, int64_t size) {
  const auto last = static_cast<double>(size - 1);
  const Tensor seen = logical_and(whole >= 0.0, whole <= last);
  const Tensor mask = seen.to(weight.dtype());
  return {clamp(whole, 0.0, last).detach().to(int64), where(seen, weight, 0.0), slope * mask};
}

/// The cubic's weight at the distance x, `near` below 1, and its derivative by x.
Tensor cubic(const Tensor& x, bool near) {
  if (near) return (1.25 * x - 2.25) * x * x + 1.0;
  return ((-0.75 * x + 3.75) * x - 6.0) * x + 3.0;
}
Tensor cubic_slope(const Tensor& x, bool near) {
  return near ? (3.75 * x - 4.5) * x : (-2.25 * x + 7.5) * x - 6.0;
}

std::vector<Tap> taps_of(const Tensor& number, int64_t size, const GridSampleOptions& o) {
  const auto length = static_cast<double>(size);
  const double slope = o.align_corners ? (length - 1) / 2 : length / 2;
  const Tensor at =
      o.align_corners ? (number + 1.0) / 2.0 * (length - 1) : ((number + 1.0) * length - 1.0) / 2.0;
  const Tensor slopes = full_like(at.detach(), slope);
  std::vector<Tap> taps;
  if (o.mode == GridSampleMode::bicubic) {
    const Tensor whole = floor(at).detach();
    const Tensor t = at - whole;
    for (int i = 0; i < 4; ++i) {
      const Tensor x = i < 2 ? t + (1.0 - i) : (i - 1.0) - t;
      const bool near = i == 1 || i == 2;
      const Tensor place = padded({whole + (i - 1.0), slopes}, size, o).at;
      taps.push_back(
          tap_of(place, cubic(x, near), cubic_slope(x, near) * (i < 2 ? slope : -slope), size));
    }
    return taps;
  }
  const Places p = padded({at, slopes}, size, o);
  if (o.mode == GridSampleMode::nearest) {
    const Tensor whole = round(p.at).detach();
    taps.push_back(tap_of(whole, ones_like(whole), zeros_like(whole), size));
    return taps;
  }
  const Tensor whole = floor(p.at).detach();
  taps.push_back(tap_of(whole, whole + 1.0 - p.at, -p.slope, size));
  taps.push_back(tap_of(whole + 1.0, p.at - whole, p.slope, size));
  return taps;
}

}  // namespace

void grid_sample_gradients(const Tensor& g, const Tensor& x, const Tensor& grid,
                           const GridSampleOptions& options, autograd::Gradients& d) {
  const int axes = x.shape().rank() - 2;
  const int64_t n = x.size(0), c = x.size(1);
  const Tensor upstream = wide(g).flatten(2);
  const Tensor image = wide(x).flatten(2);
  const Tensor numbers = wide(grid).reshape({n, -1, axes});
  const int64_t points = numbers.size(1);
  std::array<std::vector<Tap>, 3> taps;  // outermost first
  int64_t combinations = 1;
  for (int a = 0; a < axes; ++a) {
    auto& along = taps[static_cast<size_t>(a)];
    along = taps_of(numbers.select(2, axes - 1 - a), x.size(2 + a), options);
    combinations *= static_cast<int64_t>(along.size());
  }
  Tensor grad_x = d.needed(0) ? zeros_like(image.detach()) : Tensor();
  std::array<Tensor, 3> grad_grid;
  for (int64_t i = 0; i < combinations; ++i) {
    std::array<const Tap*, 3> tap{};
    Tensor index, weight;
    for (int64_t a = axes, rest = i; a-- > 0;) {
      const auto at = static_cast<size_t>(a);
      const auto count = static_cast<int64_t>(taps[at].size());
      tap[at] = &taps[at][static_cast<size_t>(rest % count)];
      rest /= count;
    }
    for (int a = 0; a < axes; ++a) {
      const Tap& t = *tap[static_cast<size_t>(a)];
      index = a == 0 ? t.index : index * x.size(2 + a) + t.index;
      weight = a == 0 ? t.weight : weight * t.weight;
    }
    const Tensor places = index.reshape({n, 1, points}).expand({n, c, points});
    if (d.needed(0)) {
      grad_x = scatter_add(grad_x, 2, places, upstream * weight.reshape({n, 1, points}));
    }
    if (!d.needed(1)) continue;
    const Tensor dot = sum(upstream * gather(image, 2, places), {1});
    for (int a = 0; a < axes; ++a) {
      Tensor slope = tap[static_cast<size_t>(a)]->slope * dot;
      for (int b = 0; b < axes; ++b) {
        if (b != a) slope = slope * tap[static_cast<size_t>(b)]->weight;
      }
      Tensor& all = grad_grid[static_cast<size_t>(axes - 1 - a)];
      all = all.defined() ? all + slope : slope;
    }
  }
  if (d.needed(0)) d[0] = grad_x.reshape(x.shape());
  if (!d.needed(1)) return;
  Tensors columns(grad_grid.begin(), grad_grid.begin() + axes);
  d[1] = stack(columns, -1).reshape(grid.shape());
}

}  // namespace ct::ops
