// Reductions that are made of the ones in reduce.cpp: moments, norms, logarithmic and logical sums,
// and the product with its derivative. Narrow types are computed in float32 (wide.hpp): sums of
// their squares or exponentials would overflow in between.
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/reduce.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/autocast.hpp"
#include "ops/pointwise/complex.hpp"
#include "ops/pointwise/wide.hpp"
#include "ops/reduce/reduce.hpp"
#include "ops/reduce/scan.hpp"

namespace ct {

using autograd::Gradients;
using autograd::Recording;
using detail::impl;
using ops::axis_mask;
using ops::is_narrow;
using ops::wide;

namespace {

/// Checks of every reduction here; the axes as bits.
uint32_t checked_mask(const char* op, const Tensor& x, const Axes& axes) {
  detail::check_defined(x, op, "x");
  return axis_mask(axes, impl(x).shape.rank(), op);
}

/// A program of input 0, built by `body`.
template <class Body>
ProgramPtr unary_program(const char* name, int scalars, Body body) {
  PointwiseBuilder b(name, 1, scalars);
  b.output(body(b, b.input(0)));
  b.rule(TypeRule::floating);
  return b.build();
}

PointwiseValue select(PointwiseBuilder& b, PointwiseValue condition, PointwiseValue yes,
                      PointwiseValue no) {
  return b.apply(Opcode::select, condition, yes, no);
}

/// sqrt with a derivative of 0 at 0: chosen before the root and after it, so that nothing infinite
/// is multiplied by 0.
Tensor root(const char* name, const Tensor& x) {
  static const ProgramPtr program = unary_program("root", 0, [](auto& b, auto v) {
    const auto zero = b.apply(Opcode::eq, v, 0.0);
    return select(b, zero, 0.0, b.apply(Opcode::sqrt, select(b, zero, 1.0, v)));
  });
  return ops::apply(name, program, {&x});
}

const ProgramPtr& squared_distance() {
  static const ProgramPtr program = [] {
    PointwiseBuilder b("squared_distance", 2);
    const auto distance = b.input(0) - b.input(1);
    b.output(distance * distance);
    return b.build();
  }();
  return program;
}

/// What squares from the centre come to from the mean itself. A mean of 1e4 in one float32 is as
/// coarse as 1e-3; the centre is first + distance, and this knows what rounding took from it.
/// Inputs: the scaled sum of squares, first, distance; scalar: count times that scale.
const ProgramPtr& from_the_mean() {
  static const ProgramPtr program = [] {
    PointwiseBuilder b("variance", 3, 1);
    const auto first = b.input(1), distance = b.input(2);
    const auto rest = (first - (first + distance)) + distance;
    const auto part = b.scalar(0) * (rest * rest);
    const auto known = select(b, b.apply(Opcode::is_finite, part), part, 0.0);
    const auto variance = b.input(0) - known;
    b.output(select(b, b.apply(Opcode::lt, variance, 0.0), 0.0, variance));
    return b.build();
  }();
  return program;
}

const ProgramPtr& difference() {
  static const ProgramPtr program = [] {
    PointwiseBuilder b("difference", 2);
    b.output(b.input(0) - b.input(1));
    return b.build();
  }();
  return program;
}

Tensor variance(const char* name, const Tensor& x, const Axes& axes, int64_t correction,
                bool keepdim) {
  const uint32_t mask = checked_mask(name, x, axes);
  ops::check_floating(name, x);
  const int64_t count = ops::reduced_count(impl(x).shape, mask);
  const double scale =
      1.0 / std::max(0.0, static_cast<double>(count) - static_cast<double>(correction));
  Tensor out;
  {
    const NoGradGuard off;
    const Tensor first = ops::first_element(x, mask);
    const Tensor* from_first[] = {&x, &first};
    const Tensor distance = ops::sum_of_program(name, difference(), from_first, {}, mask, true,
                                                1.0 / static_cast<double>(count));
    const Tensor centre = first + distance;
    const Tensor* inputs[] = {&x, &centre};
    out = ops::sum_of_program(name, squared_distance(), inputs, {}, mask, true, scale);
    if (count > 0) {
      out = ops::apply(name, from_the_mean(), {&out, &first, &distance},
                       {scale * static_cast<double>(count)});
    }
    if (!keepdim) {
      const Shape kept = ops::reduced_shape(impl(x).shape, mask, false);
      out = detail::make_view(out, kept, contiguous_strides(kept), 0);
    }
  }
  autograd::record(name, {&out}, {&x}, [&](const Recording& r) {
    return [x = r.save(0), axes, mask, scale](std::span<const Tensor> g, Gradients& d) {
      const Tensor from = x.get();
      const Tensor moved = from - ops::first_element(from, mask);
      d[0] =
          (moved - mean(moved, axes, true)) * ops::spread(g[0] * (2.0 * scale), from.shape(), mask);
    };
  });
  return out;
}

/// Of x, wide while it is computed.
Tensor rounded_variance(const char* name, const Tensor& x, const Axes& axes, int64_t correction,
                        bool keepdim) {
  return variance(name, wide(x), axes, correction, keepdim).to(x.dtype());
}
Tensor rounded_deviation(const char* name, const Tensor& x, const Axes& axes, int64_t correction,
                         bool keepdim) {
  return root(name, variance(name, wide(x), axes, correction, keepdim)).to(x.dtype());
}

}  // namespace

/// A mean that is taken from there is exact where all are equal, and loses no digits to what they
/// have in common.
Tensor ops::first_element(const Tensor& x, uint32_t mask) {
  Tensor first = x.detach();
  for (int axis = 0; axis < first.dim(); ++axis) {
    if ((mask >> axis & 1U) == 0) continue;
    first = first.narrow(axis, 0, std::min<int64_t>(1, first.size(axis)));
  }
  return first;
}

Tensor var(const Tensor& x, const Axes& axes, int64_t correction, bool keepdim) {
  return rounded_variance("var", x, axes, correction, keepdim);
}
Tensor std(const Tensor& x, const Axes& axes, int64_t correction, bool keepdim) {
  return rounded_deviation("std", x, axes, correction, keepdim);
}
std::pair<Tensor, Tensor> var_mean(const Tensor& x, const Axes& axes, int64_t correction,
                                   bool keepdim) {
  return {rounded_variance("var_mean", x, axes, correction, keepdim), mean(x, axes, keepdim)};
}
std::pair<Tensor, Tensor> std_mean(const Tensor& x, const Axes& axes, int64_t correction,
                                   bool keepdim) {
  return {rounded_deviation("std_mean", x, axes, correction, keepdim), mean(x, axes, keepdim)};
}

namespace {
/// Halves times halves, so that a derivative has as many steps as the number of factors has digits.
Tensor complex_product(const Tensor& x, uint32_t mask, bool keepdim) {
  Tensor out = x;
  for (int axis = x.shape().rank() - 1; axis >= 0; --axis) {
    if ((mask >> axis & 1U) == 0) continue;
    if (out.size(axis) == 0) {
      Shape one = out.shape();
      one[axis] = 1;
      out = ones(one, {.dtype = x.dtype(), .device = x.device()});
    }
    while (out.size(axis) > 1) {
      const int64_t n = out.size(axis), half = n / 2;
      const Tensor products = out.narrow(axis, 0, half) * out.narrow(axis, half, half);
      out = n % 2 == 0 ? products : cat({products, out.narrow(axis, n - 1, 1)}, axis);
    }
    if (!keepdim) out = out.squeeze(axis);
  }
  return out;
}
}  // namespace

Tensor prod(const Tensor& x, const Axes& axes, bool keepdim) {
  if (const ops::Autocast cast{"prod"}) return prod(cast(x), axes, keepdim);
  const uint32_t mask = checked_mask("prod", x, axes);
  if (is_complex(x.dtype())) return complex_product(x, mask, keepdim);
  const DType dtype = ops::sum_type(x.dtype());
  Tensor out =
      ops::reduce_unrecorded(ReduceOp::prod, nullptr, x, mask, keepdim, compute_type(dtype), dtype);
  if (!is_floating(dtype)) return out;
  autograd::record("prod", {&out}, {&x}, [&](const Recording& r) {
    return [x = r.save(0), mask](std::span<const Tensor> g, Gradients& d) {
      const Tensor from = wide(x.get());
      const Shape& shape = from.shape();
      // The reduced axes become one, the last.
      Dims order;
      Shape flat;
      for (int i = 0; i < shape.rank(); ++i) {
        if ((mask >> i & 1U) != 0) continue;
        order.push_back(i);
        flat.push_back(shape[i]);
      }
      const int axis = flat.rank();
      flat.push_back(ops::reduced_count(shape, mask));
      for (int i = 0; i < shape.rank(); ++i) {
        if ((mask >> i & 1U) != 0) order.push_back(i);
      }
      Shape moved;
      Dims back = order;
      for (int i = 0; i < shape.rank(); ++i) {
        moved.push_back(shape[static_cast<int>(order[i])]);
        back[static_cast<int>(order[i])] = i;
      }
      // Of each factor: the product of those before it, times that of those behind it.
      const Tensor factors = from.permute(order).reshape(flat);
      const auto others = [&](bool reverse) {
        return ops::shifted(ops::cumulative("prod", ScanOp::prod, factors, axis, reverse), axis,
                            reverse, 1);
      };
      const Tensor slope = (others(false) * others(true)).reshape(moved).permute(back);
      d[0] = slope * ops::spread(g[0], shape, mask);
    };
  });
  return out;
}

Tensor norm(const Tensor& x, double p, const Axes& axes, bool keepdim) {
  if (const ops::Autocast cast{"norm"}) return norm(cast(x), p, axes, keepdim);
  const uint32_t mask = checked_mask("norm", x, axes);
  ops::check_floating("norm", x);
  if (std::isnan(p)) throw ValueError("norm: the order p is NaN: it must be a number or infinite");
  if (is_narrow(x)) return norm(wide(x), p, axes, keepdim).to(x.dtype());
  const auto sum_of = [&](const ProgramPtr& program, std::initializer_list<Scalar> scalars = {}) {
    const Tensor* inputs[] = {&x};
    return ops::sum_of_program("norm", program, inputs,
                               std::span<const Scalar>(scalars.begin(), scalars.size()), mask,
                               keepdim, 1.0);
  };
  if (p == 2.0) return root("norm", sum_of(program_of(Opcode::square)));
  if (p == 1.0) return sum_of(program_of(Opcode::abs));
  if (p == 0.0) {
    static const ProgramPtr not_zero =
        unary_program("not_zero", 0, [](auto& b, auto v) { return b.apply(Opcode::ne, v, 0.0); });
    return sum_of(not_zero);
  }
  if (std::isinf(p)) {
    if (ops::reduced_count(impl(x).shape, mask) > 0) {
      return p > 0 ? amax(abs(x), axes, keepdim) : amin(abs(x), axes, keepdim);
    }
    if (p > 0) return sum_of(program_of(Opcode::abs));  // 0, of every empty row
    throw ValueError(fmt::format("norm: no elements to choose from: shape {}, p = -infinity",
                                 to_string(x.shape())));
  }
  // At 0, |x|^p is scalar 1 (0, or infinite for p < 0) with a derivative of 0.
  static const ProgramPtr power = unary_program("power", 2, [](auto& b, auto v) {
    const auto zero = b.apply(Opcode::eq, v, 0.0);
    const auto size = select(b, zero, 1.0, b.apply(Opcode::abs, v));
    return select(b, zero, b.scalar(1), b.apply(Opcode::pow, size, b.scalar(0)));
  });
  static const ProgramPtr inverse_power = unary_program("inverse_power", 1, [](auto& b, auto v) {
    const auto zero = b.apply(Opcode::eq, v, 0.0);
    return select(b, zero, 0.0, b.apply(Opcode::pow, select(b, zero, 1.0, v), b.scalar(0)));
  });
  const Tensor sums = sum_of(power, {p, p > 0 ? 0.0 : std::numeric_limits<double>::infinity()});
  return ops::apply("norm", inverse_power, {&sums}, {1.0 / p});
}

Tensor logsumexp(const Tensor& x, const Axes& axes, bool keepdim) {
  if (const ops::Autocast cast{"logsumexp"}) return logsumexp(cast(x), axes, keepdim);
  const uint32_t mask = checked_mask("logsumexp", x, axes);
  if (!is_floating(x.dtype())) return logsumexp(x.to(float32), axes, keepdim);
  if (is_narrow(x)) return logsumexp(wide(x), axes, keepdim).to(x.dtype());
  static const ProgramPtr finite_or_zero = unary_program("finite_or_zero", 0, [](auto& b, auto v) {
    return select(b, b.apply(Opcode::is_finite, v), v, 0.0);
  });
  static const ProgramPtr exp_distance = [] {
    PointwiseBuilder b("exp_distance", 2);
    b.output(b.apply(Opcode::exp, b.input(0) - b.input(1)));
    return b.build();
  }();
  static const ProgramPtr log_plus = [] {
    PointwiseBuilder b("log_plus", 2);
    b.output(b.apply(Opcode::log, b.input(0)) + b.input(1));
    return b.build();
  }();
  Tensor out;
  {
    const NoGradGuard off;
    const Tensor largest = ops::reduce_unrecorded(ReduceOp::maximum, nullptr, x, mask, true,
                                                  compute_type(x.dtype()), x.dtype());
    const Tensor centre = ops::apply("logsumexp", finite_or_zero, {&largest});
    const Tensor* inputs[] = {&x, &centre};
    const Tensor sums =
        ops::sum_of_program("logsumexp", exp_distance, inputs, {}, mask, keepdim, 1.0);
    const Tensor shift = centre.reshape(sums.shape());
    out = ops::apply("logsumexp", log_plus, {&sums, &shift});
  }
  autograd::record("logsumexp", {&out}, {&x}, [&](const Recording& r) {
    return [x = r.save(0), y = r.save_output(), mask](std::span<const Tensor> g, Gradients& d) {
      const Shape& shape = x.get().shape();
      d[0] = ops::exp_difference(x.get(), ops::spread(y.get(), shape, mask)) *
             ops::spread(g[0], shape, mask);
    };
  });
  return out;
}

namespace {

Tensor logical(const char* name, ReduceOp op, const Tensor& x, const Axes& axes, bool keepdim) {
  const uint32_t mask = checked_mask(name, x, axes);
  static const ProgramPtr not_zero = [] {
    PointwiseBuilder b("not_zero", 1);
    b.output(b.apply(Opcode::ne, b.input(0), 0.0));
    return b.build();
  }();
  const DType compute = is_floating(x.dtype()) ? compute_type(x.dtype()) : int64;
  const Tensor out = ops::reduce_unrecorded(op, not_zero.get(), x, mask, keepdim, compute, bool_);
  return x.dtype() == uint8 ? out.to(uint8) : out;
}

}  // namespace

// How many are not 0 (float32 is summed in float64: a count never rounds to 0), and the product.
Tensor any(const Tensor& x, const Axes& axes, bool keepdim) {
  return logical("any", ReduceOp::sum, x, axes, keepdim);
}
Tensor all(const Tensor& x, const Axes& axes, bool keepdim) {
  return logical("all", ReduceOp::prod, x, axes, keepdim);
}
Tensor count_nonzero(const Tensor& x, const Axes& axes) {
  checked_mask("count_nonzero", x, axes);
  const NoGradGuard off;
  return sum(ne(x, 0), axes);
}

Tensor nansum(const Tensor& x, const Axes& axes, bool keepdim) {
  const uint32_t mask = checked_mask("nansum", x, axes);
  if (!is_floating(x.dtype())) return sum(x, axes, keepdim);
  static const ProgramPtr number_or_zero = unary_program("number_or_zero", 0, [](auto& b, auto v) {
    return select(b, b.apply(Opcode::is_nan, v), 0.0, v);
  });
  const Tensor* inputs[] = {&x};
  return ops::sum_of_program("nansum", number_or_zero, inputs, {}, mask, keepdim, 1.0);
}

Tensor nanmean(const Tensor& x, const Axes& axes, bool keepdim) {
  checked_mask("nanmean", x, axes);
  ops::check_floating("nanmean", x);
  if (is_narrow(x)) return nanmean(wide(x), axes, keepdim).to(x.dtype());
  return nansum(x, axes, keepdim) / sum(logical_not(isnan(x)), axes, keepdim);
}

std::pair<Tensor, Tensor> aminmax(const Tensor& x, const Axes& axes, bool keepdim) {
  return {amin(x, axes, keepdim), amax(x, axes, keepdim)};
}

// --- Methods -------------------------------------------------------------------------------------

Tensor Tensor::var(const Axes& axes, int64_t correction, bool keepdim) const {
  return ct::var(*this, axes, correction, keepdim);
}
Tensor Tensor::std(const Axes& axes, int64_t correction, bool keepdim) const {
  return ct::std(*this, axes, correction, keepdim);
}
Tensor Tensor::prod(const Axes& axes, bool keepdim) const { return ct::prod(*this, axes, keepdim); }
Tensor Tensor::norm(double p, const Axes& axes, bool keepdim) const {
  return ct::norm(*this, p, axes, keepdim);
}
Tensor Tensor::logsumexp(const Axes& axes, bool keepdim) const {
  return ct::logsumexp(*this, axes, keepdim);
}
Tensor Tensor::any(const Axes& axes, bool keepdim) const { return ct::any(*this, axes, keepdim); }
Tensor Tensor::all(const Axes& axes, bool keepdim) const { return ct::all(*this, axes, keepdim); }
Tensor Tensor::count_nonzero(const Axes& axes) const { return ct::count_nonzero(*this, axes); }
Tensor Tensor::nansum(const Axes& axes, bool keepdim) const {
  return ct::nansum(*this, axes, keepdim);
}
Tensor Tensor::nanmean(const Axes& axes, bool keepdim) const {
  return ct::nanmean(*this, axes, keepdim);
}

}  // namespace ct
