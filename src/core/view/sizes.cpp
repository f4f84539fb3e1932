// The errors of sizes.hpp, and what is asked of strides that come from outside.
#include "core/view/sizes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "customtensor/error.hpp"

namespace ct {
namespace {

/// No machine has memory for more bytes than this, nor for an element further away.
constexpr int64_t kFarthest = int64_t{1} << 57;

}  // namespace

void detail::throw_beyond_int64(const char* op, int64_t a, char sign, int64_t b) {
  throw ShapeError(fmt::format("{}: a size is beyond what 64 bits hold: {} {} {}", op, a, sign, b));
}

void detail::throw_bad_sizes(const char* op, const Shape& shape) {
  if (std::any_of(shape.begin(), shape.end(), [](int64_t n) { return n < 0; })) {
    throw ShapeError(fmt::format("{}: sizes must not be negative: {}", op, to_string(shape)));
  }
  throw ShapeError(fmt::format("{}: too many elements: {}", op, to_string(shape)));
}

std::optional<Reach> reach_of(const Shape& shape, const Strides& strides, int64_t offset) {
  if (numel(shape) == 0) return Reach{};
  Reach reach{offset, offset};
  for (int i = 0; i < shape.rank(); ++i) {
    int64_t steps = 0;
    int64_t& end = strides[i] < 0 ? reach.low : reach.high;
    if (__builtin_mul_overflow(strides[i], shape[i] - 1, &steps) ||
        __builtin_add_overflow(end, steps, &end)) {
      return std::nullopt;
    }
  }
  if (reach.low < -kFarthest || reach.high > kFarthest) return std::nullopt;
  return reach;
}

Strides usable_strides(const Shape& shape, const Strides& strides) {
  const bool empty = numel(shape) == 0;
  const Strides dense = contiguous_strides(shape);
  Strides result = strides;
  for (int i = 0; i < shape.rank(); ++i) {
    const int64_t steps = empty ? std::max<int64_t>(shape[i], 1) : 1;
    if (shape[i] > 1 && !empty) continue;
    int64_t away = 0;
    if (__builtin_mul_overflow(strides[i], steps, &away) ||
        magnitude(away) > static_cast<uint64_t>(kFarthest)) {
      result[i] = dense[i];
    }
  }
  return result;
}

}  // namespace ct
