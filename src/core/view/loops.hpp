// Nested loops over K strided operands, as kernels walk them: sizes, and what each operand moves by
// in a step. kernels/index/gather.cl reads Loops<3> as it lies.
#pragma once

#include <array>
#include <cstdint>

#include "core/view/collapse.hpp"
#include "customtensor/shape.hpp"

namespace ct {

template <int K>
struct Loops {
  int64_t size[kMaxRank] = {};  ///< outermost first
  int64_t step[K][kMaxRank] = {};
  int32_t rank = 0;

  /// A loop inside of those there are.
  void add(int64_t n, const std::array<int64_t, K>& steps) {
    size[rank] = n;
    for (int k = 0; k < K; ++k) step[k][rank] = steps[static_cast<size_t>(k)];
    ++rank;
  }
  /// Nothing is left of a single iteration. Marks as in collapse.hpp.
  void collapse(uint32_t& marks) {
    rank = collapse_axes(
        rank, size, K, [this](int k) { return step[k]; }, marks);
  }
  void collapse() {
    uint32_t none = 0;
    collapse(none);
  }

  int64_t count() const {
    int64_t n = 1;
    for (int loop = 0; loop < rank; ++loop) n *= size[loop];
    return n;
  }
  /// Where each operand is in iteration `i`.
  std::array<int64_t, K> offsets(int64_t i) const {
    std::array<int64_t, K> at{};
    for (int loop = rank - 1; loop >= 0; --loop) {
      const int64_t place = i % size[loop];
      i /= size[loop];
      for (int k = 0; k < K; ++k) at[static_cast<size_t>(k)] += place * step[k][loop];
    }
    return at;
  }
};

}  // namespace ct
