// Searching in sorted numbers, counting, and distinct values. All are made of a few families: runs
// of equal elements are numbered by a running sum, found by searching those numbers, and counted
// by their distances; histograms add ones at computed places, in a fixed order.
#include <fmt/format.h>

#include <cmath>

#include "core/view/sizes.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/indexing.hpp"
#include "customtensor/ops/reduce.hpp"
#include "customtensor/ops/scan.hpp"
#include "customtensor/ops/shape.hpp"
#include "customtensor/ops/sort.hpp"
#include "ops/index/index.hpp"
#include "ops/pointwise/apply.hpp"

namespace ct {

using detail::impl;

namespace {

TensorOptions integers_on(const Tensor& x) { return {.dtype = int64, .device = x.device()}; }

void check_search(const char* name, const Tensor& sorted, const Tensor& values) {
  detail::check_defined(sorted, name, "sorted");
  detail::check_defined(values, name, "values");
  detail::check_same_device(sorted, values, name);
  const Shape& a = sorted.shape();
  const Shape& b = values.shape();
  bool fits = a.rank() == 1 || (a.rank() == b.rank() && a.rank() > 0);
  for (int i = 0; fits && a.rank() > 1 && i < a.rank() - 1; ++i) fits = a[i] == b[i];
  if (fits) return;
  throw ShapeError(
      fmt::format("{}: sorted {} and values {} do not fit: sorted needs one axis, or all sizes but "
                  "the last equal",
                  name, to_string(a), to_string(b)));
}

Tensor search(const char* name, const Tensor& sorted, const Tensor& values, bool right) {
  check_search(name, sorted, values);
  const NoGradGuard off;
  const DType dtype = promote_types(sorted.dtype(), values.dtype());
  const int64_t n = sorted.size(-1);
  const bool shared = sorted.dim() == 1;
  const int64_t columns = shared ? values.numel() : values.size(-1);
  const int64_t rows = shared ? 1 : columns == 0 ? 0 : values.numel() / columns;
  Tensor out = detail::make_tensor({rows, columns}, int64, impl(values).backend());
  if (out.numel() > 0) {
    SearchArgs args;
    args.right = right;
    const Tensor table = sorted.to(dtype).reshape({rows, n});
    const Tensor wanted = values.to(dtype).reshape({rows, columns});
    args.sorted = detail::view_of(table);
    args.values = detail::view_of(wanted);
    args.indices = detail::view_of(out);
    impl(values).kernels().search(args);
  }
  return out.reshape(values.shape());
}

/// One 1, int64, as often as wanted.
Tensor ones_for(const Tensor& x, int64_t n) { return full({1}, 1, integers_on(x)).expand({n}); }

/// Runs of equal elements along axis 0: the number of each element's run, and where runs begin.
struct Runs {
  Tensor number, begin;
  int64_t elements;

