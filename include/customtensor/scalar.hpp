// One number of any kind, kept exactly: what `x * 2` and `full(shape, 0.5)` pass.
#pragma once

#include <concepts>
#include <cstdint>

#include "customtensor/dtype.hpp"

namespace ct {

namespace detail {
[[noreturn]] CT_API void throw_does_not_fit(double value, size_t bytes, bool is_signed);
[[noreturn]] CT_API void throw_does_not_fit(int64_t value, size_t bytes, bool is_signed);
[[noreturn]] CT_API void throw_does_not_fit(uint64_t value, size_t bytes, bool is_signed);
}  // namespace detail

class Scalar {
 public:
  Scalar() : Scalar(0.0) {}
  template <std::floating_point T>
  Scalar(T value)  // NOLINT: numbers are scalars
      : real_(static_cast<double>(value)), kind_(Kind::floating) {}
  template <std::integral T>
  Scalar(T value)  // NOLINT: numbers are scalars
      : integer_(static_cast<int64_t>(value)),
        kind_(std::same_as<T, bool>                       ? Kind::boolean
              : std::unsigned_integral<T> && integer_ < 0 ? Kind::beyond_int64
                                                          : Kind::integer) {}

  bool is_floating() const { return kind_ == Kind::floating; }
  bool is_boolean() const { return kind_ == Kind::boolean; }

  /// The value as T; floating values truncate towards zero when T is an integer.
  /// Errors: ValueError for a number that an integer T cannot hold
  template <class T>
  T to() const {
    if constexpr (std::integral<T> && !std::same_as<T, bool>) check_fits<T>();
    if (kind_ == Kind::beyond_int64) return static_cast<T>(static_cast<uint64_t>(integer_));
    return kind_ == Kind::floating ? static_cast<T>(real_) : static_cast<T>(integer_);
  }
  /// A whole number modulo 2^64, as arithmetic of whole numbers takes it: -1 and 2^64 - 1 are the
  /// same. Floating values are truncated towards zero first.
  /// Errors: ValueError for a floating value that neither int64 nor uint64 holds
  uint64_t modulo() const {
    if (kind_ != Kind::floating) return static_cast<uint64_t>(integer_);
    return real_ < 0 ? static_cast<uint64_t>(to<int64_t>()) : to<uint64_t>();
  }

  /// The dtype this scalar has among tensors: float64, bool, or int64 and uint64 beyond its end.
  DType dtype() const {
    switch (kind_) {
      case Kind::floating:
        return float64;
      case Kind::boolean:
        return bool_;
      case Kind::integer:
        return int64;
      default:
        return uint64;
    }
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
    } else if (kind_ == Kind::beyond_int64) {
      if (kSigned || sizeof(T) < sizeof(uint64_t)) {
        detail::throw_does_not_fit(static_cast<uint64_t>(integer_), sizeof(T), kSigned);
      }
    } else if (static_cast<int64_t>(static_cast<T>(integer_)) != integer_ ||
               (!kSigned && integer_ < 0)) {
      detail::throw_does_not_fit(integer_, sizeof(T), kSigned);
    }
  }

  enum class Kind : uint8_t { floating, integer, boolean, beyond_int64 };
  union {
    double real_;
    int64_t integer_;
  };
  Kind kind_;
};

}  // namespace ct
