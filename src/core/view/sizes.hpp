// Sizes, counts and offsets out of numbers that a caller chose: arithmetic that notices when it
// leaves int64. Every shape rule and every maker of views forms its own with these, so that of each
// tensor there is: no size is negative, their product (empty axes counted as 1) fits in int64, and
// so does the place of each element. Kernels and strides then multiply without a check.
#pragma once

#include <cstdint>
#include <optional>

#include "customtensor/export.hpp"
#include "customtensor/shape.hpp"

namespace ct {

namespace detail {
[[noreturn]] CT_API void throw_beyond_int64(const char* op, int64_t a, char sign, int64_t b);
[[noreturn]] CT_API void throw_bad_sizes(const char* op, const Shape& shape);
}  // namespace detail

/// a * b, a + b, a - b. Errors: ShapeError naming `op` and both, if the result is beyond int64.
inline int64_t checked_mul(const char* op, int64_t a, int64_t b) {
  int64_t result = 0;
  if (__builtin_mul_overflow(a, b, &result)) detail::throw_beyond_int64(op, a, '*', b);
  return result;
}
inline int64_t checked_add(const char* op, int64_t a, int64_t b) {
  int64_t result = 0;
  if (__builtin_add_overflow(a, b, &result)) detail::throw_beyond_int64(op, a, '+', b);
  return result;
}
inline int64_t checked_sub(const char* op, int64_t a, int64_t b) {
  int64_t result = 0;
  if (__builtin_sub_overflow(a, b, &result)) detail::throw_beyond_int64(op, a, '-', b);
  return result;
}

/// Elements of `shape`: the one check of sizes that come from outside.
/// Errors: ShapeError naming `op` for a negative size, or for more elements than int64 counts,
/// where an empty axis counts as 1
inline int64_t checked_numel(const char* op, const Shape& shape) {
  int64_t count = 1;
  bool empty = false;
  for (const int64_t size : shape) {
    if (size < 0) detail::throw_bad_sizes(op, shape);
    if (size == 0) {
      empty = true;
    } else if (__builtin_mul_overflow(count, size, &count)) {
      detail::throw_bad_sizes(op, shape);
    }
  }
  return empty ? 0 : count;
}

/// |n|, of INT64_MIN too.
constexpr uint64_t magnitude(int64_t n) {
  return n < 0 ? uint64_t{0} - static_cast<uint64_t>(n) : static_cast<uint64_t>(n);
}

/// Offsets of the lowest and the highest element; of none, high < low.
struct Reach {
  int64_t low = 0, high = -1;
};
/// Where the elements of a view lie, of `shape` as checked_numel has it; nothing if one of them is
/// further away than int64 counts bytes.
CT_API std::optional<Reach> reach_of(const Shape& shape, const Strides& strides, int64_t offset);

/// Strides as a caller gave them, of a view whose reach is known. Along an axis without a second
/// element no step is ever taken: a stride there that no memory is large enough for is replaced by
/// a dense one's, so that arithmetic on strides needs no checks.
CT_API Strides usable_strides(const Shape& shape, const Strides& strides);

/// stride * step and a + b of strides. Where they leave int64 there is no second element: then any
/// stride will do.
inline int64_t stride_times(int64_t stride, int64_t step) {
  int64_t result = 0;
  return __builtin_mul_overflow(stride, step, &result) ? 1 : result;
}
inline int64_t stride_plus(int64_t a, int64_t b) {
  int64_t result = 0;
  return __builtin_add_overflow(a, b, &result) ? 1 : result;
}

}  // namespace ct