  /// `changes` (n - 1): whether an element differs from the one before it.
  Runs(const Tensor& changes, int64_t n) : elements(n) {
    const Tensor first =
        zeros({std::min<int64_t>(n, 1)}, {.dtype = bool_, .device = changes.device()});
    const Tensor begins = cat({first, changes});
    number = cumsum(begins, 0);
    const int64_t count = n == 0 ? 0 : number.select(0, n - 1).item<int64_t>() + 1;
    // Of each run one place is not zero, or it is 0.
    begin = ops::scatter_add(arange(n, integers_on(changes)) * begins, 0, number, {count});
  }
  Tensor lengths() const {
    const Tensor ends = full({std::min<int64_t>(elements, 1)}, elements, integers_on(begin));
    const int64_t n = begin.numel();
    return cat({begin.narrow(0, std::min<int64_t>(n, 1), std::max<int64_t>(n - 1, 0)), ends}) -
           begin;
  }
};

/// Whether slices of x along axis 0 differ from the ones before them.
Tensor changes_of(const Tensor& x) {
  const int64_t n = x.size(0);
  const int64_t pairs = std::max<int64_t>(n - 1, 0);
  Tensor differ = ne(x.narrow(0, n - pairs, pairs), x.narrow(0, 0, pairs));
  if (x.dim() == 1) return differ;
  return any(differ, {1});
}

/// x as rows, one for each place along the axis.
Tensor rows_of(const Tensor& x, int axis) {
  const int64_t n = x.shape()[axis];
  return x.transpose(0, axis).reshape({n, n == 0 ? 0 : x.numel() / n});
}

/// The order of rows by their first column, then the second, …: the least important is sorted
/// first.
Tensor order_of_rows(const Tensor& rows) {
  Tensor order = arange(rows.size(0), integers_on(rows));
  for (int64_t c = rows.size(1); c-- > 0;) {
    const Tensor column = index_select(rows.select(1, c), 0, order);
    order = index_select(order, 0, argsort(column, 0));
  }
  return order;
}

/// Integers of few different values: they are counted, not sorted.
UniqueResult distinct_integers(const Tensor& x, int64_t low, int64_t range,
                               const UniqueOptions& options) {
  const Tensor places = x.reshape({-1}).to(int64) - low;
  const Tensor counts = ops::scatter_add(ones_for(x, x.numel()), 0, places, {range});
  const Tensor present = ne(counts, 0);
  // What is not there has the number of what is below it, and adds nothing.
  const Tensor number = clamp(cumsum(present, 0) - 1, 0);
  const int64_t distinct = number.select(0, range - 1).item<int64_t>() + 1;
  const Tensor found =
      ops::scatter_add(arange(range, integers_on(x)) * present, 0, number, {distinct});
  UniqueResult result;
  result.values = (found + low).to(x.dtype());
  if (options.counts) result.counts = index_select(counts, 0, found);
  if (options.inverse) result.inverse = index_select(number, 0, places).reshape(x.shape());
  return result;
}

UniqueResult distinct(const char* name, const Tensor& x, const UniqueOptions& options,
                      bool sorting) {
  detail::check_defined(x, name, "x");
  detail::check_has_values(x, name, "x");
  const NoGradGuard off;
  const bool slices = options.axis.has_value();
  const int axis = slices ? normalize_axis(*options.axis, x.shape().rank(), name) : 0;
  if (sorting && !slices && is_integral(x.dtype()) && x.numel() > 0) {
    const int64_t low = min(x).item<int64_t>();
    const int64_t high = max(x).item<int64_t>();
    const uint64_t distance = static_cast<uint64_t>(high) - static_cast<uint64_t>(low);
    if (distance < static_cast<uint64_t>(x.numel())) {
      return distinct_integers(x, low, static_cast<int64_t>(distance) + 1, options);
    }
  }
  const Tensor items = slices ? rows_of(x, axis) : x.reshape({-1});
  Tensor ordered = items;
  Tensor order;
  if (sorting && !slices) {
    std::tie(ordered, order) = sort(items, 0);
  } else if (sorting) {
    order = order_of_rows(items);
    ordered = index_select(items, 0, order);
  }
  const Runs runs(changes_of(ordered), items.size(0));
  UniqueResult result;
  if (slices) {
    result.values =
        index_select(x, axis, sorting ? index_select(order, 0, runs.begin) : runs.begin);
  } else {
    result.values = index_select(ordered, 0, runs.begin);
  }
  if (options.counts) result.counts = runs.lengths();
  if (options.inverse) {
    const Tensor inverse =
        sorting ? ops::scatter_add(runs.number, 0, order, runs.number.shape()) : runs.number;
    result.inverse = slices ? inverse : inverse.reshape(x.shape());
  }
  return result;
}

}  // namespace

Tensor searchsorted(const Tensor& sorted, const Tensor& values, const SearchOptions& options) {
  if (!options.sorter.defined()) return search("searchsorted", sorted, values, options.right);
  detail::check_defined(sorted, "searchsorted", "sorted");
  const Tensor& sorter = options.sorter;
  if (sorter.shape() != sorted.shape()) {
    throw ShapeError(fmt::format("searchsorted: the sorter has shape {}: it must be sorted's, {}",
                                 to_string(sorter.shape()), to_string(sorted.shape())));
  }
  if (sorter.dtype() != int64) {
    throw DTypeError(
        fmt::format("searchsorted: the sorter is {}: it must be int64; convert with .to(ct::int64)",
                    name(sorter.dtype())));
  }
  check_search("searchsorted", sorted, values);
  return search("searchsorted", gather(sorted.detach(), -1, sorter), values, options.right);
}

Tensor bucketize(const Tensor& values, const Tensor& boundaries, bool right) {
  detail::check_defined(boundaries, "bucketize", "boundaries");
  if (boundaries.dim() != 1) {
    throw ShapeError(fmt::format("bucketize: the boundaries have shape {}: they must have one axis",
                                 to_string(boundaries.shape())));
  }
  return search("bucketize", boundaries, values, right);
}

UniqueResult unique(const Tensor& x, const UniqueOptions& options) {
  return distinct("unique", x, options, true);
}
UniqueResult unique_consecutive(const Tensor& x, const UniqueOptions& options) {
  return distinct("unique_consecutive", x, options, false);
}

Tensor bincount(const Tensor& x, const Tensor& weights, int64_t minlength) {
  detail::check_defined(x, "bincount", "x");
  if (x.dim() != 1 || (weights.defined() && weights.shape() != x.shape())) {
    throw ShapeError(fmt::format(
        "bincount: x {}{} do not fit: both must be (n)", to_string(x.shape()),
        weights.defined() ? " and weights " + to_string(weights.shape()) : std::string()));
  }
  if (!is_integral(x.dtype())) {
    throw DTypeError(
        fmt::format("bincount: x is {}: it must be integers; convert with "
                    ".to(ct::int64)",
                    name(x.dtype())));
  }
  if (minlength < 0) {
    throw ValueError(fmt::format("bincount: minlength must not be negative: {}", minlength));
  }
  int64_t size = minlength;
  if (x.numel() > 0) {
    detail::check_has_values(x, "bincount", "x");
    const int64_t least = min(x).item<int64_t>();
    if (least < 0) {
      throw ValueError(fmt::format("bincount: x has a negative element: {}", least));
    }
    size = std::max(size, checked_add("bincount", max(x).item<int64_t>(), 1));
  }
  const Tensor places = x.to(int64);
  if (!weights.defined()) {
    return ops::scatter_add(ones_for(x, x.numel()), 0, places, {size});
  }
  detail::check_same_device(x, weights, "bincount");
  const bool kept = weights.dtype() == float32 || weights.dtype() == float64;
  return ops::scatter_add(kept ? weights : weights.to(float64), 0, places, {size});
}

Tensor histc(const Tensor& x, int64_t bins, double low, double high) {
  detail::check_defined(x, "histc", "x");
  if (!is_floating(x.dtype())) {
    throw DTypeError(
        fmt::format("histc: the tensor is {}: it must be floating; convert with .to(ct::float32)",
                    name(x.dtype())));
  }
  if (bins < 1) throw ValueError(fmt::format("histc: bins must be positive: {}", bins));
  constexpr int64_t kExactFloat32 = int64_t{1} << 24;  // from here on it skips numbers of bins
  const NoGradGuard off;
  if (x.dtype() == float16 || x.dtype() == bfloat16) {
    return histc(x.to(float32), bins, low, high).to(x.dtype());
  }
  if (x.dtype() == float32 && bins >= kExactFloat32) {
    return histc(x.to(float64), bins, low, high).to(x.dtype());
  }
  if (low == high && x.numel() > 0 && detail::has_values(x)) {
    low = min(x).item<double>();
    high = max(x).item<double>();
  }
  if (low == high) {
    low -= 1.0;
    high += 1.0;
  }
  if (!std::isfinite(low) || !std::isfinite(high)) {
    throw ValueError(fmt::format("histc: the range [{}, {}] is not finite", low, high));
  }
  if (low > high) throw ValueError(fmt::format("histc: the range is empty: [{}, {}]", low, high));
  // Scalars: low, high, bins. What is outside goes to one more bin.
  static const ProgramPtr bin_of = [] {
    PointwiseBuilder b("histc", 1, 3);
    const auto v = b.input(0);
    const auto inside = b.apply(Opcode::logical_and, b.apply(Opcode::ge, v, b.scalar(0)),
                                b.apply(Opcode::le, v, b.scalar(1)));
    const auto place =
        b.apply(Opcode::floor, (v - b.scalar(0)) * b.scalar(2) / (b.scalar(1) - b.scalar(0)));
    b.output(b.apply(Opcode::select, inside, b.apply(Opcode::minimum, place, b.scalar(2) - 1.0),
                     b.scalar(2)));
    b.rule(TypeRule::floating);
    return b.build();
  }();
  const Tensor places = ops::apply("histc", bin_of, {&x}, {low, high, static_cast<double>(bins)})
                            .reshape({-1})
                            .to(int64);
  const Tensor counts =
      ops::scatter_add(ones_for(x, x.numel()), 0, places, {checked_add("histc", bins, 1)});
  return counts.narrow(0, 0, bins).to(x.dtype());
}

// --- Methods -------------------------------------------------------------------------------------

Tensor Tensor::unique() const { return ct::unique(*this).values; }
Tensor Tensor::bincount(int64_t minlength) const {
  return ct::bincount(*this, Tensor(), minlength);
}
Tensor Tensor::histc(int64_t bins, double low, double high) const {
  return ct::histc(*this, bins, low, high);
}

}  // namespace ct
