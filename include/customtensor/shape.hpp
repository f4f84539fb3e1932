// Shapes and strides: up to kMaxRank sizes stored inline, never on the heap.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include "customtensor/export.hpp"
#include "customtensor/int64.hpp"

namespace ct {

/// The most axes a tensor can have.
inline constexpr int kMaxRank = 8;

namespace detail {
[[noreturn]] CT_API void throw_rank_too_large(int64_t rank);
}

/// A short list of int64 values, one per axis. Trivially copyable.
class Dims {
 public:
  Dims() = default;
  Dims(std::initializer_list<int64_t> values) {
    assign(values.begin(), static_cast<int64_t>(values.size()));
  }
  /// One axis: x.sum(0), zeros(3).
  template <std::integral T>
  requires(!std::same_as<T, bool>) Dims(T value)
      : Dims({detail::to_int64(value)}) {}  // NOLINT: as an axis alone is written
  Dims(std::span<const int64_t> values) {   // NOLINT: a list of sizes is a shape
    assign(values.data(), static_cast<int64_t>(values.size()));
  }
  Dims(const std::vector<int64_t>& values) {  // NOLINT: as above
    assign(values.data(), static_cast<int64_t>(values.size()));
  }

  template <size_t N>
  Dims(const std::array<int64_t, N>& values) {  // NOLINT: as above
    assign(values.data(), static_cast<int64_t>(N));
  }

  /// `rank` axes, each of size `value`.
  static Dims filled(int rank, int64_t value) {
    Dims d;
    for (int i = 0; i < rank; ++i) d.push_back(value);
    return d;
  }

  int rank() const { return rank_; }
  bool empty() const { return rank_ == 0; }
  int64_t operator[](int axis) const { return values_[axis]; }
  int64_t& operator[](int axis) { return values_[axis]; }
  const int64_t* data() const { return values_; }
  const int64_t* begin() const { return values_; }
  const int64_t* end() const { return values_ + rank_; }
  int64_t* begin() { return values_; }
  int64_t* end() { return values_ + rank_; }
  int64_t back() const { return values_[rank_ - 1]; }

  void push_back(int64_t value) {
    if (rank_ == kMaxRank) detail::throw_rank_too_large(rank_ + 1);
    values_[rank_++] = value;
  }
  void insert(int axis, int64_t value) {
    push_back(value);
    for (int i = rank_ - 1; i > axis; --i) values_[i] = values_[i - 1];
    values_[axis] = value;
  }
  void erase(int axis) {
    for (int i = axis; i + 1 < rank_; ++i) values_[i] = values_[i + 1];
    --rank_;
  }
  void resize(int rank) {
    while (rank_ < rank) push_back(1);
    rank_ = rank;
  }

  friend bool operator==(const Dims& a, const Dims& b) {
    if (a.rank_ != b.rank_) return false;
    for (int i = 0; i < a.rank_; ++i) {
      if (a.values_[i] != b.values_[i]) return false;
    }
    return true;
  }

 private:
  void assign(const int64_t* values, int64_t count) {
    if (count > kMaxRank) detail::throw_rank_too_large(count);
    rank_ = static_cast<int>(count);
    for (int i = 0; i < rank_; ++i) values_[i] = values[i];
  }

  int64_t values_[kMaxRank] = {};
  int rank_ = 0;
};

using Shape = Dims;    ///< sizes, outermost axis first
using Strides = Dims;  ///< in elements, may be zero (broadcast) or negative (flipped)

/// Number of elements; 1 for a scalar's empty shape.
inline int64_t numel(const Shape& shape) {
  int64_t n = 1;
  for (int64_t d : shape) n *= d;
  return n;
}

/// Row-major strides of a dense tensor.
CT_API Strides contiguous_strides(const Shape& shape);

/// The shape that both broadcast to, by NumPy's rules.
/// Errors: ShapeError naming `op`, both shapes and the axis.
CT_API Shape broadcast_shapes(const Shape& a, const Shape& b, const char* op);

/// `axis` counted from the end if negative, checked against `rank`.
/// Errors: IndexError naming `op`.
CT_API int normalize_axis(int64_t axis, int rank, const char* op);

/// "(2, 3)", "(4)", "()".
CT_API std::string to_string(const Dims& dims);
CT_API std::ostream& operator<<(std::ostream& out, const Dims& dims);

}  // namespace ct
