// Making tensors. Values come from a fill program, from the host, or from a random program.
#include "customtensor/ops/creation.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numeric>

#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "ops/apply.hpp"

namespace ct {

namespace {

Tensor finish(Tensor t, const TensorOptions& options) {
  if (options.requires_grad) t.requires_grad_();
  return t;
}

Tensor filled(const Shape& shape, const Scalar& value, DType dtype, Device device) {
  Tensor t = detail::make_tensor(shape, dtype, device.backend());
  if (t.numel() > 0) detail::fill_unrecorded(t, value);
  return t;
}

Tensor random(const char* op, const ProgramPtr& program, const Shape& shape,
              const TensorOptions& options, Generator* generator,
              std::span<const Scalar> scalars = {}) {
  const DType dtype = options.dtype.value_or(float32);
  if (!is_floating(dtype)) {
    throw DTypeError(
        fmt::format("{}: dtype {} is not floating; use randint for integers", op, name(dtype)));
  }
  Generator& stream = generator != nullptr ? *generator : default_generator();
  return finish(ops::apply_creation(program, shape, dtype, options.device.backend(), scalars,
                                    stream.take(numel(shape))),
                options);
}

}  // namespace

Tensor empty(const Shape& shape, const TensorOptions& options) {
  return finish(
      detail::make_tensor(shape, options.dtype.value_or(float32), options.device.backend()),
      options);
}
Tensor zeros(const Shape& shape, const TensorOptions& options) {
  return finish(filled(shape, 0, options.dtype.value_or(float32), options.device), options);
}
Tensor ones(const Shape& shape, const TensorOptions& options) {
  return finish(filled(shape, 1, options.dtype.value_or(float32), options.device), options);
}
Tensor full(const Shape& shape, const Scalar& value, const TensorOptions& options) {
  const DType natural = value.is_floating() ? float32 : value.dtype();
  return finish(filled(shape, value, options.dtype.value_or(natural), options.device), options);
}
Tensor empty_like(const Tensor& like) {
  detail::check_defined(like, "empty_like", "like");
  return detail::make_tensor(like.shape(), like.dtype(), detail::impl(like).backend());
}
Tensor zeros_like(const Tensor& like) { return full_like(like, 0); }
Tensor ones_like(const Tensor& like) { return full_like(like, 1); }
Tensor full_like(const Tensor& like, const Scalar& value) {
  detail::check_defined(like, "full_like", "like");
  return filled(like.shape(), value, like.dtype(), like.device());
}

Tensor arange(const Scalar& end, const TensorOptions& options) {
  return arange(0, end, 1, options);
}

Tensor arange(const Scalar& start, const Scalar& end, const Scalar& step,
              const TensorOptions& options) {
  const double s = start.to<double>();
  const double e = end.to<double>();
  const double d = step.to<double>();
  if (!(d != 0.0) || (e - s) / d < 0 || !std::isfinite(e - s)) {
    throw ValueError(fmt::format("arange: cannot step from {} to {} by {}", s, e, d));
  }
  const auto n = static_cast<int64_t>(std::ceil((e - s) / d));
  const bool integers = !start.is_floating() && !end.is_floating() && !step.is_floating();
  const DType dtype = options.dtype.value_or(integers ? int64 : float32);
  if (integers) {
    std::vector<int64_t> values(static_cast<size_t>(n));
    for (int64_t i = 0; i < n; ++i) {
      values[static_cast<size_t>(i)] = start.to<int64_t>() + i * step.to<int64_t>();
    }
    return from_values(
        values.data(), int64, {n},
        {.dtype = dtype, .device = options.device, .requires_grad = options.requires_grad});
  }
  std::vector<double> values(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) values[static_cast<size_t>(i)] = s + static_cast<double>(i) * d;
  return from_values(
      values.data(), float64, {n},
      {.dtype = dtype, .device = options.device, .requires_grad = options.requires_grad});
}

Tensor linspace(double start, double end, int64_t count, const TensorOptions& options) {
  if (count < 0) throw ValueError(fmt::format("linspace: count must not be negative: {}", count));
  std::vector<double> values(static_cast<size_t>(count));
  const double step = count > 1 ? (end - start) / static_cast<double>(count - 1) : 0.0;
  for (int64_t i = 0; i < count; ++i) {
    // From the nearer end, so that the last value is exact.
    values[static_cast<size_t>(i)] = i < count / 2 || count == 1
                                         ? start + static_cast<double>(i) * step
                                         : end - static_cast<double>(count - 1 - i) * step;
  }
  return from_values(values.data(), float64, {count},
                     {.dtype = options.dtype.value_or(float32),
                      .device = options.device,
                      .requires_grad = options.requires_grad});
}

Tensor eye(int64_t n, const TensorOptions& options) {
  if (n < 0) throw ShapeError(fmt::format("eye: the size must not be negative: {}", n));
  const Tensor t = filled({n, n}, 0, options.dtype.value_or(float32), options.device);
  if (n > 0) detail::fill_unrecorded(t.as_strided({n}, {n + 1}, 0), 1);
  return finish(t, options);
}

Tensor rand(const Shape& shape, const TensorOptions& options, Generator* generator) {
  return random("rand", program_of(Opcode::uniform), shape, options, generator);
}

Tensor randn(const Shape& shape, const TensorOptions& options, Generator* generator) {
  return random("randn", program_of(Opcode::normal), shape, options, generator);
}

Tensor randint(int64_t low, int64_t high, const Shape& shape, const TensorOptions& options,
               Generator* generator) {
  if (low >= high) {
    throw ValueError(fmt::format("randint: the range [{}, {}) is empty", low, high));
  }
  // In float64, whose 53 bits cover every range that fits exactly.
  static const ProgramPtr program = [] {
    PointwiseBuilder b("randint", 0, 2);
    b.output(b.apply(Opcode::floor, b.apply(Opcode::uniform) * b.scalar(1) + b.scalar(0)));
    return b.build();
  }();
  const Scalar scalars[] = {static_cast<double>(low), static_cast<double>(high - low)};
  const Tensor values = random("randint", program, shape,
                               {.dtype = float64, .device = options.device}, generator, scalars);
  return finish(values.to(options.dtype.value_or(int64)), options);
}

Tensor randperm(int64_t n, const TensorOptions& options, Generator* generator) {
  if (n < 0) throw ValueError(fmt::format("randperm: the size must not be negative: {}", n));
  Generator& stream = generator != nullptr ? *generator : default_generator();
  const RandomState state = stream.take(2 * n);
  std::vector<int64_t> values(static_cast<size_t>(n));
  std::iota(values.begin(), values.end(), int64_t{0});
  // Fisher-Yates on the host, one draw of 64 bits an element; the bias of the modulo is below 2^-40
  // for any n that fits in memory.
  for (int64_t i = n - 1; i > 0; --i) {
    const auto words = philox4x32(state.seed, state.offset + static_cast<uint64_t>(i));
    const uint64_t draw = (static_cast<uint64_t>(words[0]) << 32) | words[1];
    std::swap(values[static_cast<size_t>(i)],
              values[static_cast<size_t>(draw % static_cast<uint64_t>(i + 1))]);
  }
  return from_values(values.data(), int64, {n}, options);
}

Tensor bernoulli(const Shape& shape, double p, const TensorOptions& options, Generator* generator) {
  if (!(p >= 0.0 && p <= 1.0)) {
    throw ValueError(fmt::format("bernoulli: p must be a probability in [0, 1]: {}", p));
  }
  static const ProgramPtr program = [] {
    PointwiseBuilder b("bernoulli", 0, 1);
    b.output(b.apply(Opcode::lt, b.apply(Opcode::uniform), b.scalar(0)));
    b.rule(TypeRule::floating);
    return b.build();
  }();
  const DType dtype = options.dtype.value_or(float32);
  const Scalar scalars[] = {p};
  const Tensor drawn =
      random("bernoulli", program, shape,
             {.dtype = is_floating(dtype) ? dtype : float32, .device = options.device}, generator,
             scalars);
  return finish(drawn.to(dtype), options);
}

Tensor from_values(const void* values, DType dtype, const Shape& shape,
                   const TensorOptions& options) {
  Tensor t = detail::make_tensor(shape, dtype, options.device.backend());
  const size_t bytes = static_cast<size_t>(t.numel()) * item_size(dtype);
  if (bytes > 0) {
    detail::impl(t).backend().copy_from_host(detail::impl(t).buffer(), 0, values, bytes);
  }
  return finish(options.dtype ? t.to(*options.dtype) : t, options);
}

Tensor from_blob(void* memory, const Shape& shape, DType dtype) {
  if (memory == nullptr && numel(shape) > 0) {
    throw ValueError(fmt::format("from_blob: null memory for shape {}", to_string(shape)));
  }
  Backend& host = Device("cpu").backend();
  const size_t bytes = static_cast<size_t>(numel(shape)) * item_size(dtype);
  return detail::wrap(new TensorImpl(StorageRef(new Storage(host, memory, bytes)), shape,
                                     contiguous_strides(shape), 0, dtype, true));
}

namespace detail {
void throw_ragged(int64_t first, int64_t row, int64_t size) {
  throw ShapeError(fmt::format("tensor: rows differ in length: row 0 has {} values, row {} has {}",
                               first, row, size));
}
}  // namespace detail

}  // namespace ct
