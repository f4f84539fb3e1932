// One number of any kind, kept exactly: what `x * 2` and `full(shape, 0.5)` pass.
#pragma once

#include <concepts>
#include <cstdint>

#include "customtensor/dtype.hpp"

namespace ct {

class Scalar {
 public:
  Scalar() : Scalar(0.0) {}
  template <std::floating_point T>
  Scalar(T value)  // NOLINT: numbers are scalars
      : real_(static_cast<double>(value)), kind_(Kind::floating) {}
  template <std::integral T>
  Scalar(T value)  // NOLINT: numbers are scalars
      : integer_(static_cast<int64_t>(value)),
        kind_(std::same_as<T, bool> ? Kind::boolean : Kind::integer) {}

  bool is_floating() const { return kind_ == Kind::floating; }
  bool is_boolean() const { return kind_ == Kind::boolean; }

  /// The value as T; floating values truncate towards zero when T is an integer.
  template <class T>
  T to() const {
    return kind_ == Kind::floating ? static_cast<T>(real_) : static_cast<T>(integer_);
  }

  /// The dtype this scalar has among tensors: int64 or float64 by kind, bool for booleans.
  DType dtype() const {
    return kind_ == Kind::floating ? float64 : kind_ == Kind::integer ? int64 : bool_;
  }

 private:
  enum class Kind : uint8_t { floating, integer, boolean };
  union {
    double real_;
    int64_t integer_;
  };
  Kind kind_;
};

}  // namespace ct
