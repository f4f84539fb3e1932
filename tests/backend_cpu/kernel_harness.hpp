// What the tests of the CPU's kernel families share: arrays of any dtype addressed as numbers,
// naive iteration over strided shapes.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <customtensor/backend.hpp>
#include <customtensor/device.hpp>
#include <customtensor/dtype.hpp>
#include <limits>
#include <random>
#include <vector>

#include "support/ulp.hpp"

namespace ct::test {

inline Backend& cpu() {
  static Backend& backend = Device("cpu").backend();
  return backend;
}

inline constexpr DType kAllDTypes[] = {float32, float64, float16, bfloat16, int32,  int64, uint8,
                                       bool_,   int8,    int16,   uint16,   uint32, uint64};

/// Host memory of one dtype, read and written as double.
class Array {
 public:
  Array(DType dtype, int64_t n)
      : dtype_(dtype), bytes_(static_cast<size_t>(n) * item_size(dtype)) {}

  DType dtype() const { return dtype_; }
  int64_t size() const { return static_cast<int64_t>(bytes_.size() / item_size(dtype_)); }
  void* data() { return bytes_.data(); }
  const std::vector<std::byte>& bytes() const { return bytes_; }
  template <class T>
  T* as() {
    return reinterpret_cast<T*>(bytes_.data());
  }

  double get(int64_t i) const {
    const std::byte* p = bytes_.data() + static_cast<size_t>(i) * item_size(dtype_);
    switch (dtype_) {
      case DType::float32:
        return static_cast<double>(load<float>(p));
      case DType::float64:
        return load<double>(p);
      case DType::float16:
        return static_cast<double>(static_cast<float>(load<Half>(p)));
      case DType::bfloat16:
        return static_cast<double>(static_cast<float>(load<BFloat16>(p)));
      case DType::int32:
        return load<int32_t>(p);
      case DType::int64:
        return static_cast<double>(load<int64_t>(p));
      case DType::uint8:
        return load<uint8_t>(p);
      case DType::bool_:
        return load<uint8_t>(p) != 0 ? 1 : 0;
      case DType::int8:
        return load<int8_t>(p);
      case DType::int16:
        return load<int16_t>(p);
      case DType::uint16:
        return load<uint16_t>(p);
      case DType::uint32:
        return load<uint32_t>(p);
      case DType::uint64:
        return static_cast<double>(load<uint64_t>(p));
      default:
        break;
    }
    return 0;
  }

  /// Rounded as the dtype stores it; integers truncate and wrap.
  void set(int64_t i, double value) {
    std::byte* p = bytes_.data() + static_cast<size_t>(i) * item_size(dtype_);
    switch (dtype_) {
      case DType::float32:
        return store(p, static_cast<float>(value));
      case DType::float64:
        return store(p, value);
      case DType::float16:
        return store(p, Half(static_cast<float>(value)));
      case DType::bfloat16:
        return store(p, BFloat16(static_cast<float>(value)));
      case DType::int32:
        return store(p, static_cast<int32_t>(static_cast<int64_t>(value)));
      case DType::int64:
        return store(p, static_cast<int64_t>(value));
      case DType::uint8:
        return store(p, static_cast<uint8_t>(static_cast<int64_t>(value)));
      case DType::bool_:
        return store(p, static_cast<uint8_t>(value != 0 ? 1 : 0));
      case DType::int8:
        return store(p, static_cast<int8_t>(static_cast<int64_t>(value)));
      case DType::int16:
        return store(p, static_cast<int16_t>(static_cast<int64_t>(value)));
      case DType::uint16:
        return store(p, static_cast<uint16_t>(static_cast<int64_t>(value)));
      case DType::uint32:
        return store(p, static_cast<uint32_t>(static_cast<int64_t>(value)));
      case DType::uint64:
        return store(p, value < 0 ? static_cast<uint64_t>(static_cast<int64_t>(value))
                                  : static_cast<uint64_t>(value));
      default:
        break;
    }
  }

