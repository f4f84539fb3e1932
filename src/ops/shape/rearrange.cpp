// Copies in another order, or of more than one of each element. Each is one copy through a view
// (expanded, reversed), so that the device's pointwise copy does all the work.
#include <fmt/format.h>

#include <algorithm>

#include "core/view/sizes.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/indexing.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/pointwise/copy.hpp"
#include "ops/reduce/reduce.hpp"
#include "ops/shape/view.hpp"

namespace ct {

using autograd::Gradients;
using autograd::Recording;

Tensor repeat(const Tensor& x, const Dims& times) {
  detail::check_defined(x, "repeat", "x");
  const int lead = times.rank() - static_cast<int>(x.dim());
  if (lead < 0 || std::any_of(times.begin(), times.end(), [](int64_t n) { return n < 0; })) {
    throw ShapeError(fmt::format(
        "repeat: times {} for shape {}: one number for each axis is needed, none negative",
        to_string(times), to_string(x.shape())));
  }
  Tensor out = x;
  for (int i = 0; i < lead; ++i) out = out.unsqueeze(0);
  Shape whole = out.shape();
  for (int i = 0; i < whole.rank(); ++i) whole[i] = checked_mul("repeat", whole[i], times[i]);
  checked_numel("repeat", whole);
  // An axis that is repeated becomes two, the first one expanded; as many at once as there is room.
  int axis = times.rank() - 1;
  while (axis >= 0) {
    Tensor wide = out;
    Shape expanded = out.shape();
    Shape merged = out.shape();
    for (; axis >= 0 && expanded.rank() < kMaxRank; --axis) {
      if (times[axis] == 1) continue;
      wide = wide.unsqueeze(axis);
      expanded.insert(axis, times[axis]);
      merged[axis] *= times[axis];
    }
    if (axis >= 0 && expanded.rank() == out.dim()) {
      // No room at all: the axes on either side of this one as one each.
      Shape longer = out.shape();
      Shape sides{1, times[axis], longer[axis], 1};
      for (int i = 0; i < longer.rank(); ++i) {
        if (i != axis) sides[i < axis ? 0 : 3] *= longer[i];
      }
      longer[axis] *= times[axis];
      out = out.reshape({sides[0], 1, sides[2], sides[3]}).expand(sides).reshape(longer);
      --axis;
      continue;
    }
    out = wide.expand(expanded).reshape(merged);
  }
  return out.shares_storage(x) ? out.clone() : out;
}

Tensor tile(const Tensor& x, const Dims& times) {
  detail::check_defined(x, "tile", "x");
  Dims all = times;
  while (all.rank() < x.dim()) all.insert(0, 1);
  return repeat(x, all);
}

Tensor repeat_interleave(const Tensor& x, int64_t times, std::optional<int64_t> axis) {
  detail::check_defined(x, "repeat_interleave", "x");
  if (times < 0) {
    throw ValueError(fmt::format("repeat_interleave: times must not be negative: {}", times));
  }
  if (!axis) return repeat_interleave(x.reshape({-1}), times, 0);
  const int a = normalize_axis(*axis, static_cast<int>(x.dim()), "repeat_interleave");
  if (x.dim() == kMaxRank) {
    return repeat_interleave(x, full({1}, times, {.dtype = int64, .device = Device("cpu")}), a);
  }
  Shape expanded = x.shape();
  Shape merged = x.shape();
  expanded.insert(a + 1, times);
  merged[a] = checked_mul("repeat_interleave", merged[a], times);
  const Tensor out = x.unsqueeze(a + 1).expand(expanded).reshape(merged);
  return out.shares_storage(x) ? out.clone() : out;
}

Tensor repeat_interleave(const Tensor& x, const Tensor& times, std::optional<int64_t> axis) {
  detail::check_defined(x, "repeat_interleave", "x");
  detail::check_defined(times, "repeat_interleave", "times");
  if (!axis) return repeat_interleave(x.reshape({-1}), times, 0);
  const int a = normalize_axis(*axis, static_cast<int>(x.dim()), "repeat_interleave");
  if (times.dim() > 1 || (times.numel() != 1 && times.numel() != x.shape()[a]) ||
      is_floating(times.dtype())) {
    throw ShapeError(fmt::format(
        "repeat_interleave: times {} {} for axis {} of size {}: it must be integers, one for each "
        "or a single one",
        name(times.dtype()), to_string(times.shape()), a, x.shape()[a]));
  }
  detail::check_has_values(times, "repeat_interleave", "times");
  const auto counts = times.to_vector<int64_t>();
  const auto count_of = [&](int64_t i) {
    return counts[counts.size() == 1 ? 0 : static_cast<size_t>(i)];
  };
  int64_t total = 0;
  for (int64_t i = 0; i < x.shape()[a]; ++i) {
    if (count_of(i) < 0) {
      throw ValueError(fmt::format(
          "repeat_interleave: times must not be negative: {} at position {}", count_of(i), i));
    }
    total = checked_add("repeat_interleave", total, count_of(i));
  }
  const Tensor from = empty({total}, {.dtype = int64, .device = Device("cpu")});
  int64_t* to = total == 0 ? nullptr : from.data<int64_t>();
  for (int64_t i = 0; total > 0 && i < x.shape()[a]; ++i) to = std::fill_n(to, count_of(i), i);
  return index_select(x, a, from.to(x.device()));
}

Tensor flip(const Tensor& x, const Axes& axes) {
  detail::check_defined(x, "flip", "x");
  const uint32_t mask = axes.empty() ? 0 : ops::axis_mask(axes, static_cast<int>(x.dim()), "flip");
  Tensor out;
  {
    const NoGradGuard off;
    Tensor reversed = x;
    for (int i = 0; i < x.shape().rank(); ++i) {
      if ((mask >> i & 1U) == 0) continue;
      reversed = reversed.slice(i, Slice(std::nullopt, std::nullopt, -1));
    }
    out = ops::dense_copy(reversed, x.dtype());
  }
  autograd::record("flip", {&out}, {&x}, [&](const Recording&) {
    return [axes](std::span<const Tensor> g, Gradients& d) { d[0] = flip(g[0], axes); };
  });
  return out;
}

namespace {

/// Along one axis.
Tensor rolled(const Tensor& x, int64_t shift, int a) {
  const int64_t n = x.shape()[a];
  const int64_t rest = n == 0 ? 0 : shift % n;
  const int64_t first = rest < 0 ? rest + n : rest;
  Tensor out = detail::make_tensor(x.shape(), x.dtype(), detail::impl(x).backend());
  if (x.numel() > 0) {
    const NoGradGuard off;
    detail::copy_unrecorded(out.narrow(a, first, n - first), x.narrow(a, 0, n - first));
    if (first > 0) detail::copy_unrecorded(out.narrow(a, 0, first), x.narrow(a, n - first, first));
  }
  autograd::record("roll", {&out}, {&x}, [&](const Recording&) {
    return [first, a](std::span<const Tensor> g, Gradients& d) { d[0] = rolled(g[0], -first, a); };
  });
  return out;
}

}  // namespace

Tensor roll(const Tensor& x, const Dims& shifts, const Axes& axes) {
  detail::check_defined(x, "roll", "x");
  if (axes.empty() && shifts.rank() == 1) {
    return rolled(x.reshape({-1}), shifts[0], 0).reshape(x.shape());
  }
  if (axes.rank() != shifts.rank() || axes.empty()) {
    throw ValueError(fmt::format("roll: shifts {} and axes {} differ in number", to_string(shifts),
                                 to_string(axes)));
  }
  Tensor out = x;
  for (int i = 0; i < axes.rank(); ++i) {
    out = rolled(out, shifts[i], normalize_axis(axes[i], static_cast<int>(x.dim()), "roll"));
  }
  return out;
}

Tensor rot90(const Tensor& x, int64_t times, const Axes& axes) {
  detail::check_defined(x, "rot90", "x");
  const int rank = static_cast<int>(x.dim());
  if (axes.rank() != 2) {
    throw ValueError(fmt::format("rot90: two axes are needed: {}", to_string(axes)));
  }
  const int a = normalize_axis(axes[0], rank, "rot90");
  const int b = normalize_axis(axes[1], rank, "rot90");
  if (a == b) {
    throw ValueError(fmt::format("rot90: the axes {} are the same: shape {}", to_string(axes),
                                 to_string(x.shape())));
  }
  switch ((times % 4 + 4) % 4) {
    case 1:
      return flip(x, {b}).transpose(a, b);
    case 2:
      return flip(x, {a, b});
    case 3:
      return flip(x, {a}).transpose(a, b);
    default:
      return x.clone();
  }
}

Tensor Tensor::repeat(const Dims& times) const { return ct::repeat(*this, times); }
Tensor Tensor::repeat_interleave(int64_t times, std::optional<int64_t> axis) const {
  return ct::repeat_interleave(*this, times, axis);
}
Tensor Tensor::repeat_interleave(const Tensor& times, std::optional<int64_t> axis) const {
  return ct::repeat_interleave(*this, times, axis);
}
Tensor Tensor::tile(const Dims& times) const { return ct::tile(*this, times); }
Tensor Tensor::flip(const Axes& axes) const { return ct::flip(*this, axes); }
Tensor Tensor::roll(const Dims& shifts, const Axes& axes) const {
  return ct::roll(*this, shifts, axes);
}
Tensor Tensor::rot90(int64_t times, const Axes& axes) const {
  return ct::rot90(*this, times, axes);
}

}  // namespace ct
