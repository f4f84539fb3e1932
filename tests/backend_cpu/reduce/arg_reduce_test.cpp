// CpuBackend::arg_reduce against naive search: layouts, dtypes, ties, NaN, infinities.
#include <gtest/gtest.h>

#include <customtensor/threads.hpp>
#include <limits>

#include "backend_cpu/kernel_harness.hpp"

namespace ct {
namespace {

using test::Array;
using test::cpu;
using test::Layout;

TensorView view(Array& array, const Shape& shape, const Layout& layout) {
  return {array.data(), layout.offset, array.dtype(), shape, layout.strides};
}

Layout dense(const Shape& shape) {
  Layout layout;
  layout.strides = contiguous_strides(shape);
  layout.extent = std::max<int64_t>(1, numel(shape));
  return layout;
}

/// Place of the first best of a whole float32 vector.
int64_t arg_of(std::vector<float> x, bool largest = true) {
  const auto n = static_cast<int64_t>(x.size());
  int64_t place = -1;
  cpu().arg_reduce({.largest = largest,
                    .axis = 0,
                    .input = {x.data(), 0, float32, {n}, {1}},
                    .values = {},
                    .indices = {&place, 0, DType::int64, {1}, {1}}});
  return place;
}

TEST(CpuArgReduce, MatchesNaiveSearchOnEveryLayout) {
  std::mt19937 random(8);
  const auto pick = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  constexpr int64_t kSizes[] = {1, 2, 3, 9, 16, 17, 40, 130, 700, 5000};
  for (int trial = 0; trial < 500; ++trial) {
    Shape shape;
    const int rank = 1 + pick(4);
    for (int axis = 0; axis < rank; ++axis) {
      int64_t size = kSizes[pick(static_cast<int>(std::size(kSizes)))];
      if (numel(shape) * size > 60000) size = 2;
      shape.push_back(size);
    }
    const int axis = pick(rank);
    const bool largest = pick(2) == 0;
    const DType dtype = test::kAllDTypes[pick(8)];
    const Layout in = test::random_layout(shape, random, true);
    Array x(dtype, in.extent);
    x.fill_small(random, -50, 50);  // with ties
    Shape kept = shape;
    kept[axis] = 1;
    const Layout out = pick(2) == 0 ? test::random_layout(kept, random, false) : dense(kept);
    Array indices(DType::int64, out.extent);
    Array values(dtype, out.extent);
    const bool with_values = pick(2) == 0;
    cpu().arg_reduce({.largest = largest,
                      .axis = axis,
                      .input = view(x, shape, in),
                      .values = with_values ? view(values, kept, out) : TensorView{},
                      .indices = view(indices, kept, out)});
    test::for_each_index(kept, [&](const Dims& index) {
      int64_t best = 0;
      double best_value = 0;
      for (int64_t i = 0; i < shape[axis]; ++i) {
        Dims at = index;
        at[axis] = i;
        const double v = x.get(test::place_of(at, in.strides, in.offset));
        if (i == 0 || (largest ? v > best_value : v < best_value)) {
          best = i;
          best_value = v;
        }
      }
      const int64_t place = test::place_of(index, out.strides, out.offset);
      if (indices.get(place) != static_cast<double>(best) ||
          (with_values && values.get(place) != best_value)) {
        ADD_FAILURE() << "trial " << trial << " " << name(dtype) << " " << to_string(shape)
                      << " axis " << axis << ": " << indices.get(place) << ", expected " << best;
      }
    });
    if (HasFailure()) return;
  }
}

TEST(CpuArgReduce, TheFirstOfEqualsWins) {
  for (const size_t n : {2, 16, 17, 100, 5000}) {
    std::vector<float> x(n, 1.0F);
    EXPECT_EQ(arg_of(x), 0);
    x[n / 2] = 3.0F;
    x[n - 1] = 3.0F;
    EXPECT_EQ(arg_of(x), static_cast<int64_t>(n / 2));
  }
}

TEST(CpuArgReduce, TheFirstNaNWins) {
  for (const size_t n : {1, 15, 64, 100, 5000}) {
    for (size_t at = 0; at < n; at += 1 + n / 7) {
      std::vector<float> x(n, 5.0F);
      x[n - 1] = std::numeric_limits<float>::quiet_NaN();
      x[at] = -std::numeric_limits<float>::quiet_NaN();
      EXPECT_EQ(arg_of(x), static_cast<int64_t>(at));
      EXPECT_EQ(arg_of(x, false), static_cast<int64_t>(at));
    }
  }
}

TEST(CpuArgReduce, InfinitiesAreOrdinaryValues) {
  const float inf = std::numeric_limits<float>::infinity();
  for (const size_t n : {4, 64, 300, 5000}) {
    std::vector<float> x(n, -inf);
    EXPECT_EQ(arg_of(x), 0);
    x[n / 2] = inf;
    EXPECT_EQ(arg_of(x), static_cast<int64_t>(n / 2));
    EXPECT_EQ(arg_of(x, false), 0);
  }
}

TEST(CpuArgReduce, NaNWinsAcrossColumns) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> x(20 * 33, 1.0F);
  x[5 * 33 + 2] = nan;
  x[9 * 33 + 2] = nan;
  x[7 * 33 + 32] = nan;
  x[3 * 33 + 4] = 9.0F;
  std::vector<int64_t> places(33);
  cpu().arg_reduce({.largest = true,
                    .axis = 0,
                    .input = {x.data(), 0, float32, {20, 33}, {33, 1}},
                    .values = {},
                    .indices = {places.data(), 0, DType::int64, {1, 33}, {33, 1}}});
  for (size_t c = 0; c < 33; ++c) {
    EXPECT_EQ(places[c], c == 2 ? 5 : c == 32 ? 7 : c == 4 ? 3 : 0) << c;
  }
}

TEST(CpuArgReduce, IsTheSameOnAnyNumberOfThreads) {
  std::vector<float> x(512 * 700);
  for (size_t i = 0; i < x.size(); ++i) x[i] = std::sin(static_cast<float>(i) * 0.37F);
  const int threads = num_threads();
  for (const int axis : {0, 1}) {
    std::vector<std::vector<int64_t>> results;
    for (const int count : {1, 2, 5}) {
      set_num_threads(count);
      std::vector<int64_t> places(700);
      const Shape kept = axis == 0 ? Shape{1, 700} : Shape{512, 1};
      cpu().arg_reduce(
          {.largest = true,
           .axis = axis,
           .input = {x.data(), 0, float32, {512, 700}, {700, 1}},
           .values = {},
           .indices = {places.data(), 0, DType::int64, kept, contiguous_strides(kept)}});
      results.push_back(places);
    }
    for (const auto& result : results) EXPECT_EQ(result, results[0]);
  }
  set_num_threads(threads);
}

}  // namespace
}  // namespace ct
