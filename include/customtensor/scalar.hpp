// One number of any kind, kept exactly: what `x * 2` and `full(shape, 0.5)` pass.
#pragma once

#include <concepts>
#include <cstdint>

#include "customtensor/dtype.hpp"
#include "customtensor/int64.hpp"

namespace ct {

namespace detail {
[[noreturn]] CT_API void throw_does_not_fit(double value, size_t bytes, bool is_signed);
[[noreturn]] CT_API void throw_does_not_fit(int64_t value, size_t bytes, bool is_signed);
}  // namespace detail

class Scalar {
 public:
  Scalar() : Scalar(0.0) {}
  template <std::floating_point T>
  Scalar(T value)  // NOLINT: numbers are scalars
      : real_(static_cast<double>(value)), kind_(Kind::floating) {}
  /// Errors: ValueError for an unsigned number of 2^63 or more
  template <std::integral T>
  Scalar(T value)  // NOLINT: numbers are scalars
      : integer_(detail::to_int64(value)),
        kind_(std::same_as<T, bool> ? Kind::boolean : Kind::integer) {}

  bool is_floating() const { return kind_ == Kind::floating; }
  bool is_boolean() const { return kind_ == Kind::boolean; }

  /// The value as T; floating values truncate towards zero when T is an integer.
  /// Errors: ValueError for a number that an integer T cannot hold
  template <class T>
  T to() const {
    if constexpr (std::integral<T> && !std::same_as<T, bool>) check_fits<T>();
    return kind_ == Kind::floating ? static_cast<T>(real_) : static_cast<T>(integer_);
  }

  /// The dtype this scalar has among tensors: int64 or float64 by kind, bool for booleans.
  DType dtype() const {
    return kind_ == Kind::floating ? float64 : kind_ == Kind::integer ? int64 : bool_;
  }

 private:
  template <std::integral T>
  void check_fits() const {
    constexpr bool kSigned = std::signed_integral<T>;
    if (kind_ == Kind::floating) {
      // Powers of two, which are exact; a NaN is not between them.
      constexpr double kEnd =
          2.0 * static_cast<double>(uint64_t{1} << (8 * sizeof(T) - 1 - kSigned));
      constexpr double kLeast = kSigned ? -kEnd : 0.0;
      const bool fits = real_ < kEnd && (real_ > kLeast - 1.0 || real_ == kLeast);
      if (!fits) detail::throw_does_not_fit(real_, sizeof(T), kSigned);
    } else if (static_cast<int64_t>(static_cast<T>(integer_)) != integer_ ||
               (!kSigned && integer_ < 0)) {
      detail::throw_does_not_fit(integer_, sizeof(T), kSigned);
    }
  }

  enum class Kind : uint8_t { floating, integer, boolean };
  union {
    double real_;
    int64_t integer_;
  };
  Kind kind_;
};

}  // namespace ct
