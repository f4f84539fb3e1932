// scan against a plain loop in float64: every operation, both ways, rows and columns, short and in
// pieces, any layout, type and number of threads.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "backend_cpu/view_builder.hpp"

namespace ct::test {
namespace {

struct Running {
  double value;
  int64_t place;
};

Running step(ScanOp op, const Running& s, double x, int64_t place, double factor) {
  switch (op) {
    case ScanOp::sum:
      return {s.value + x, place};
    case ScanOp::prod:
      return {s.value * x, place};
    case ScanOp::maximum:
      return x >= s.value || std::isnan(x) ? Running{x, place} : s;
    case ScanOp::minimum:
      return x <= s.value || std::isnan(x) ? Running{x, place} : s;
    case ScanOp::logsumexp:
      return {std::max(s.value, x) + std::log1p(std::exp(-std::abs(s.value - x))), place};
    case ScanOp::linear:
      return {x + factor * s.value, place};
  }
  return s;
}

struct Scanning {
  ScanOp op = ScanOp::sum;
  DType in = float32, out = float32;
  Shape shape;
  int axis = 0;
  bool reverse = false;
};

void check(const Scanning& s, Viewed& in, Viewed& out, Viewed& factor, Viewed& places) {
  const bool extreme = s.op == ScanOp::maximum || s.op == ScanOp::minimum;
  ScanArgs args;
  args.op = s.op;
  args.axis = s.axis;
  args.reverse = s.reverse;
  args.input = in.view;
  args.output = out.view;
  if (s.op == ScanOp::linear) args.factor = factor.view;
  if (extreme) args.indices = places.view;
  EXPECT_TRUE(same_for_any_threads([&] { cpu().scan(args); }, {&out, &places}));
  const int64_t n = s.shape[s.axis];
  Dims lines = s.shape;
  lines[s.axis] = 1;
  for_each_index(lines, [&](Dims at) {
    Running state{};
    for (int64_t i = 0; i < n; ++i) {
      at[s.axis] = s.reverse ? n - 1 - i : i;
      const double x = in.at(at);
      state = i == 0 ? Running{x, at[s.axis]} : step(s.op, state, x, at[s.axis], factor.at(at));
      expect_close(out.at(at), state.value, tolerance(s.out), at);
      ASSERT_TRUE(!extreme || places.at(at) == static_cast<double>(state.place)) << to_string(at);
    }
  });
}

void check(const Scanning& s) {
  Viewed in(s.in, s.shape);
  Viewed out(s.out, s.shape);
  Viewed factor(s.out, s.shape);
  Viewed places(int64, s.shape);
  in.fill(1);
  factor.fill(2, 0.5);
  if (s.op == ScanOp::prod) {
    // Products that stay in range.
    for (int64_t i = 0; i < in.array.size(); ++i) in.array.set(i, i % 7 == 3 ? -1.0 : 1.0);
  }
  check(s, in, out, factor, places);
}

class ScanTest : public ::testing::TestWithParam<ScanOp> {};

TEST_P(ScanTest, RowsAndColumnsBothWays) {
  for (const bool reverse : {false, true}) {
    for (const auto& [shape, axis] : std::vector<std::pair<Shape, int>>{{{1}, 0},
                                                                        {{7}, 0},
                                                                        {{5, 8}, 1},
                                                                        {{3, 100}, 1},
                                                                        {{9, 300}, 0},
                                                                        {{2, 30, 3}, 1},
                                                                        {{70000}, 0},
                                                                        {{3, 40000}, 1},
                                                                        {{40000, 3}, 0}}) {
      check({.op = GetParam(), .shape = shape, .axis = axis, .reverse = reverse});
    }
  }
}

TEST_P(ScanTest, FloatingTypes) {
  for (const DType dtype : {float64, float16, bfloat16}) {
    check({.op = GetParam(), .in = dtype, .out = dtype, .shape = {4, 12}, .axis = 1});
    check({.op = GetParam(), .in = dtype, .out = dtype, .shape = {12, 4}, .axis = 0});
  }
}

TEST_P(ScanTest, Integers) {
  if (GetParam() == ScanOp::logsumexp || GetParam() == ScanOp::linear) return;
  for (const DType dtype : {int32, int64, uint8, bool_}) {
    const bool extreme = GetParam() == ScanOp::maximum || GetParam() == ScanOp::minimum;
    check({.op = GetParam(),
           .in = dtype,
           .out = extreme ? dtype : int64,
           .shape = {4, 30},
           .axis = 1});
  }
}

TEST_P(ScanTest, StridesOfAnyKind) {
  std::mt19937 random(5);
  for (int round = 0; round < 10; ++round) {
    const Scanning s{.op = GetParam(), .shape = {3, 9, 2}, .axis = 1, .reverse = round % 2 == 1};
    Viewed in(float32, s.shape, random_layout(s.shape, random, false));
    Viewed out(float32, s.shape, random_layout(s.shape, random, false));
    Viewed factor(float32, s.shape, random_layout(s.shape, random, false));
    Viewed places(int64, s.shape, random_layout(s.shape, random, false));
    in.fill(static_cast<uint32_t>(round));
    factor.fill(7);
    check(s, in, out, factor, places);
  }
}

TEST(ScanLogSumExpTest, ElementsFarApartAndInfiniteOnes) {
  // Along both axes; each line against sums of its own, relative to their largest.
  constexpr int64_t kN = 600;
  for (const int axis : {0, 1}) {
    const Shape shape = axis == 0 ? Shape{kN, 5} : Shape{5, kN};
    Viewed in(float64, shape);
    Viewed out(float64, shape);
    std::mt19937 random(4);
    std::uniform_real_distribution<double> far(-1000, 1000);
    std::uniform_real_distribution<double> near(-1, 1);
    const auto index = [axis](int64_t line, int64_t i) {
      return axis == 0 ? Dims{i, line} : Dims{line, i};
    };
    for (int64_t line = 0; line < 5; ++line) {
      for (int64_t i = 0; i < kN; ++i) {
        double x = line == 0 || random() % 50 == 0 ? far(random) : near(random);
        if (line >= 2 && (i < 3 || random() % 50 == 0)) x = -INFINITY;
        if (line == 3 && i == 400) x = INFINITY;
        if (line == 4 && i == 500) x = NAN;
        in.set(index(line, i), x);
      }
    }
    cpu().scan([&] {
      ScanArgs args;
      args.op = ScanOp::logsumexp;
      args.axis = axis;
      args.input = in.view;
      args.output = out.view;
      return args;
    }());
    for (int64_t line = 0; line < 5; ++line) {
      double largest = -INFINITY;
      for (int64_t i = 0; i < kN; ++i) {
        const double x = in.at(index(line, i));
        largest = x > largest || std::isnan(x) ? x : largest;
        double sum = 0;
        for (int64_t k = 0; k <= i; ++k) sum += std::exp(in.at(index(line, k)) - largest);
        const double expected = std::isfinite(largest) ? largest + std::log(sum) : largest;
        expect_close(out.at(index(line, i)), expected, 1e-13, index(line, i));
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Ops, ScanTest,
                         ::testing::Values(ScanOp::sum, ScanOp::prod, ScanOp::maximum,
                                           ScanOp::minimum, ScanOp::logsumexp, ScanOp::linear));

}  // namespace
}  // namespace ct::test
