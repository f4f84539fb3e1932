// Making tensors from nothing, from values, and from random streams. Names and meaning as
// PyTorch's.
#pragma once

#include <initializer_list>
#include <span>
#include <vector>

#include "customtensor/random.hpp"
#include "customtensor/tensor.hpp"

namespace ct {

/// Contents undefined.
CT_API Tensor empty(const Shape& shape, const TensorOptions& options = {});
CT_API Tensor zeros(const Shape& shape, const TensorOptions& options = {});
CT_API Tensor ones(const Shape& shape, const TensorOptions& options = {});
/// dtype as torch.full: from the value's kind (int64, float32, bool) unless given.
CT_API Tensor full(const Shape& shape, const Scalar& value, const TensorOptions& options = {});
/// Same shape, dtype and device as `like`.
CT_API Tensor empty_like(const Tensor& like);
CT_API Tensor zeros_like(const Tensor& like);
CT_API Tensor ones_like(const Tensor& like);
CT_API Tensor full_like(const Tensor& like, const Scalar& value);

/// start, start + step, … below end. int64 if all are integers, else float32, unless a dtype is
/// given. Errors: ValueError if step is 0 or points away from end.
CT_API Tensor arange(const Scalar& end, const TensorOptions& options = {});
CT_API Tensor arange(const Scalar& start, const Scalar& end, const Scalar& step = 1,
                     const TensorOptions& options = {});
/// `count` values from start to end, both included.
CT_API Tensor linspace(double start, double end, int64_t count, const TensorOptions& options = {});
/// n × n identity.
CT_API Tensor eye(int64_t n, const TensorOptions& options = {});

/// Uniform in [0, 1).
CT_API Tensor rand(const Shape& shape, const TensorOptions& options = {},
                   Generator* generator = nullptr);
/// Standard normal.
CT_API Tensor randn(const Shape& shape, const TensorOptions& options = {},
                    Generator* generator = nullptr);
/// Integers in [low, high), int64 unless a dtype is given.
CT_API Tensor randint(int64_t low, int64_t high, const Shape& shape,
                      const TensorOptions& options = {}, Generator* generator = nullptr);
/// A permutation of 0 … n-1, int64.
CT_API Tensor randperm(int64_t n, const TensorOptions& options = {},
                       Generator* generator = nullptr);
/// Each element true (1) with probability p, in dtype (default float32).
CT_API Tensor bernoulli(const Shape& shape, double p, const TensorOptions& options = {},
                        Generator* generator = nullptr);

/// Copies `values` (of type `dtype`, row-major) into a new tensor; options.dtype converts.
CT_API Tensor from_values(const void* values, DType dtype, const Shape& shape,
                          const TensorOptions& options = {});

/// Borrows memory of the host as a tensor on "cpu": it must outlive every view, and is never freed
/// by the library.
CT_API Tensor from_blob(void* memory, const Shape& shape, DType dtype);
template <class T>
Tensor from_blob(T* memory, const Shape& shape) {
  return from_blob(static_cast<void*>(memory), shape, dtype_of<T>);
}

template <class T>
Tensor tensor(std::span<const T> values, const TensorOptions& options = {}) {
  return from_values(values.data(), dtype_of<T>, {static_cast<int64_t>(values.size())}, options);
}
template <class T>
Tensor tensor(const std::vector<T>& values, const TensorOptions& options = {}) {
  return tensor(std::span<const T>(values), options);
}

namespace detail {
[[noreturn]] CT_API void throw_ragged(int64_t first, int64_t row, int64_t size);
/// double literals make float32 tensors and int ones int64, as in PyTorch.
template <class T>
TensorOptions literal_options(TensorOptions options) {
  if (!options.dtype) {
    options.dtype = std::floating_point<T> ? float32 : std::same_as<T, bool> ? bool_ : int64;
  }
  return options;
}
}  // namespace detail

/// From literals: tensor({1.f, 2.f}), tensor({1, 2, 3}) (int64), tensor({{1.f, 2.f}, {3.f, 4.f}}).
template <class T>
Tensor tensor(std::initializer_list<T> values, const TensorOptions& options = {}) {
  // std::vector<bool> has no data(), so go through the list itself.
  return from_values(values.begin(), dtype_of<T>, {static_cast<int64_t>(values.size())},
                     detail::literal_options<T>(options));
}
template <class T>
Tensor tensor(std::initializer_list<std::initializer_list<T>> rows,
              const TensorOptions& options = {}) {
  const auto columns = rows.size() == 0 ? 0 : static_cast<int64_t>(rows.begin()->size());
  std::vector<char> bytes;
  int64_t r = 0;
  for (const auto& row : rows) {
    if (static_cast<int64_t>(row.size()) != columns) {
      detail::throw_ragged(columns, r, static_cast<int64_t>(row.size()));
    }
    const char* begin = reinterpret_cast<const char*>(row.begin());
    bytes.insert(bytes.end(), begin, begin + row.size() * sizeof(T));
    ++r;
  }
  return from_values(bytes.data(), dtype_of<T>, {r, columns}, detail::literal_options<T>(options));
}
/// A tensor of no axes.
template <class T>
requires std::is_arithmetic_v<T> Tensor tensor(T value, const TensorOptions& options = {}) {
  return from_values(&value, dtype_of<T>, {}, detail::literal_options<T>(options));
}

}  // namespace ct
