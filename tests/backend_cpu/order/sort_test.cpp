// sort against std::stable_sort: every way a row is sorted (their lengths and ranks differ), every
// type, any layout and number of threads. And search against a linear one.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "backend_cpu/view_builder.hpp"

namespace ct::test {
namespace {

/// Whether a comes before b: a NaN is larger than everything.
bool before(double a, double b, bool descending) {
  if (descending) std::swap(a, b);
  return std::isnan(b) ? !std::isnan(a) : a < b;
}

struct Sorting {
  DType dtype = float32;
  Shape shape;
  int axis = 0;
  bool descending = false;
  int64_t first = 0, count = -1;  ///< -1: all
};

Shape with_size(Shape shape, int axis, int64_t size) {
  shape[axis] = size;
  return shape;
}

void check(const Sorting& s, std::function<void(Viewed&)> fill) {
  const int64_t count = s.count < 0 ? s.shape[s.axis] : s.count;
  Viewed in(s.dtype, s.shape);
  Viewed values(s.dtype, with_size(s.shape, s.axis, count));
  Viewed places(int64, values.view.shape);
  fill(in);
  const auto run = [&] {
    cpu().sort({.axis = s.axis,
                .descending = s.descending,
                .first = s.first,
                .input = in.view,
                .values = values.view,
                .indices = places.view});
  };
  EXPECT_TRUE(same_for_any_threads(run, {&values, &places}));
  for_each_index(with_size(s.shape, s.axis, 1), [&](Dims at) {
    std::vector<double> row;
    for (int64_t i = 0; i < s.shape[s.axis]; ++i) {
      at[s.axis] = i;
      row.push_back(in.at(at));
    }
    std::vector<int64_t> order(row.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
      return before(row[static_cast<size_t>(a)], row[static_cast<size_t>(b)], s.descending);
    });
    for (int64_t i = 0; i < count; ++i) {
      at[s.axis] = i;
      const int64_t from = order[static_cast<size_t>(s.first + i)];
      ASSERT_EQ(places.at(at), static_cast<double>(from)) << to_string(at);
      const double value = row[static_cast<size_t>(from)];
      ASSERT_TRUE(values.at(at) == value || (std::isnan(value) && std::isnan(values.at(at))));
      ASSERT_EQ(std::signbit(values.at(at)), std::signbit(value));
    }
  });
}

/// Few different numbers: many ties.
void fill_ties(Viewed& v) { v.fill(1); }
/// Any numbers, NaN and signed zeros and infinities among them.
void fill_wild(Viewed& v) {
  std::mt19937 random(2);
  std::normal_distribution<double> normal(0, 1000);
  const bool floating = is_floating(v.array.dtype());
  for (int64_t i = 0; i < v.array.size(); ++i) {
    const auto kind = random() % 16;
    double x = normal(random);
    if (floating && kind == 0) x = NAN;
    if (floating && kind == 1) x = -0.0;
    if (floating && kind == 2) x = 0.0;
    if (floating && kind == 3) x = INFINITY;
    if (floating && kind == 4) x = -INFINITY;
    if (!floating) x = std::abs(x) / 100;
    v.array.set(i, x);
  }
}

class SortTest : public ::testing::TestWithParam<DType> {};

TEST_P(SortTest, RowsOfEveryLength) {
  for (const int64_t n : {1, 2, 17, 64, 65, 128, 129, 700, 3000}) {
    for (const bool descending : {false, true}) {
      check({.dtype = GetParam(), .shape = {3, n}, .axis = 1, .descending = descending}, fill_ties);
      check({.dtype = GetParam(), .shape = {3, n}, .axis = 1, .descending = descending}, fill_wild);
    }
  }
}

TEST_P(SortTest, AnyRanks) {
  for (const int64_t n : {40, 100, 130, 400, 2000}) {
    for (const auto& [first, count] : std::vector<std::pair<int64_t, int64_t>>{
             {0, 1}, {0, 3}, {n / 2, 1}, {n - 1, 1}, {n / 3, n / 3}, {n / 4, 20}, {0, n / 32}}) {
      for (const bool descending : {false, true}) {
        const Sorting s{.dtype = GetParam(),
                        .shape = {2, n},
                        .axis = 1,
                        .descending = descending,
                        .first = first,
                        .count = count};
        check(s, fill_ties);
        check(s, fill_wild);
      }
    }
  }
}

TEST_P(SortTest, LongRows) {
  check({.dtype = GetParam(), .shape = {200000}}, fill_wild);
  check({.dtype = GetParam(), .shape = {200000}, .descending = true, .count = 10}, fill_wild);
  check({.dtype = GetParam(), .shape = {200000}, .count = 5000}, fill_ties);
  check({.dtype = GetParam(), .shape = {200000}, .first = 99999, .count = 1}, fill_wild);
  check({.dtype = GetParam(), .shape = {200000}, .first = 99999, .count = 1}, fill_ties);
}

TEST_P(SortTest, AcrossOtherAxes) {
  check({.dtype = GetParam(), .shape = {300, 7}, .axis = 0}, fill_wild);
  check({.dtype = GetParam(), .shape = {3, 150, 5}, .axis = 1, .count = 9}, fill_wild);
}

INSTANTIATE_TEST_SUITE_P(Types, SortTest,
                         ::testing::Values(float32, float64, float16, bfloat16, int32, int64, uint8,
                                           bool_, int8, int16, uint16, uint32, uint64),
                         [](const auto& type) { return std::string(name(type.param)); });

TEST(SortLayoutTest, StridesOfAnyKind) {
  std::mt19937 random(3);
  for (int round = 0; round < 20; ++round) {
    const Shape shape{3, 40, 2};
    Viewed in(float32, shape, random_layout(shape, random, false));
    Viewed values(float32, shape, random_layout(shape, random, false));
    Viewed places(int64, shape, random_layout(shape, random, false));
    in.fill(static_cast<uint32_t>(round));
    cpu().sort({.axis = 1, .input = in.view, .values = values.view, .indices = places.view});
    for_each_index({3, 1, 2}, [&](Dims at) {
      for (int64_t i = 0; i < 40; ++i) {
        at[1] = i;
        Dims from = at;
        from[1] = static_cast<int64_t>(places.at(at));
        ASSERT_EQ(values.at(at), in.at(from));
        if (i == 0) continue;
        Dims last = at;
        --last[1];
        ASSERT_LE(values.at(last), values.at(at));
      }
    });
  }
}

TEST(SortWorstCaseTest, TheBestComeLast) {
  // Every element enters the buffer of the best.
  check({.shape = {5000}, .count = 100}, [](Viewed& v) {
    for (int64_t i = 0; i < 5000; ++i) v.array.set(i, static_cast<double>(-i));
  });
  check({.shape = {5000}, .count = 8}, [](Viewed& v) {
    for (int64_t i = 0; i < 5000; ++i) v.array.set(i, static_cast<double>(-i));
  });
}

TEST(SearchTest, LikeALinearSearch) {
  for (const int64_t n : {0, 1, 2, 3, 64, 100}) {
    Viewed sorted(float32, {2, n});
    Viewed values(float32, {2, 43});
    Viewed places(int64, {2, 43});
    for (int64_t i = 0; i < 2 * n; ++i)
      sorted.array.set(i, static_cast<double>(i % std::max<int64_t>(n, 1) / 3));
    for (int64_t i = 0; i < 86; ++i)
      values.array.set(i, static_cast<double>(i % 43) - 2.5 + 0.5 * static_cast<double>(i % 2));
    for (const bool right : {false, true}) {
      cpu().search(
          {.right = right, .sorted = sorted.view, .values = values.view, .indices = places.view});
      for_each_index({2, 43}, [&](const Dims& at) {
        int64_t expected = 0;
        while (expected < n && (right ? sorted.at({at[0], expected}) <= values.at(at)
                                      : sorted.at({at[0], expected}) < values.at(at))) {
          ++expected;
        }
        ASSERT_EQ(places.at(at), static_cast<double>(expected)) << n << " " << to_string(at);
      });
    }
  }
}

}  // namespace
}  // namespace ct::test
