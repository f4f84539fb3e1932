// Sorting and selecting by rank: one kernel family, which gives any range of ranks. The gradient of
// a value goes to the place that it came from.
#include "customtensor/ops/sort.hpp"

#include <fmt/format.h>

#include <limits>

#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/indexing.hpp"
#include "customtensor/ops/reduce.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/index/index.hpp"
#include "ops/pointwise/apply.hpp"

namespace ct {

using autograd::Gradients;
using autograd::Recording;
using detail::impl;

namespace {

using Pair = std::pair<Tensor, Tensor>;

/// x with at least one axis, and the axis counted from 0.
struct Line {
  Tensor x;
  int axis;
  int64_t n() const { return x.shape()[axis]; }
};
Line line_of(const char* name, const Tensor& x, int64_t axis) {
  detail::check_defined(x, name, "x");
  const Tensor source = x.dim() == 0 ? x.reshape({1}) : x;
  return {source, normalize_axis(axis, source.shape().rank(), name)};
}

/// The elements of rank first … first + k - 1, not recorded; values are undefined if not wanted.
Pair run_sort(const Line& line, bool descending, int64_t first, int64_t k, bool values_wanted) {
  const TensorImpl& t = impl(line.x);
  Shape shape = t.shape;
  shape[line.axis] = k;
  Tensor values = values_wanted ? detail::make_tensor(shape, t.dtype, t.backend()) : Tensor();
  Tensor indices = detail::make_tensor(shape, int64, t.backend());
  if (indices.numel() > 0) {
    SortArgs args;
    args.axis = line.axis;
    args.descending = descending;
    args.first = first;
    args.input = detail::view_of(line.x);
    if (values_wanted) args.values = detail::view_of(values);
    args.indices = detail::view_of(indices);
    t.kernels().sort(args);
  }
  return {values, indices};
}

/// Puts values on the tape that were taken from `line` at `indices`.
void record_choice(const char* name, const Line& line, Tensor& values, const Tensor& indices) {
  if (!is_floating(line.x.dtype())) return;
  autograd::record(name, {&values}, {&line.x}, [&](const Recording& r) {
    return [at = r.save_extra(indices), axis = line.axis, shape = line.x.shape()](
               std::span<const Tensor> g, Gradients& d) {
      d[0] = ops::scatter_add(g[0], axis, at.get(), shape);
    };
  });
}

/// Results of one element an axis without that axis, unless it is to stay.
Pair without_axis(const Pair& result, const Tensor& x, int axis, bool keepdim) {
  if (keepdim && x.dim() > 0) return result;
  return {result.first.squeeze(axis), result.second.squeeze(axis)};
}
Pair of_rank(const Pair& result, const Tensor& x) {
  if (x.dim() > 0) return result;
  return {result.first.reshape({}), result.second.reshape({})};
}

void check_median(const char* name, const Line& line) {
  if (line.x.dtype() == bool_) {
    throw DTypeError(fmt::format(
        "{}: the tensor is bool: it must be a number; convert with .to(ct::uint8)", name));
  }
  if (line.n() == 0) {
    throw ValueError(fmt::format("{}: no elements to choose from along axis {}: shape {}", name,
                                 line.axis, to_string(line.x.shape())));
  }
}

/// The middle of each line and its place, both with the axis; not recorded.
Pair middle(const Line& line) {
  const NoGradGuard off;
  auto [values, indices] = run_sort(line, false, (line.n() - 1) / 2, 1, true);
  if (!is_floating(line.x.dtype())) return {values, indices};
  // A NaN wins, the first one: as it wins a maximum.
  const auto [largest, place] = max(line.x, line.axis, true);
  const Tensor none = isnan(largest);
  return {where(none, largest, values), where(none, place, indices)};
}

/// The same of the numbers that are not NaN: they come first in the order.
Pair middle_number(const Line& line) {
  if (!is_floating(line.x.dtype())) return middle(line);
  const NoGradGuard off;
  const auto [values, indices] = run_sort(line, false, 0, line.n(), true);
  const Tensor count = sum(logical_not(isnan(line.x)), {line.axis}, true);
  // (count - 1) / 2 for count = 0, 1, …: 0 0 0 1 1 2 2 …
  const TensorOptions integers{.dtype = int64, .device = line.x.device()};
  const Tensor halves = arange((line.n() + 1) / 2, integers);
  const Tensor table = cat({zeros({1}, integers), stack({halves, halves}, 1).reshape({-1})});
  const Tensor rank = index_select(table, 0, count.reshape({-1})).reshape(count.shape());
  return {gather(values, line.axis, rank), gather(indices, line.axis, rank)};
}

Pair median_along(const char* name, Pair (*find)(const Line&), const Tensor& x, int64_t axis,
                  bool keepdim) {
  const Line line = line_of(name, x, axis);
  check_median(name, line);
  auto [values, indices] = find(line);
  record_choice(name, line, values, indices);
  return without_axis({values, indices}, x, line.axis, keepdim);
}

Tensor median_of_all(const char* name, Pair (*find)(const Line&), const Tensor& x) {
  detail::check_defined(x, name, "x");
  if (x.numel() == 0 && is_floating(x.dtype())) {
    return full({}, std::numeric_limits<double>::quiet_NaN(),
                {.dtype = x.dtype(), .device = x.device()});
  }
  const Line line{x.detach().reshape({-1}), 0};
  check_median(name, line);
  Tensor out = find(line).first.reshape({});
  if (!is_floating(x.dtype())) return out;
  autograd::record(name, {&out}, {&x}, [&](const Recording& r) {
    return [x = r.save(0), y = r.save_output()](std::span<const Tensor> g, Gradients& d) {
      // Equal ones share the gradient, NaNs being equal.
      const Tensor from = x.get().detach();
      const Tensor value = y.get().detach();
      const Tensor hit = logical_or(eq(from, value), logical_and(isnan(from), isnan(value)))
                             .to(compute_type(g[0].dtype()));  // float16 cannot count far
      d[0] = hit / hit.sum() * g[0];
    };
  });
  return out;
}

}  // namespace

Pair sort(const Tensor& x, int64_t axis, bool descending) {
  const Line line = line_of("sort", x, axis);
  auto [values, indices] = run_sort(line, descending, 0, line.n(), true);
  record_choice("sort", line, values, indices);
  return of_rank({values, indices}, x);
}

Tensor argsort(const Tensor& x, int64_t axis, bool descending) {
  const Line line = line_of("argsort", x, axis);
  const Tensor indices = run_sort(line, descending, 0, line.n(), false).second;
  return x.dim() == 0 ? indices.reshape({}) : indices;
}

Pair topk(const Tensor& x, int64_t k, int64_t axis, bool largest) {
  const Line line = line_of("topk", x, axis);
  if (k < 0 || k > line.n()) {
    throw ValueError(
        fmt::format("topk: k = {} is out of range: axis {} of shape {} has {} elements", k,
                    line.axis, to_string(x.shape()), line.n()));
  }
  auto [values, indices] = run_sort(line, largest, 0, k, true);
  record_choice("topk", line, values, indices);
  if (x.dim() > 0 || k == 0) return {values, indices};
  return of_rank({values, indices}, x);
}

Pair kthvalue(const Tensor& x, int64_t k, int64_t axis, bool keepdim) {
  const Line line = line_of("kthvalue", x, axis);
  if (k < 1 || k > line.n()) {
    throw ValueError(
        fmt::format("kthvalue: k = {} is out of range: axis {} of shape {} has {} elements, "
                    "counted from 1",
                    k, line.axis, to_string(x.shape()), line.n()));
  }
  auto [values, indices] = run_sort(line, false, k - 1, 1, true);
  record_choice("kthvalue", line, values, indices);
  return without_axis({values, indices}, x, line.axis, keepdim);
}

Tensor median(const Tensor& x) { return median_of_all("median", middle, x); }
Pair median(const Tensor& x, int64_t axis, bool keepdim) {
  return median_along("median", middle, x, axis, keepdim);
}
Tensor nanmedian(const Tensor& x) { return median_of_all("nanmedian", middle_number, x); }
Pair nanmedian(const Tensor& x, int64_t axis, bool keepdim) {
  return median_along("nanmedian", middle_number, x, axis, keepdim);
}

// --- Methods -------------------------------------------------------------------------------------

Pair Tensor::sort(int64_t axis, bool descending) const { return ct::sort(*this, axis, descending); }
Tensor Tensor::argsort(int64_t axis, bool descending) const {
  return ct::argsort(*this, axis, descending);
}
Pair Tensor::topk(int64_t k, int64_t axis, bool largest) const {
  return ct::topk(*this, k, axis, largest);
}
Pair Tensor::kthvalue(int64_t k, int64_t axis, bool keepdim) const {
  return ct::kthvalue(*this, k, axis, keepdim);
}
Tensor Tensor::median() const { return ct::median(*this); }
Pair Tensor::median(int64_t axis, bool keepdim) const { return ct::median(*this, axis, keepdim); }
Tensor Tensor::nanmedian() const { return ct::nanmedian(*this); }
Pair Tensor::nanmedian(int64_t axis, bool keepdim) const {
  return ct::nanmedian(*this, axis, keepdim);
}

}  // namespace ct
