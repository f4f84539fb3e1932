// Making tensors from nothing and from values; ops/random.hpp, which comes along, makes them from
// random streams. Names and meaning as PyTorch's.
#pragma once

#include <complex>
#include <concepts>
#include <functional>
#include <initializer_list>
#include <span>
#include <type_traits>
#include <vector>

#include "customtensor/ops/like_options.hpp"
#include "customtensor/ops/random.hpp"
#include "customtensor/tensor.hpp"

namespace ct {

/// Contents undefined.
CT_API Tensor empty(const Shape& shape, const TensorOptions& options = {});
CT_API Tensor zeros(const Shape& shape, const TensorOptions& options = {});
CT_API Tensor ones(const Shape& shape, const TensorOptions& options = {});
/// dtype as torch.full: from the value's kind (int64, float32, bool) unless given.
CT_API Tensor full(const Shape& shape, const Scalar& value, const TensorOptions& options = {});
/// Same shape, and dtype and device unless the options give them. Dense, whatever `like` is.
CT_API Tensor empty_like(const Tensor& like, const LikeOptions& options = {});
CT_API Tensor zeros_like(const Tensor& like, const LikeOptions& options = {});
CT_API Tensor ones_like(const Tensor& like, const LikeOptions& options = {});
CT_API Tensor full_like(const Tensor& like, const Scalar& value, const LikeOptions& options = {});

/// start, start + step, … below end. int64 if all are integers, else float32, unless a dtype is
/// given. Errors: ValueError if step is 0 or points away from end.
CT_API Tensor arange(const Scalar& end, const TensorOptions& options = {});
CT_API Tensor arange(const Scalar& start, const Scalar& end, const Scalar& step = 1,
                     const TensorOptions& options = {});
/// `count` values from start to end, both included.
CT_API Tensor linspace(double start, double end, int64_t count, const TensorOptions& options = {});
/// base to the power of linspace(start, end, count).
CT_API Tensor logspace(double start, double end, int64_t count, double base = 10.0,
                       const TensorOptions& options = {});
/// n × n identity, or n × m with ones on the main diagonal.
CT_API Tensor eye(int64_t n, const TensorOptions& options = {});
CT_API Tensor eye(int64_t n, int64_t m, const TensorOptions& options = {});

/// Copies `values` (of type `dtype`, row-major) into a new tensor; options.dtype converts.
CT_API Tensor from_values(const void* values, DType dtype, const Shape& shape,
                          const TensorOptions& options = {});

/// Borrows memory of the host as a tensor on "cpu". It must outlive every view; `deleter`, if
/// given, is called with `memory` when the last of them is gone. With strides (in elements, also
/// negative ones) `memory` is where the first element stands. Errors: ValueError for null memory,
/// ShapeError if shape and strides differ in rank
CT_API Tensor from_blob(void* memory, const Shape& shape, DType dtype,
                        std::function<void(void*)> deleter = {});
CT_API Tensor from_blob(void* memory, const Shape& shape, const Strides& strides, DType dtype,
                        std::function<void(void*)> deleter = {});
template <class T>
Tensor from_blob(T* memory, const Shape& shape, std::function<void(void*)> deleter = {}) {
  return from_blob(static_cast<void*>(memory), shape, dtype_of<T>, std::move(deleter));
}
template <class T>
Tensor from_blob(T* memory, const Shape& shape, const Strides& strides,
                 std::function<void(void*)> deleter = {}) {
  return from_blob(static_cast<void*>(memory), shape, strides, dtype_of<T>, std::move(deleter));
}

template <class T>
Tensor tensor(std::span<const T> values, const TensorOptions& options = {}) {
  return from_values(values.data(), dtype_of<T>, {static_cast<int64_t>(values.size())}, options);
}
template <class T>
requires(!std::same_as<T, bool>) Tensor
    tensor(const std::vector<T>& values, const TensorOptions& options = {}) {
  return tensor(std::span<const T>(values), options);
}
// A template, so that no braced list converts to it.
template <std::same_as<bool> B>
Tensor tensor(const std::vector<B>& values, const TensorOptions& options = {}) {
  const std::vector<uint8_t> bytes(values.begin(), values.end());  // it packs bits, without data()
  TensorOptions converted = options;
  converted.dtype = options.dtype.value_or(bool_);
  return tensor(std::span<const uint8_t>(bytes), converted);
}

namespace detail {
/// What tensor(value) takes: a number, std::complex ones too.
template <class T>
concept Number = std::is_arithmetic_v<T> || std::same_as<T, std::complex<float>> ||
    std::same_as<T, std::complex<double>>;

[[noreturn]] CT_API void throw_ragged(int64_t first, int64_t row, int64_t size);
/// Of literals of T: those whose type nobody chose, int and double, make int64 and float32 tensors
/// as in PyTorch.
template <class T>
inline constexpr DType literal_dtype = std::same_as<T, int>      ? int64
                                       : std::same_as<T, double> ? float32
                                                                 : dtype_of<T>;

/// `values`, of C++ type T, as a tensor of `dtype` unless the options give another one.
template <class T>
Tensor from_literals(const void* values, const Shape& shape, DType dtype, TensorOptions options) {
  if (!options.dtype) options.dtype = dtype;
  return from_values(values, dtype_of<T>, shape, options);
}

/// Rows of literals one after the other, as bytes: std::vector<bool> has no data().
template <class T>
struct Literals {
  std::vector<char> bytes;
  /// Appends rows of `columns` values (-1: as many as the first has); returns how many that is.
  int64_t add(std::initializer_list<std::initializer_list<T>> rows, int64_t columns = -1) {
    int64_t number = 0;
    for (const auto& row : rows) {
      const auto here = static_cast<int64_t>(row.size());
      if (columns < 0) columns = here;
      if (here != columns) throw_ragged(columns, number, here);
      const char* begin = reinterpret_cast<const char*>(row.begin());
      bytes.insert(bytes.end(), begin, begin + row.size() * sizeof(T));
      ++number;
    }
    return columns < 0 ? 0 : columns;
  }
};

template <class T>
using Row = std::initializer_list<T>;
template <class T>
using Rows = std::initializer_list<Row<T>>;
template <class T>
using Planes = std::initializer_list<Rows<T>>;

// std::vector<bool> has no data(), so go through the list itself.
template <class T>
Tensor from_list(Row<T> values, DType dtype, const TensorOptions& options) {
  return from_literals<T>(values.begin(), {static_cast<int64_t>(values.size())}, dtype, options);
}
template <class T>
Tensor from_list(Rows<T> rows, DType dtype, const TensorOptions& options) {
  Literals<T> all;
  const int64_t columns = all.add(rows);
  return from_literals<T>(all.bytes.data(), {static_cast<int64_t>(rows.size()), columns}, dtype,
                          options);
}
template <class T>
Tensor from_list(Planes<T> planes, DType dtype, const TensorOptions& options) {
  Literals<T> all;
  int64_t rows = -1;
  int64_t columns = -1;
  int64_t number = 0;
  for (const auto& plane : planes) {
    const auto here = static_cast<int64_t>(plane.size());
    if (number++ > 0 && here != rows) detail::throw_ragged(rows, number - 1, here);
    rows = here;
    columns = all.add(plane, columns);
  }
  return from_literals<T>(all.bytes.data(),
                          {number, rows < 0 ? 0 : rows, columns < 0 ? 0 : columns}, dtype, options);
}
}  // namespace detail

/// From literals: tensor({1.f, 2.f}), tensor({1, 2, 3}) (int64), tensor({{1.f, 2.f}, {3.f, 4.f}}),
/// up to three axes. int gives int64 and double float32, every other type itself. Errors:
/// ShapeError if rows differ in length
template <int = 0, class T>  // the first is there so that tensor<uint8_t>(…) is not meant
Tensor tensor(std::initializer_list<T> values, const TensorOptions& options = {}) {
  return detail::from_list<T>(values, detail::literal_dtype<T>, options);
}
template <int = 0, class T>
Tensor tensor(std::initializer_list<std::initializer_list<T>> rows,
              const TensorOptions& options = {}) {
  return detail::from_list<T>(rows, detail::literal_dtype<T>, options);
}
template <int = 0, class T>
Tensor tensor(std::initializer_list<std::initializer_list<std::initializer_list<T>>> planes,
              const TensorOptions& options = {}) {
  return detail::from_list<T>(planes, detail::literal_dtype<T>, options);
}
/// A tensor of no axes.
template <int = 0, class T>
requires detail::Number<T> Tensor tensor(T value, const TensorOptions& options = {}) {
  return detail::from_literals<T>(&value, {}, detail::literal_dtype<T>, options);
}

/// The same where the type is written, tensor<uint8_t>({200}): the tensor is of that type.
template <class T>
Tensor tensor(std::initializer_list<std::type_identity_t<T>> values,
              const TensorOptions& options = {}) {
  return detail::from_list<T>(values, dtype_of<T>, options);
}
template <class T>
Tensor tensor(std::initializer_list<std::initializer_list<std::type_identity_t<T>>> rows,
              const TensorOptions& options = {}) {
  return detail::from_list<T>(rows, dtype_of<T>, options);
}
template <class T>
Tensor tensor(
    std::initializer_list<std::initializer_list<std::initializer_list<std::type_identity_t<T>>>>
        planes,
    const TensorOptions& options = {}) {
  return detail::from_list<T>(planes, dtype_of<T>, options);
}
template <class T>
requires detail::Number<T> Tensor tensor(std::type_identity_t<T> value,
                                         const TensorOptions& options = {}) {
  return detail::from_literals<T>(&value, {}, dtype_of<T>, options);
}

}  // namespace ct
