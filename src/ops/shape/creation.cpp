// Making tensors. Values come from a fill program or from the host.
#include "customtensor/ops/creation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/view/strided.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "ops/pointwise/apply.hpp"
#include "ops/shape/creation.hpp"

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

}  // namespace

namespace ops {
TensorOptions options_like(const Tensor& like, const LikeOptions& options) {
  return {.dtype = options.dtype.value_or(like.dtype()),
          .device = options.device ? *options.device : like.device(),
          .requires_grad = options.requires_grad};
}
}  // namespace ops

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
Tensor empty_like(const Tensor& like, const LikeOptions& options) {
  detail::check_defined(like, "empty_like", "like");
  return empty(like.shape(), ops::options_like(like, options));
}
Tensor zeros_like(const Tensor& like, const LikeOptions& options) {
  return full_like(like, 0, options);
}
Tensor ones_like(const Tensor& like, const LikeOptions& options) {
  return full_like(like, 1, options);
}
Tensor full_like(const Tensor& like, const Scalar& value, const LikeOptions& options) {
  detail::check_defined(like, "full_like", "like");
  return full(like.shape(), value, ops::options_like(like, options));
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
  const bool integers = !start.is_floating() && !end.is_floating() && !step.is_floating();
  const DType dtype = options.dtype.value_or(integers ? int64 : float32);
  if (integers) {
    // Not by way of double, which skips numbers beyond 2^53.
    const int64_t step_size = step.to<int64_t>();
    const int64_t span = end.to<int64_t>() - start.to<int64_t>();
    const int64_t n = span / step_size + (span % step_size != 0 ? 1 : 0);
    std::vector<int64_t> values(static_cast<size_t>(n));
    for (int64_t i = 0; i < n; ++i) {
      values[static_cast<size_t>(i)] = start.to<int64_t>() + i * step_size;
    }
    return from_values(
        values.data(), int64, {n},
        {.dtype = dtype, .device = options.device, .requires_grad = options.requires_grad});
  }
  const auto n = static_cast<int64_t>(std::ceil((e - s) / d));
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

Tensor logspace(double start, double end, int64_t count, double base,
                const TensorOptions& options) {
  if (count < 0) throw ValueError(fmt::format("logspace: count must not be negative: {}", count));
  std::vector<double> values =
      linspace(start, end, count, {.dtype = float64, .device = Device("cpu")}).to_vector<double>();
  for (double& v : values) v = std::pow(base, v);
  return from_values(values.data(), float64, {count},
                     {.dtype = options.dtype.value_or(float32),
                      .device = options.device,
                      .requires_grad = options.requires_grad});
}

Tensor eye(int64_t n, const TensorOptions& options) { return eye(n, n, options); }

Tensor eye(int64_t n, int64_t m, const TensorOptions& options) {
  if (n < 0 || m < 0) {
    throw ShapeError(fmt::format("eye: sizes must not be negative: {}, {}", n, m));
  }
  const Tensor t = filled({n, m}, 0, options.dtype.value_or(float32), options.device);
  const int64_t ones = std::min(n, m);
  if (ones > 0) detail::fill_unrecorded(t.as_strided({ones}, {m + 1}, 0), 1);
  return finish(t, options);
}

Tensor from_values(const void* values, DType dtype, const Shape& shape,
                   const TensorOptions& options) {
  Tensor t = detail::make_tensor(shape, dtype, options.device.backend());
  const size_t bytes = static_cast<size_t>(t.numel()) * item_size(dtype);
  if (bytes > 0) {
    detail::impl(t).kernels().copy_from_host(detail::impl(t).buffer(), 0, values, bytes);
  }
  return finish(options.dtype ? t.to(*options.dtype) : t, options);
}

Tensor from_blob(void* memory, const Shape& shape, DType dtype,
                 std::function<void(void*)> deleter) {
  return from_blob(memory, shape, contiguous_strides(shape), dtype, std::move(deleter));
}

Tensor from_blob(void* memory, const Shape& shape, const Strides& strides, DType dtype,
                 std::function<void(void*)> deleter) {
  if (memory == nullptr && numel(shape) > 0) {
    throw ValueError(fmt::format("from_blob: null memory for shape {}", to_string(shape)));
  }
  if (shape.rank() != strides.rank()) {
    throw ShapeError(fmt::format("from_blob: shape {} and strides {} differ in rank",
                                 to_string(shape), to_string(strides)));
  }
  // The storage begins at the lowest element that the view reaches.
  int64_t low = 0;
  int64_t high = -1;
  if (numel(shape) > 0) {
    high = 0;
    for (int i = 0; i < shape.rank(); ++i) {
      (strides[i] < 0 ? low : high) += strides[i] * (shape[i] - 1);
    }
  }
  const size_t item = item_size(dtype);
  char* begin = static_cast<char*>(memory) + low * static_cast<int64_t>(item);
  auto* storage =
      new Storage(Device("cpu").backend(), begin, static_cast<size_t>(high - low + 1) * item);
  const StorageRef owner(storage);
  if (deleter) {
    storage->release =
        new std::function<void()>([deleter = std::move(deleter), memory] { deleter(memory); });
  }
  return detail::wrap(new TensorImpl(owner, shape, strides, -low, dtype, is_dense(shape, strides)));
}

namespace detail {
void throw_ragged(int64_t first, int64_t row, int64_t size) {
  throw ShapeError(fmt::format("tensor: rows differ in length: row 0 has {} values, row {} has {}",
                               first, row, size));
}
}  // namespace detail

}  // namespace ct
