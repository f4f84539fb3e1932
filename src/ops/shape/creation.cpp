// Making tensors. Values come from a fill program or from the host.
#include "customtensor/ops/creation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/view/sizes.hpp"
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

/// The tensor of value(0) … value(n - 1), each computed on the host as a T. What it needs comes
/// first, so that too large a one is an error of its device that names its bytes, at once.
template <class T, class Value>
Tensor sequence(int64_t n, DType natural, const TensorOptions& options, const Value& value) {
  const DType dtype = options.dtype.value_or(natural);
  Backend& backend = options.device.backend();
  Tensor out = detail::make_tensor({n}, dtype, backend);
  if (n == 0 || !backend.holds_values()) return finish(out, options);
  Backend& host = Device("cpu").backend();
  const bool direct = dtype == dtype_of<T> && &backend == &host;
  const Tensor values = direct ? out : detail::make_tensor({n}, dtype_of<T>, host);
  T* const to = static_cast<T*>(detail::impl(values).buffer());
  for (int64_t i = 0; i < n; ++i) to[i] = value(i);
  if (!direct) {
    // Converted on the device.
    Tensor there = &backend == &host ? values : dtype == dtype_of<T> ? out : Tensor();
    if (!there.defined()) there = detail::make_tensor({n}, dtype_of<T>, backend);
    if (&backend != &host) {
      detail::impl(there).kernels().copy_from_host(detail::impl(there).buffer(), 0, to,
                                                   static_cast<size_t>(n) * sizeof(T));
    }
    if (there.impl() != out.impl()) detail::copy_unrecorded(out, there);
  }
  return finish(out, options);
}

/// Steps of `step` from `start` that come before `end`.
uint64_t steps_before(int64_t start, int64_t end, int64_t step) {
  const uint64_t span = step > 0 ? static_cast<uint64_t>(end) - static_cast<uint64_t>(start)
                                 : static_cast<uint64_t>(start) - static_cast<uint64_t>(end);
  return span / magnitude(step) + (span % magnitude(step) != 0 ? 1 : 0);
}

/// The i-th of `count` numbers from start to end, from the nearer one, so that the last is exact.
double between(double start, double end, int64_t count, int64_t i) {
  const double step = count > 1 ? (end - start) / static_cast<double>(count - 1) : 0.0;
  return i < count / 2 || count == 1 ? start + static_cast<double>(i) * step
                                     : end - static_cast<double>(count - 1 - i) * step;
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
  const auto refuse = [&](const char* why) {
    throw ValueError(fmt::format("arange: {} from {} to {} by {}", why, s, e, d));
  };
  const bool integers = !start.is_floating() && !end.is_floating() && !step.is_floating();
  if (integers) {
    // Not by way of double, which skips numbers beyond 2^53.
    const auto first = start.to<int64_t>(), stop = end.to<int64_t>(), by = step.to<int64_t>();
    if (by == 0 || (by > 0 ? first > stop : first < stop)) refuse("cannot step");
    const uint64_t n = steps_before(first, stop, by);
    if (n > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) refuse("too many numbers");
    return sequence<int64_t>(static_cast<int64_t>(n), int64, options, [=](int64_t i) {
      // Unsigned: i * by alone may be beyond int64.
      return static_cast<int64_t>(static_cast<uint64_t>(first) +
                                  static_cast<uint64_t>(i) * static_cast<uint64_t>(by));
    });
  }
  if (!(d < 0 || d > 0) || (e - s) / d < 0 || !std::isfinite(e - s)) refuse("cannot step");
  const double n = std::ceil((e - s) / d);
  if (!(n < 0x1p63)) refuse("too many numbers");
  return sequence<double>(static_cast<int64_t>(n), float32, options,
                          [=](int64_t i) { return s + static_cast<double>(i) * d; });
}

Tensor linspace(double start, double end, int64_t count, const TensorOptions& options) {
  if (count < 0) throw ValueError(fmt::format("linspace: count must not be negative: {}", count));
  return sequence<double>(count, float32, options,
                          [=](int64_t i) { return between(start, end, count, i); });
}

Tensor logspace(double start, double end, int64_t count, double base,
                const TensorOptions& options) {
  if (count < 0) throw ValueError(fmt::format("logspace: count must not be negative: {}", count));
  return sequence<double>(count, float32, options,
                          [=](int64_t i) { return std::pow(base, between(start, end, count, i)); });
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
  checked_numel("from_blob", shape);
  return from_blob(memory, shape, contiguous_strides(shape), dtype, std::move(deleter));
}

Tensor from_blob(void* memory, const Shape& shape, const Strides& strides, DType dtype,
                 std::function<void(void*)> deleter) {
  if (checked_numel("from_blob", shape) > 0 && memory == nullptr) {
    throw ValueError(fmt::format("from_blob: null memory for shape {}", to_string(shape)));
  }
  if (shape.rank() != strides.rank()) {
    throw ShapeError(fmt::format("from_blob: shape {} and strides {} differ in rank",
                                 to_string(shape), to_string(strides)));
  }
  const auto reach = reach_of(shape, strides, 0);
  const size_t item = item_size(dtype);
  const auto address = reinterpret_cast<uintptr_t>(memory);
  const auto below = reach ? static_cast<size_t>(-reach->low) * item : 0;
  const auto above = reach ? static_cast<size_t>(reach->high + 1) * item : 0;
  if (!reach || below > address || above > std::numeric_limits<uintptr_t>::max() - address) {
    throw ShapeError(fmt::format("from_blob: no memory is that large: shape {} with strides {}",
                                 to_string(shape), to_string(strides)));
  }
  char* begin = static_cast<char*>(memory) - below;
  // The storage begins at the lowest element that the view reaches.
  auto* storage = new Storage(Device("cpu").backend(), begin,
                              static_cast<size_t>(reach->high - reach->low + 1) * item);
  const StorageRef owner(storage);
  if (deleter) {
    storage->release =
        new std::function<void()>([deleter = std::move(deleter), memory] { deleter(memory); });
  }
  return detail::wrap(new TensorImpl(owner, shape, usable_strides(shape, strides), -reach->low,
                                     dtype, is_dense(shape, strides)));
}

namespace detail {
void throw_ragged(int64_t first, int64_t row, int64_t size) {
  throw ShapeError(fmt::format("tensor: rows differ in length: row 0 has {} values, row {} has {}",
                               first, row, size));
}
}  // namespace detail

}  // namespace ct
