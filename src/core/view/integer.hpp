// Division of whole numbers that does not cut off toward zero: how many pieces, how much padding.
//
// Signed numbers are counted in int64_t whatever they are kept in, so that no product of two 32-bit
// sizes overflows on the way; unsigned ones (bytes) in size_t.
#pragma once

#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>

namespace ct {

/// How many pieces of `size` it takes to hold `n`. n >= 0, size > 0; right up to the largest n.
constexpr int64_t ceil_div(std::signed_integral auto n, std::signed_integral auto size) {
  assert(n >= 0 && size > 0);
  return int64_t{n} / size + (int64_t{n} % size != 0 ? 1 : 0);
}
constexpr size_t ceil_div(std::unsigned_integral auto n, std::unsigned_integral auto size) {
  assert(size > 0);
  return size_t{n} / size + (size_t{n} % size != 0 ? 1 : 0);
}

/// The least multiple of `unit` that is not below `n`. n >= 0, unit > 0.
constexpr int64_t round_up(std::signed_integral auto n, std::signed_integral auto unit) {
  return ceil_div(n, unit) * unit;
}
constexpr size_t round_up(std::unsigned_integral auto n, std::unsigned_integral auto unit) {
  return ceil_div(n, unit) * unit;
}

/// n / size rounded down: -1 / 2 is -1. Any n; size > 0.
constexpr int64_t floor_div(std::signed_integral auto n, std::signed_integral auto size) {
  assert(size > 0);
  return n >= 0 ? int64_t{n} / size : -((size - 1 - int64_t{n}) / size);
}

}  // namespace ct
