// Views for tests of single kernel families, over arrays of the test's own, and comparisons.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <customtensor/threads.hpp>
#include <functional>
#include <vector>

#include "backend_cpu/kernel_harness.hpp"

namespace ct::test {

template <class T>
TensorView dense(std::vector<T>& values, const Shape& shape) {
  return {values.data(), 0, dtype_of<T>, shape, contiguous_strides(shape)};
}

/// An array with a view of it: dense, or of a random layout.
struct Viewed {
  Array array;
  TensorView view;

  Viewed(DType dtype, const Shape& shape) : array(dtype, std::max<int64_t>(1, numel(shape))) {
    view = {array.data(), 0, dtype, shape, contiguous_strides(shape)};
  }
  Viewed(DType dtype, const Shape& shape, const Layout& layout) : array(dtype, layout.extent) {
    view = {array.data(), layout.offset, dtype, shape, layout.strides};
  }
  Viewed(const Viewed&) = delete;
  Viewed& operator=(const Viewed&) = delete;

  int64_t place(const Dims& index) const { return place_of(index, view.strides, view.offset); }
  double at(const Dims& index) const { return array.get(place(index)); }
  void set(const Dims& index, double value) { array.set(place(index), value); }
  /// Multiples of 1/8 in (-2, 2): exact in every floating type; integers truncate.
  void fill(uint32_t seed, double scale = 1.0) {
    std::mt19937 random(seed);
    std::uniform_int_distribution<int> any(-15, 15);
    for (int64_t i = 0; i < array.size(); ++i) array.set(i, any(random) * 0.125 * scale);
  }
};

/// How far a result may be off, relative to 1 and its size: one rounding of the storage type, or a
/// few of the type that is computed in.
inline double tolerance(DType dtype) {
  switch (dtype) {
    case DType::float64:
      return 1e-13;
    case DType::float16:
      return 1e-3;
    case DType::bfloat16:
      return 8e-3;
    default:
      return 4e-6;
  }
}

inline void expect_close(double actual, double expected, double tolerance, const Dims& index) {
  if (actual == expected) return;  // infinities too
  if (std::isnan(expected)) {
    ASSERT_TRUE(std::isnan(actual)) << "at " << to_string(index) << ": " << actual;
  } else {
    ASSERT_NEAR(actual, expected, tolerance * std::max(1.0, std::abs(expected)))
        << "at " << to_string(index);
  }
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

/// Whether `run` leaves the same bytes in every array of `results` with 1, 2 and 4 threads.
inline bool same_for_any_threads(const std::function<void()>& run,
                                 const std::vector<const Viewed*>& results) {
  const int before = num_threads();
  std::vector<std::vector<std::byte>> expected;
  bool same = true;
  for (const int threads : {1, 2, 4}) {
    set_num_threads(threads);
    run();
    for (size_t i = 0; i < results.size(); ++i) {
      if (threads == 1) expected.push_back(results[i]->array.bytes());
      same = same && results[i]->array.bytes() == expected[i];
    }
  }
  set_num_threads(before);
  return same;
}

}  // namespace ct::test
