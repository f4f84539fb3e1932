// Functions of one tensor: one instruction each, or a short program.
#include "customtensor/ops/functions.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>

#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "ops/pointwise/pointwise_ops.hpp"

namespace ct {

using ops::apply;
using ops::unary;

Tensor neg(const Tensor& x) {
  ops::check_difference("neg", x, true);
  return unary(Opcode::neg, x);
}
Tensor abs(const Tensor& x) { return unary(Opcode::abs, x); }
Tensor sign(const Tensor& x) { return unary(Opcode::sign, x); }
Tensor square(const Tensor& x) {
  detail::check_defined(x, "square", "x");
  return x.dtype() == bool_ ? pow(x, 2) : unary(Opcode::square, x);
}
Tensor sqrt(const Tensor& x) { return unary(Opcode::sqrt, x); }
Tensor rsqrt(const Tensor& x) { return unary(Opcode::rsqrt, x); }
Tensor reciprocal(const Tensor& x) { return unary(Opcode::reciprocal, x); }
Tensor exp(const Tensor& x) { return unary(Opcode::exp, x); }
Tensor exp2(const Tensor& x) { return unary(Opcode::exp2, x); }
Tensor expm1(const Tensor& x) { return unary(Opcode::expm1, x); }
Tensor log(const Tensor& x) { return unary(Opcode::log, x); }
Tensor log2(const Tensor& x) { return unary(Opcode::log2, x); }
Tensor log10(const Tensor& x) { return unary(Opcode::log10, x); }
Tensor log1p(const Tensor& x) { return unary(Opcode::log1p, x); }
Tensor sin(const Tensor& x) { return unary(Opcode::sin, x); }
Tensor cos(const Tensor& x) { return unary(Opcode::cos, x); }
Tensor tan(const Tensor& x) { return unary(Opcode::tan, x); }
Tensor asin(const Tensor& x) { return unary(Opcode::asin, x); }
Tensor acos(const Tensor& x) { return unary(Opcode::acos, x); }
Tensor atan(const Tensor& x) { return unary(Opcode::atan, x); }
Tensor sinh(const Tensor& x) { return unary(Opcode::sinh, x); }
Tensor cosh(const Tensor& x) { return unary(Opcode::cosh, x); }
Tensor asinh(const Tensor& x) { return unary(Opcode::asinh, x); }
Tensor acosh(const Tensor& x) { return unary(Opcode::acosh, x); }
Tensor atanh(const Tensor& x) { return unary(Opcode::atanh, x); }
Tensor erf(const Tensor& x) { return unary(Opcode::erf, x); }
Tensor erfc(const Tensor& x) { return unary(Opcode::erfc, x); }
Tensor erfinv(const Tensor& x) { return unary(Opcode::erfinv, x); }
Tensor lgamma(const Tensor& x) { return unary(Opcode::lgamma, x); }
Tensor digamma(const Tensor& x) { return unary(Opcode::digamma, x); }
Tensor floor(const Tensor& x) { return unary(Opcode::floor, x); }
Tensor ceil(const Tensor& x) { return unary(Opcode::ceil, x); }
Tensor round(const Tensor& x) { return unary(Opcode::round, x); }
Tensor trunc(const Tensor& x) { return unary(Opcode::trunc, x); }

const ProgramPtr& ops::frac_program() {
  static const ProgramPtr program = make_program(
      "frac", 1, 0, [](auto& b) { return b.input(0) - b.apply(Opcode::trunc, b.input(0)); });
  return program;
}
Tensor frac(const Tensor& x) { return apply("frac", ops::frac_program(), {&x}); }

Tensor polygamma(int64_t n, const Tensor& x) {
  if (n < 0) {
    throw ValueError(fmt::format("polygamma: n is the number of a derivative, >= 0: {}", n));
  }
  // The series takes n steps; from 171 on n! is infinite already.
  constexpr int64_t kMostDerivatives = 10000;
  if (n > kMostDerivatives) {
    throw ValueError(fmt::format("polygamma: n must be at most {}: {}", kMostDerivatives, n));
  }
  if (n == 0) return apply("polygamma", program_of(Opcode::digamma), {&x});
  return apply("polygamma", ops::with_scalar<Opcode::polygamma, true>(), {&x},
               {static_cast<double>(n)});
}

Tensor logit(const Tensor& x, std::optional<double> eps) {
  const auto build = [](bool clamped) {
    PointwiseBuilder b("logit", 1, clamped ? 2 : 0);
    PointwiseValue v = b.input(0);
    if (clamped) {
      const PointwiseValue low = b.scalar(0), high = b.scalar(1);
      v = b.apply(Opcode::select, b.apply(Opcode::lt, v, low), low, v);
      v = b.apply(Opcode::select, b.apply(Opcode::gt, v, high), high, v);
    }
    // log(x / (1 - x)) loses digits where that is close to 1: there it is log1p of the difference.
    const PointwiseValue rest = 1.0 - v;
    const PointwiseValue outside = b.apply(Opcode::gt, b.apply(Opcode::abs, v - 0.5), 0.25);
    b.output(b.apply(Opcode::select, outside, b.apply(Opcode::log, v / rest),
                     b.apply(Opcode::log1p, (v + v - 1.0) / rest)));
    return b.build();
  };
  static const ProgramPtr plain = build(false);
  static const ProgramPtr clamped = build(true);
  detail::check_defined(x, "logit", "x");
  Tensor out;
  {
    const NoGradGuard off;
    out = eps ? apply("logit", clamped, {&x}, {*eps, 1.0 - *eps}) : apply("logit", plain, {&x});
  }
  // g / (x (1 - x)), infinite at 0 and 1 where the formula's own derivative is 0 times infinity;
  // with eps 0 beyond the bounds, and for NaN, which is within none.
  static const ProgramPtr slope = ops::make_program("logit_backward", 2, 2, [](auto& b) {
    const PointwiseValue v = b.input(1);
    const PointwiseValue inside = b.apply(Opcode::logical_and, b.apply(Opcode::ge, v, b.scalar(0)),
                                          b.apply(Opcode::le, v, b.scalar(1)));
    return b.apply(Opcode::select, inside, b.input(0) / (v * (1.0 - v)), 0.0);
  });
  static const ProgramPtr plain_slope = ops::make_program("logit_backward", 2, 0, [](auto& b) {
    return b.input(0) / (b.input(1) * (1.0 - b.input(1)));
  });
  autograd::record("logit", {&out}, {&x}, [&](const autograd::Recording& r) {
    return [x = r.save(0), eps](std::span<const Tensor> g, autograd::Gradients& d) {
      const Tensor at = x.get();
      d[0] = eps ? apply("logit", slope, {&g[0], &at}, {*eps, 1.0 - *eps})
                 : apply("logit", plain_slope, {&g[0], &at});
    };
  });
  return out;
}

namespace {
/// x between bounds. select, not maximum: the gradient at a bound is 1, as PyTorch's, and a NaN
/// passes. So does what it would be given as its gradient: for results that are not recorded.
void clamp_plainly(PointwiseBuilder& b, const PointwiseValue* low, const PointwiseValue* high,
                   bool may_be_nan) {
  PointwiseValue v = b.input(0);
  const auto limit = [&](const PointwiseValue* bound, Opcode beyond) {
    if (bound == nullptr) return;
    PointwiseValue out = b.apply(beyond, v, *bound);
    if (may_be_nan) out = b.apply(Opcode::logical_or, out, b.apply(Opcode::is_nan, *bound));
    v = b.apply(Opcode::select, out, *bound, v);
  };
  limit(low, Opcode::lt);
  limit(high, Opcode::gt);
  b.output(v);
}

/// The same, where nothing has a gradient if x or a bound is NaN: that passes through floor, which
/// has none.
void clamp_recorded(PointwiseBuilder& b, const PointwiseValue* low, const PointwiseValue* high) {
  PointwiseValue v = b.input(0);
  PointwiseValue all = v;
  const auto limit = [&](const PointwiseValue* bound, Opcode beyond) {
    if (bound == nullptr) return;
    all = b.apply(Opcode::maximum, all, *bound);  // NaN if one of them is
    v = b.apply(Opcode::select, b.apply(beyond, v, *bound), *bound, v);
  };
  limit(low, Opcode::lt);
  limit(high, Opcode::gt);
  b.output(b.apply(Opcode::select, b.apply(Opcode::is_nan, all), b.apply(Opcode::floor, all), v));
}
}  // namespace

const ProgramPtr& ops::clamp_program(bool low, bool high, ClampBounds bounds, bool recorded) {
  static const auto programs = [] {
    std::array<ProgramPtr, 24> all;
    for (size_t kind = 0; kind < all.size(); ++kind) {
      const bool has_low = (kind & 1) != 0, has_high = (kind & 2) != 0, is_recorded = kind >= 12;
      const auto from = static_cast<ClampBounds>(kind % 12 / 4);
      const int count = static_cast<int>(has_low) + static_cast<int>(has_high);
      if (count == 0) continue;
      const bool tensors = from == ClampBounds::tensors;
      PointwiseBuilder b("clamp", tensors ? 1 + count : 1, tensors ? 0 : count);
      const auto bound = [&](int k) { return tensors ? b.input(1 + k) : b.scalar(k); };
      const PointwiseValue first = bound(0), last = bound(count - 1);
      const PointwiseValue* const least = has_low ? &first : nullptr;
      const PointwiseValue* const most = has_high ? &last : nullptr;
      if (is_recorded) {
        clamp_recorded(b, least, most);
      } else {
        clamp_plainly(b, least, most, from != ClampBounds::numbers);
      }
      b.rule(TypeRule::same);
      all[kind] = b.build();
    }
    return all;
  }();
  return programs[static_cast<size_t>(low) + 2 * static_cast<size_t>(high) +
                  4 * static_cast<size_t>(bounds) + (recorded ? 12 : 0)];
}

namespace {
[[noreturn]] void throw_no_bound() {
  throw ValueError("clamp: neither bound is given; pass low, high or both");
}
/// The program for these bounds, of which one is given.
const ProgramPtr& clamp_by_numbers(const Tensor& x, const std::optional<Scalar>& low,
                                   const std::optional<Scalar>& high) {
  if (!low && !high) throw_no_bound();
  const auto is_nan = [](const std::optional<Scalar>& s) {
    return s && std::isnan(s->to<double>());
  };
  return ops::clamp_program(
      low.has_value(), high.has_value(),
      is_nan(low) || is_nan(high) ? ops::ClampBounds::nan : ops::ClampBounds::numbers,
      autograd::recording({&x}));
}
const ProgramPtr& clamp_by_tensors(const Tensor& x, const Tensor& low, const Tensor& high) {
  if (!low.defined() && !high.defined()) throw_no_bound();
  return ops::clamp_program(low.defined(), high.defined(), ops::ClampBounds::tensors,
                            autograd::recording({&x, &low, &high}));
}
}  // namespace

Tensor clamp(const Tensor& x, std::optional<Scalar> low, std::optional<Scalar> high) {
  const ProgramPtr& program = clamp_by_numbers(x, low, high);
  if (low && high) return apply("clamp", program, {&x}, {*low, *high});
  return apply("clamp", program, {&x}, {low ? *low : *high});
}

Tensor clamp(const Tensor& x, const Tensor& low, const Tensor& high) {
  const ProgramPtr& program = clamp_by_tensors(x, low, high);
  if (low.defined() && high.defined()) return apply("clamp", program, {&x, &low, &high});
  return apply("clamp", program, {&x, low.defined() ? &low : &high});
}

Tensor& PointwiseMethods::clamp_(std::optional<Scalar> low, std::optional<Scalar> high) {
  auto& self = static_cast<Tensor&>(*this);
  const ProgramPtr& program = clamp_by_numbers(self, low, high);
  if (low && high) {
    ops::apply_in_place("clamp", program, self, {}, {*low, *high});
  } else {
    ops::apply_in_place("clamp", program, self, {}, {low ? *low : *high});
  }
  return self;
}
Tensor& PointwiseMethods::clamp_(const Tensor& low, const Tensor& high) {
  auto& self = static_cast<Tensor&>(*this);
  const ProgramPtr& program = clamp_by_tensors(self, low, high);
  if (low.defined() && high.defined()) {
    ops::apply_in_place("clamp", program, self, {&low, &high});
  } else {
    ops::apply_in_place("clamp", program, self, {low.defined() ? &low : &high});
  }
  return self;
}

Tensor nan_to_num(const Tensor& x, double nan, std::optional<double> posinf,
                  std::optional<double> neginf) {
  detail::check_defined(x, "nan_to_num", "x");
  if (!is_floating(x.dtype())) return x.clone();
  static const ProgramPtr program = ops::make_program("nan_to_num", 1, 3, [](auto& b) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    const auto v = b.input(0);
    const auto replace = [&](PointwiseValue where, int by, PointwiseValue rest) {
      return b.apply(Opcode::select, where, b.scalar(by), rest);
    };
    const auto below = replace(b.apply(Opcode::eq, v, -kInfinity), 2, v);
    const auto above = replace(b.apply(Opcode::eq, v, kInfinity), 1, below);
    return replace(b.apply(Opcode::is_nan, v), 0, above);
  });
  const double highest = x.dtype() == float64    ? std::numeric_limits<double>::max()
                         : x.dtype() == float16  ? 65504.0
                         : x.dtype() == bfloat16 ? 0x1.fep127
                                                 : std::numeric_limits<float>::max();
  return apply("nan_to_num", program, {&x},
               {nan, posinf.value_or(highest), neginf.value_or(-highest)});
}

}  // namespace ct
