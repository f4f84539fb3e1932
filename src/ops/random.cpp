// Random tensors: each is a program that draws, run at the place in the stream that the generator
// hands out.
#include "customtensor/ops/random.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/tensor/dtype_range.hpp"
#include "core/view/sizes.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/reduce.hpp"
#include "ops/pointwise/apply.hpp"
#include "ops/pointwise/in_place.hpp"
#include "ops/pointwise/wide.hpp"
#include "ops/random_stream.hpp"
#include "ops/shape/creation.hpp"

namespace ct {

namespace {

void check_floating(const char* op, DType dtype) {
  if (is_floating(dtype)) return;
  throw DTypeError(
      fmt::format("{}: dtype {} is not floating; use randint for integers", op, name(dtype)));
}

Tensor draw(const char* op, const ProgramPtr& program, const Shape& shape,
            const TensorOptions& options, Generator* generator,
            std::initializer_list<Scalar> scalars = {}) {
  const DType dtype = options.dtype.value_or(float32);
  check_floating(op, dtype);
  checked_numel(op, shape);
  Tensor t =
      ops::apply_creation(program, shape, dtype, options.device.backend(),
                          std::span(scalars.begin(), scalars.size()), ops::stream_of(generator));
  if (options.requires_grad) t.requires_grad_();
  return t;
}

void check_deviation(const char* op, double deviation) {
  if (deviation >= 0) return;
  throw ValueError(fmt::format("{}: the deviation must not be negative: {}", op, deviation));
}
void check_rate(const char* op, double rate) {
  if (rate > 0) return;
  throw ValueError(fmt::format("{}: the rate must be positive: {}", op, rate));
}
void check_probability(const char* op, double p) {
  if (p >= 0.0 && p <= 1.0) return;
  throw ValueError(fmt::format("{}: p must be a probability in [0, 1]: {}", op, p));
}

const ProgramPtr& scaled_normal() {
  static const ProgramPtr program = [] {
    PointwiseBuilder b("normal", 0, 2);
    b.output(b.apply(Opcode::normal) * b.scalar(1) + b.scalar(0));
    return b.build();
  }();
  return program;
}

const ProgramPtr& exponential_program() {
  static const ProgramPtr program = [] {
    PointwiseBuilder b("exponential", 0, 1);
    // Of 1 - u, which is never 0.
    b.output(-b.apply(Opcode::log1p, -b.apply(Opcode::uniform)) / b.scalar(0));
    return b.build();
  }();
  return program;
}

/// uniform < p, p a tensor.
Tensor draw_below(const char* op, const Tensor& p, const Shape& shape, Generator* generator) {
  static const ProgramPtr program = [] {
    PointwiseBuilder b("bernoulli", 1);
    b.output(b.apply(Opcode::lt, b.apply(Opcode::uniform), b.input(0)));
    b.rule(TypeRule::floating);
    return b.build();
  }();
  check_floating(op, p.dtype());
  const NoGradGuard off;
  if (p.numel() > 0 &&
      detail::impl(p).backend().host_pointer(detail::impl(p).buffer()) != nullptr) {
    const double low = p.min().to(float64).item<double>();
    const double high = p.max().to(float64).item<double>();
    check_probability(op, low >= 0 ? high : low);
  }
  const Tensor wide = p.expand(shape);
  const Tensor* inputs[] = {&wide};
  return ops::apply(op, program, inputs, {}, ops::stream_of(generator));
}

/// A program of a mean and a deviation, of which at least one is a tensor.
Tensor draw_normal(const Tensor& mean, const Tensor& deviation, Generator* generator) {
  static const ProgramPtr program = [] {
    PointwiseBuilder b("normal", 2);
    b.output(b.apply(Opcode::normal) * b.input(1) + b.input(0));
    return b.build();
  }();
  check_floating("normal", mean.dtype());
  check_floating("normal", deviation.dtype());
  const NoGradGuard off;
  const Tensor* inputs[] = {&mean, &deviation};
  return ops::apply("normal", program, inputs, {}, ops::stream_of(generator));
}

/// Puts drawn values in place of self's, as the op `name`.
template <class Draw>
Tensor& redraw(const char* name, Tensor& self, const Draw& draw) {
  detail::check_defined(self, name, "self");
  ops::check_in_place(name, self, {});
  return self.copy_(draw());
}

/// In what values for `t` are drawn: half types get float32 ones, rounded; in their own they would
/// be coarse.
TensorOptions draw_options(const Tensor& t) {
  return {.dtype = t.dtype() == float64 ? float64 : float32, .device = t.device()};
}

// ---- Ranges without their upper end: a number just below it must not be rounded up to it --------

/// Whether the largest draw below 1 times `width` plus `low`, each rounded to T, is not below
/// `high`.
template <class T>
bool reaches(double width, double low, double high) {
  const T product = std::nextafter(T{1}, T{0}) * static_cast<T>(width);
  return static_cast<double>(product + static_cast<T>(low)) >= high;
}

/// minimum(op(values, operand), most), in place.
Tensor between(const Tensor& values, Opcode op, double operand, double most) {
  const auto build = [](Opcode applied) {
    PointwiseBuilder b("uniform", 1, 2);
    b.output(b.apply(Opcode::minimum, b.apply(applied, b.input(0), b.scalar(0)), b.scalar(1)));
    return b.build();
  };
  static const ProgramPtr product = build(Opcode::mul), sum = build(Opcode::add);
  const Scalar scalars[] = {operand, most};
  pointwise_(op == Opcode::mul ? product : sum, {&values, 1}, {&values, 1}, scalars);
  return values;
}

/// Whole numbers below `high`, so that they are in `dtype` too.
Tensor kept_below(const Tensor& numbers, int64_t high, DType dtype) {
  if (!is_floating(dtype) ||
      std::abs(static_cast<double>(high)) <= static_cast<double>(whole_numbers(dtype))) {
    return numbers;
  }
  const double most = number_below(static_cast<double>(high), dtype);
  return std::isfinite(most) ? clamp(numbers, std::nullopt, static_cast<int64_t>(most)) : numbers;
}

}  // namespace

Tensor rand(const Shape& shape, const TensorOptions& options, Generator* generator) {
  const DType dtype = options.dtype.value_or(float32);
  if (!ops::is_narrow(dtype)) {
    return draw("rand", program_of(Opcode::uniform), shape, options, generator);
  }
  static const ProgramPtr program = [] {
    PointwiseBuilder b("rand", 0, 1);
    b.output(b.apply(Opcode::minimum, b.apply(Opcode::uniform), b.scalar(0)));
    return b.build();
  }();
  return draw("rand", program, shape, options, generator, {number_below(1.0, dtype)});
}

Tensor randn(const Shape& shape, const TensorOptions& options, Generator* generator) {
  return draw("randn", program_of(Opcode::normal), shape, options, generator);
}

Tensor randint(int64_t low, int64_t high, const Shape& shape, const TensorOptions& options,
               Generator* generator) {
  if (low >= high) {
    throw ValueError(fmt::format("randint: the range [{}, {}) is empty", low, high));
  }
  // In float64, whose 53 bits cover every range that fits exactly.
  const uint64_t range = static_cast<uint64_t>(high) - static_cast<uint64_t>(low);
  if (range > uint64_t{1} << 53) {
    throw ValueError(
        fmt::format("randint: the range [{}, {}) has more than 2^53 numbers", low, high));
  }
  static const ProgramPtr program = [] {
    PointwiseBuilder b("randint", 0, 1);
    b.output(b.apply(Opcode::floor, b.apply(Opcode::uniform) * b.scalar(0)));
    return b.build();
  }();
  Tensor values = draw("randint", program, shape, {.dtype = float64, .device = options.device},
                       generator, {static_cast<double>(range)})
                      .to(int64);
  if (low != 0) values.add_(low);
  const DType dtype = options.dtype.value_or(int64);
  values = kept_below(values, high, dtype).to(dtype);
  if (options.requires_grad) values.requires_grad_();
  return values;
}

Tensor rand_like(const Tensor& like, const LikeOptions& options, Generator* generator) {
  detail::check_defined(like, "rand_like", "like");
  return rand(like.shape(), ops::options_like(like, options), generator);
}
Tensor randn_like(const Tensor& like, const LikeOptions& options, Generator* generator) {
  detail::check_defined(like, "randn_like", "like");
  return randn(like.shape(), ops::options_like(like, options), generator);
}
Tensor randint_like(const Tensor& like, int64_t low, int64_t high, const LikeOptions& options,
                    Generator* generator) {
  detail::check_defined(like, "randint_like", "like");
  return randint(low, high, like.shape(), ops::options_like(like, options), generator);
}

Tensor randperm(int64_t n, const TensorOptions& options, Generator* generator) {
  if (n < 0) throw ValueError(fmt::format("randperm: the size must not be negative: {}", n));
  const Tensor on_host = arange(n, {.dtype = int64, .device = Device("cpu")});
  const RandomState state = ops::stream_of(generator).take(checked_mul("randperm", 2, n));
  const std::span<int64_t> values(n == 0 ? nullptr : on_host.data<int64_t>(),
                                  static_cast<size_t>(n));
  // Fisher-Yates on the host, one draw of 64 bits an element; the bias of the modulo is below 2^-40
  // for any n that fits in memory.
  for (int64_t i = n - 1; i > 0; --i) {
    const auto words = philox4x32(state.seed, state.offset + static_cast<uint64_t>(i));
    const uint64_t number = (static_cast<uint64_t>(words[0]) << 32) | words[1];
    std::swap(values[static_cast<size_t>(i)],
              values[static_cast<size_t>(number % static_cast<uint64_t>(i + 1))]);
  }
  return from_values(values.data(), int64, {n}, options);
}

Tensor normal(double mean, double deviation, const Shape& shape, const TensorOptions& options,
              Generator* generator) {
  check_deviation("normal", deviation);
  return draw("normal", scaled_normal(), shape, options, generator, {mean, deviation});
}
Tensor normal(const Tensor& mean, const Tensor& deviation, Generator* generator) {
  detail::check_defined(mean, "normal", "mean");
  detail::check_defined(deviation, "normal", "deviation");
  const TensorImpl& d = detail::impl(deviation);
  if (d.numel > 0 && d.backend().host_pointer(d.buffer()) != nullptr) {
    check_deviation("normal", deviation.detach().min().to(float64).item<double>());
  }
  return draw_normal(mean, deviation, generator);
}
Tensor normal(const Tensor& mean, double deviation, Generator* generator) {
  detail::check_defined(mean, "normal", "mean");
  check_deviation("normal", deviation);
  return draw_normal(mean, full({}, deviation, {.dtype = mean.dtype(), .device = mean.device()}),
                     generator);
}
Tensor normal(double mean, const Tensor& deviation, Generator* generator) {
  detail::check_defined(deviation, "normal", "deviation");
  return normal(full({}, mean, {.dtype = deviation.dtype(), .device = deviation.device()}),
                deviation, generator);
}

Tensor exponential(const Shape& shape, double rate, const TensorOptions& options,
                   Generator* generator) {
  check_rate("exponential", rate);
  return draw("exponential", exponential_program(), shape, options, generator, {rate});
}

Tensor bernoulli(const Shape& shape, double p, const TensorOptions& options, Generator* generator) {
  check_probability("bernoulli", p);
  static const ProgramPtr program = [] {
    PointwiseBuilder b("bernoulli", 0, 1);
    b.output(b.apply(Opcode::lt, b.apply(Opcode::uniform), b.scalar(0)));
    b.rule(TypeRule::floating);
    return b.build();
  }();
  const DType dtype = options.dtype.value_or(float32);
  Tensor drawn = draw("bernoulli", program, shape,
                      {.dtype = is_floating(dtype) ? dtype : float32, .device = options.device},
                      generator, {p})
                     .to(dtype);
  if (options.requires_grad) drawn.requires_grad_();
  return drawn;
}

Tensor bernoulli(const Tensor& p, Generator* generator) {
  detail::check_defined(p, "bernoulli", "p");
  return draw_below("bernoulli", p, p.shape(), generator);
}

Tensor multinomial(const Tensor& weights, int64_t samples, bool replacement, Generator* generator) {
  detail::check_defined(weights, "multinomial", "weights");
  if (!is_floating(weights.dtype())) {
    throw DTypeError(
        fmt::format("multinomial: the weights are {}: they must be floating; convert "
                    "with .to(ct::float32)",
                    name(weights.dtype())));
  }
  if (weights.dim() < 1 || weights.dim() > 2 || weights.size(-1) == 0) {
    throw ShapeError(
        fmt::format("multinomial: the weights have shape {}: it must be (k) or "
                    "(rows, k), k at least 1",
                    to_string(weights.shape())));
  }
  if (samples < 1) {
    throw ValueError(fmt::format("multinomial: samples must be positive: {}", samples));
  }
  const NoGradGuard off;
  const int64_t categories = weights.size(-1);
  const Tensor exact = weights.to(float64).reshape({weights.numel() / categories, categories});
  const int64_t rows = exact.size(0);
  if (rows > 0 && detail::has_values(exact)) {
    if (!(exact.min().item<double>() >= 0) || !std::isfinite(exact.max().item<double>())) {
      throw ValueError(
          fmt::format("multinomial: weights must be finite and not negative: from {} to "
                      "{}",
                      exact.min().item<double>(), exact.max().item<double>()));
    }
    const auto positive = (exact > 0.0).sum({1}).min().item<int64_t>();
    if (positive < (replacement ? 1 : samples)) {
      throw ValueError(
          fmt::format("multinomial: a row of {} has {} positive weights: {} are needed "
                      "for {} samples {} replacement",
                      to_string(weights.shape()), positive, replacement ? 1 : samples, samples,
                      replacement ? "with" : "without"));
    }
  }
  Shape shape = weights.shape();
  shape[shape.rank() - 1] = samples;
  Tensor out = detail::make_tensor(shape, int64, detail::impl(weights).backend());
  const Tensor table = out.reshape({rows, samples});
  MultinomialArgs args;
  args.weights = detail::view_of(exact);
  args.out = detail::view_of(table);
  args.replacement = replacement;
  args.random = ops::stream_of(generator).take(rows * (replacement ? samples : categories));
  if (rows > 0) detail::impl(out).kernels().multinomial(args);
  return out;
}

// --- Methods -------------------------------------------------------------------------------------

Tensor& Tensor::uniform_(double low, double high, Generator* generator) {
  if (!(low <= high)) {
    throw ValueError(fmt::format("uniform_: low must not be above high: {}, {}", low, high));
  }
  return redraw("uniform", *this, [&] {
    check_floating("uniform_", dtype());
    const NoGradGuard off;
    Tensor values = rand(shape(), draw_options(*this), generator);
    const double width = high - low;
    const bool limited =
        ops::is_narrow(dtype()) ||
        (dtype() == float64 ? reaches<double>(width, low, high) : reaches<float>(width, low, high));
    const double most = std::max(low, number_below(high, dtype()));
    // Two roundings, never one: these are the same bits on every device, with fma or without.
    if (limited && low == 0.0) return between(values, Opcode::mul, width, most);
    if (width != 1.0) values.mul_(width);
    if (limited) return between(values, Opcode::add, low, most);
    if (low != 0.0) values.add_(low);
    return values;
  });
}

Tensor& Tensor::normal_(double mean, double deviation, Generator* generator) {
  check_deviation("normal_", deviation);
  return redraw("normal", *this, [&] {
    check_floating("normal_", dtype());
    return normal(mean, deviation, shape(), draw_options(*this), generator);
  });
}

Tensor& Tensor::exponential_(double rate, Generator* generator) {
  check_rate("exponential_", rate);
  return redraw("exponential", *this, [&] {
    check_floating("exponential_", dtype());
    return exponential(shape(), rate, draw_options(*this), generator);
  });
}

Tensor& Tensor::bernoulli_(double p, Generator* generator) {
  check_probability("bernoulli_", p);
  return redraw("bernoulli", *this,
                [&] { return bernoulli(shape(), p, draw_options(*this), generator); });
}

Tensor& Tensor::bernoulli_(const Tensor& p, Generator* generator) {
  detail::check_defined(p, "bernoulli_", "p");
  return redraw("bernoulli", *this, [&] {
    detail::check_same_device(*this, p, "bernoulli_");
    return draw_below("bernoulli_", p, shape(), generator);
  });
}

Tensor& Tensor::random_(int64_t low, std::optional<int64_t> high, Generator* generator) {
  return redraw("random", *this, [&]() -> Tensor {
    // One more than the largest number, or that the floats of this dtype count without gaps.
    const auto limit = [this]() -> uint64_t {
      if (is_floating(dtype())) return whole_numbers(dtype()) + 1;
      return greatest_number(dtype()) + 1;  // of uint64: 2^64 is 0
    };
    const uint64_t end = high ? static_cast<uint64_t>(*high) : limit();
    const uint64_t range = end - static_cast<uint64_t>(low);
    const bool beyond = !high && end == 0;
    if (high ? *high <= low : !beyond && low >= 0 && end <= static_cast<uint64_t>(low)) {
      throw ValueError(fmt::format("random_: the range [{}, {}) is empty", low, end));
    }
    const TensorOptions options{.dtype = int64, .device = device()};
    constexpr uint64_t kExact = uint64_t{1} << 53;
    const bool all_bits = beyond && range == 0;
    if (range <= kExact && !all_bits) {
      const Tensor numbers =
          randint(0, static_cast<int64_t>(range), shape(), options, generator) + low;
      return high ? kept_below(numbers, *high, dtype()) : numbers;
    }
    if (range != uint64_t{1} << 63 && !all_bits) {
      throw ValueError(
          fmt::format("random_: the range [{}, {}) has more than 2^53 numbers; only all "
                      "of int64's positive ones, and uint64's, can be drawn beyond that",
                      low, beyond ? "2^64" : fmt::format("{}", end)));
    }
    const Tensor upper =
        randint(0, int64_t{1} << (all_bits ? 32 : 31), shape(), options, generator);
    return upper * (int64_t{1} << 32) + randint(0, int64_t{1} << 32, shape(), options, generator);
  });
}

}  // namespace ct