  /// As a floating number is converted: beyond the ends of a whole-number dtype the nearest that it
  /// has.
  void set_nearest(int64_t i, double value) {
    if (dtype_ == int64 && std::abs(value) >= 0x1p63) {
      using Limits = std::numeric_limits<int64_t>;
      as<int64_t>()[i] = value > 0 ? Limits::max() : Limits::min();
      return;
    }
    if (dtype_ == uint64 && value >= 0x1p64) {
      as<uint64_t>()[i] = std::numeric_limits<uint64_t>::max();
      return;
    }
    if (is_integral(dtype_) && item_size(dtype_) < 8) {
      const double numbers = std::ldexp(1.0, static_cast<int>(8 * item_size(dtype_)));
      const double least = is_signed(dtype_) ? -numbers / 2 : 0.0;
      value = std::clamp(value, least, least + numbers - 1);
    }
    if (dtype_ == uint64) value = std::max(value, 0.0);
    set(i, value);
  }

  /// Small numbers that every dtype can hold and that reduce without rounding.
  void fill_small(std::mt19937& random, int low = -3, int high = 3) {
    std::uniform_int_distribution<int> any(is_signed(dtype_) ? low : std::max(low, 0), high);
    for (int64_t i = 0; i < size(); ++i) set(i, any(random));
  }

 private:
  template <class T>
  static T load(const std::byte* p) {
    T value;
    std::memcpy(&value, p, sizeof(T));
    return value;
  }
  template <class T>
  static void store(std::byte* p, T value) {
    std::memcpy(p, &value, sizeof(T));
  }

  DType dtype_;
  std::vector<std::byte> bytes_;
};

inline void run(const PointwiseProgram& program, DType compute, Shape shape,
                const std::vector<Operand>& inputs, const std::vector<Operand>& outputs,
                const std::vector<Scalar>& scalars = {}, RandomState random = {}) {
  cpu().pointwise({.program = &program,
                   .compute = compute,
                   .shape = shape,
                   .inputs = inputs,
                   .outputs = outputs,
                   .scalars = scalars,
                   .random = random});
}

/// All of an array, as a vector.
inline Operand whole(Array& array, int64_t offset = 0) {
  return {array.data(), offset, array.dtype(), {1}};
}

/// Calls fn(index of each axis) in row-major order.
template <class F>
void for_each_index(const Shape& shape, F&& fn) {
  for (const int64_t size : shape) {
    if (size == 0) return;
  }
  Dims index = Dims::filled(shape.rank(), 0);
  for (;;) {
    fn(index);
    int axis = shape.rank() - 1;
    while (axis >= 0 && ++index[axis] == shape[axis]) index[axis--] = 0;
    if (axis < 0) return;
  }
}

inline int64_t place_of(const Dims& index, const Strides& strides, int64_t offset) {
  for (int axis = 0; axis < index.rank(); ++axis) offset += index[axis] * strides[axis];
  return offset;
}

/// A layout drawn at random: permuted, with gaps, flipped and broadcast axes.
struct Layout {
  Strides strides;
  int64_t offset = 0;
  int64_t extent = 0;  ///< elements of memory that it needs
};

inline Layout random_layout(const Shape& shape, std::mt19937& random, bool broadcast) {
  const auto pick = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  std::vector<int> order(static_cast<size_t>(shape.rank()));
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
  if (pick(2) == 0) std::shuffle(order.begin(), order.end(), random);
  Layout layout;
  layout.strides = Dims::filled(shape.rank(), 0);
  layout.extent = 1;
  for (size_t i = order.size(); i-- > 0;) {
    const int axis = order[i];
    if (broadcast && pick(4) == 0) continue;
    const int64_t step = layout.extent * (pick(5) == 0 ? 2 : 1);
    const bool flip = pick(6) == 0;
    layout.strides[axis] = flip ? -step : step;
    if (flip) layout.offset += step * std::max<int64_t>(0, shape[axis] - 1);
    layout.extent = step * std::max<int64_t>(1, shape[axis]);
  }
  return layout;
}

}  // namespace ct::test
