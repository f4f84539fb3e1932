// Padding: the middle is one copy of x, the margins are filled axis by axis through views of the
// result itself: a value, or what stands mirrored, repeated or wrapped inside. The transpose folds
// the margins back in the opposite order; each is the other's gradient.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/view/sizes.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/pointwise/copy.hpp"
#include "ops/shape/view.hpp"

namespace ct {

using autograd::Gradients;
using autograd::Recording;

namespace {

/// Margins before and after each axis, not negative.
struct Margins {
  Dims low, high;
  bool any = false;
};

/// The part of `out` whose axis `a` is [start, start + size): whole along the axes before `a`,
/// which are done already, and without margins along those after it.
Tensor part_of(const Tensor& out, const Margins& m, const Shape& shape, int a, int64_t start,
               int64_t size) {
  Tensor part = out.narrow(a, start, size);
  for (int i = a + 1; i < shape.rank(); ++i) part = part.narrow(i, m.low[i], shape[i]);
  return part;
}

Tensor reversed(const Tensor& t, int axis) {
  return t.slice(axis, Slice(std::nullopt, std::nullopt, -1));
}

/// Calls visit(margin, source) for the margins of axis `a`: views of one shape, except that the
/// source of replicate has size 1 along the axis.
template <class Visit>
void for_margins(const Tensor& out, const Margins& m, const Shape& shape, PadMode mode, int a,
                 const Visit& visit) {
  const int64_t low = m.low[a];
  const int64_t high = m.high[a];
  const int64_t n = shape[a];
  const auto part = [&](int64_t start, int64_t size) {
    return part_of(out, m, shape, a, start, size);
  };
  if (mode == PadMode::circular) {
    if (low > 0) visit(part(0, low), part(n, low));
    if (high > 0) visit(part(low + n, high), part(low, high));
  } else if (mode == PadMode::reflect) {
    if (low > 0) visit(part(0, low), reversed(part(low + 1, low), a));
    if (high > 0) visit(part(low + n, high), reversed(part(low + n - 1 - high, high), a));
  } else {
    if (low > 0) visit(part(0, low), part(low, 1));
    if (high > 0) visit(part(low + n, high), part(low + n - 1, 1));
  }
}

Tensor middle_of(const Tensor& out, const Margins& m, const Shape& shape) {
  Tensor middle = out;
  for (int i = 0; i < shape.rank(); ++i) middle = middle.narrow(i, m.low[i], shape[i]);
  return middle;
}

Tensor fold_margins(const Tensor& g, const Margins& m, const Shape& shape, PadMode mode);

Tensor padded(const Tensor& x, const Margins& m, PadMode mode, const Scalar& value) {
  const Shape shape = x.shape();
  Shape whole = shape;
  for (int i = 0; i < shape.rank(); ++i)
    whole[i] = checked_add("pad", whole[i], checked_add("pad", m.low[i], m.high[i]));
  Tensor out = detail::make_tensor(whole, x.dtype(), detail::impl(x).backend());
  {
    const NoGradGuard off;
    if (x.numel() > 0) detail::copy_unrecorded(middle_of(out, m, shape), x);
    // Of a value: each margin spans the middle of the axes before its own, so that none is written
    // twice.
    for (int a = 0; a < shape.rank() && mode == PadMode::constant; ++a) {
      Tensor row = out;
      for (int i = 0; i < a; ++i) row = row.narrow(i, m.low[i], shape[i]);
      if (m.low[a] > 0 && row.numel() > 0) {
        detail::fill_unrecorded(row.narrow(a, 0, m.low[a]), value);
      }
      if (m.high[a] > 0 && row.numel() > 0) {
        detail::fill_unrecorded(row.narrow(a, m.low[a] + shape[a], m.high[a]), value);
      }
    }
    for (int a = 0; a < shape.rank() && mode != PadMode::constant && out.numel() > 0; ++a) {
      for_margins(out, m, shape, mode, a, [&](const Tensor& margin, const Tensor& source) {
        detail::copy_unrecorded(margin, source.expand(margin.shape()));
      });
    }
  }
  autograd::record("pad", {&out}, {&x}, [&](const Recording&) {
    return [m, shape, mode](std::span<const Tensor> g, Gradients& d) {
      d[0] = mode == PadMode::constant ? middle_of(g[0], m, shape)
                                       : fold_margins(g[0], m, shape, mode);
    };
  });
  return out;
}

/// The transpose of padding by anything but a value.
Tensor fold_margins(const Tensor& g, const Margins& m, const Shape& shape, PadMode mode) {
  Tensor out;
  {
    const NoGradGuard off;
    const Tensor sums = ops::dense_copy(g, compute_type(g.dtype()));  // wide while they grow
    for (int a = shape.rank() - 1; a >= 0; --a) {
      for_margins(sums, m, shape, mode, a, [&](const Tensor& margin, Tensor source) {
        source.add_(mode == PadMode::replicate ? margin.sum({a}, true) : margin);
      });
    }
    out = middle_of(sums, m, shape).detach();
  }
  autograd::record("pad_backward", {&out}, {&g}, [&](const Recording&) {
    return
        [m, mode](std::span<const Tensor> gg, Gradients& d) { d[0] = padded(gg[0], m, mode, 0); };
  });
  return out;
}

}  // namespace

Tensor pad(const Tensor& x, std::span<const int64_t> amounts, PadMode mode, const Scalar& value) {
  detail::check_defined(x, "pad", "x");
  const int rank = static_cast<int>(x.dim());
  if (amounts.size() % 2 != 0 || amounts.size() > 2 * static_cast<size_t>(rank)) {
    throw ShapeError(fmt::format(
        "pad: {} amounts for shape {}: two for each axis are needed, from the last one back",
        amounts.size(), to_string(x.shape())));
  }
  if (value.is_floating() && !is_floating(x.dtype()) && mode == PadMode::constant) {
    throw DTypeError(fmt::format("pad: the value is a float: it cannot be stored in {} {}",
                                 name(x.dtype()), to_string(x.shape())));
  }
  static constexpr std::array<const char*, 4> kNames{"constant", "reflect", "replicate",
                                                     "circular"};
  Margins m{Dims::filled(rank, 0), Dims::filled(rank, 0)};
  Tensor kept = x;
  for (size_t i = 0; i < amounts.size() / 2; ++i) {
    const int a = rank - 1 - static_cast<int>(i);
    const int64_t low = amounts[2 * i];
    const int64_t high = amounts[2 * i + 1];
    const int64_t n = x.shape()[a];
    const int64_t most = mode == PadMode::reflect ? n - 1 : n;
    const bool limited = mode == PadMode::reflect || mode == PadMode::circular;
    const bool negative = mode != PadMode::constant && (low < 0 || high < 0);
    const bool none = mode == PadMode::replicate && n == 0 && (low > 0 || high > 0);
    if (negative || none || (limited && std::max(low, high) > std::max<int64_t>(most, 0)) ||
        low < -n || high < -n || n + std::min<int64_t>(low, 0) + std::min<int64_t>(high, 0) < 0) {
      throw ValueError(fmt::format(
          "pad: amounts {} and {} for axis {} of size {}: {} cannot pad by that: shape {}", low,
          high, a, n, kNames[static_cast<size_t>(mode)], to_string(x.shape())));
    }
    // Negative amounts crop first.
    if (low < 0 || high < 0) {
      const int64_t start = std::max<int64_t>(-low, 0);
      kept = kept.narrow(a, start, n + std::min<int64_t>(high, 0) - start);
    }
    m.low[a] = std::max<int64_t>(low, 0);
    m.high[a] = std::max<int64_t>(high, 0);
  }
  return padded(kept, m, mode, value);
}

}  // namespace ct
