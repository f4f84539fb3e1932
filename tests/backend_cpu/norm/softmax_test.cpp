// Softmax and cross entropy kernels against the same formulas in double, and what they make of NaN
// and infinity.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <vector>

#include "backend_cpu/view_builder.hpp"

namespace ct::test {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Dims with(Dims index, int axis, int64_t value) {
  index[axis] = value;
  return index;
}

/// Calls fn(index of the first element) for each line along the axis.
template <class F>
void for_each_line(const Shape& shape, int axis, const F& fn) {
  if (numel(shape) > 0) for_each_index(with(shape, axis, 1), fn);
}

void check_forward(const Viewed& x, Viewed& y, int axis, bool log) {
  cpu().softmax_forward({.log = log, .axis = axis, .x = x.view, .y = y.view});
  const int64_t n = x.view.shape[axis];
  for_each_line(x.view.shape, axis, [&](const Dims& line) {
    double largest = -kInfinity;
    for (int64_t i = 0; i < n; ++i) largest = std::max(largest, x.at(with(line, axis, i)));
    double sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += std::exp(x.at(with(line, axis, i)) - largest);
    for (int64_t i = 0; i < n; ++i) {
      const Dims at = with(line, axis, i);
      const double shifted = x.at(at) - largest;
      expect_close(y.at(at), log ? shifted - std::log(sum) : std::exp(shifted) / sum,
                   tolerance(y.array.dtype()), at);
    }
  });
}

void check_backward(const Viewed& y, const Viewed& g, Viewed& gx, int axis, bool log) {
  cpu().softmax_backward(
      {.log = log, .axis = axis, .y = y.view, .grad_y = g.view, .grad_x = gx.view});
  for_each_line(y.view.shape, axis, [&](const Dims& line) {
    const int64_t n = y.view.shape[axis];
    double sum = 0;
    for (int64_t i = 0; i < n; ++i) {
      const Dims at = with(line, axis, i);
      sum += log ? g.at(at) : g.at(at) * y.at(at);
    }
    for (int64_t i = 0; i < n; ++i) {
      const Dims at = with(line, axis, i);
      const double expected =
          log ? g.at(at) - std::exp(y.at(at)) * sum : y.at(at) * (g.at(at) - sum);
      expect_close(gx.at(at), expected, 4 * tolerance(y.array.dtype()), at);
    }
  });
}

using Case = std::tuple<Shape, int>;
const std::vector<Case> kCases = {
    {{1, 1}, 1},      {{3, 4}, 1},       {{5, 16}, 1},   {{2, 17}, 1},   {{3, 33}, 1},
    {{2, 100}, 1},    {{1, 9001}, 1},    {{7, 5}, 0},    {{2, 3, 4}, 1}, {{3, 1100, 5}, 1},
    {{2, 4, 300}, 1}, {{2, 2, 3, 7}, 2}, {{2050, 3}, 0}, {{6}, 0},
};

TEST(CpuSoftmaxTest, AgreesWithDoubleAlongAnyAxisInEveryFloatingType) {
  for (const DType dtype : {float32, float64, float16, bfloat16}) {
    for (const auto& [shape, axis] : kCases) {
      SCOPED_TRACE(to_string(shape) + " axis " + std::to_string(axis) + " " +
                   std::string(name(dtype)));
      Viewed x(dtype, shape);
      Viewed y(dtype, shape);
      Viewed g(dtype, shape);
      Viewed gx(dtype, shape);
      x.fill(1, 4);
      g.fill(2);
      for (const bool log : {false, true}) {
        check_forward(x, y, axis, log);
        check_backward(y, g, gx, axis, log);
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST(CpuSoftmaxTest, TakesAnyStrides) {
  std::mt19937 random(3);
  const Shape shape{3, 5, 6};
  for (int i = 0; i < 20; ++i) {
    Viewed x(float32, shape, random_layout(shape, random, true));
    Viewed y(float32, shape, random_layout(shape, random, false));
    x.fill(4);
    check_forward(x, y, i % 3, i % 2 == 0);
  }
}

TEST(CpuSoftmaxTest, LargeValuesDoNotOverflow) {
  for (const Shape& shape : {Shape{1, 3}, Shape{3, 1}, Shape{1, 40}}) {
    Viewed x(float32, shape);
    Viewed y(float32, shape);
    x.fill(1, 500);
    check_forward(x, y, shape[0] == 1 ? 1 : 0, false);
    check_forward(x, y, shape[0] == 1 ? 1 : 0, true);
  }
}

TEST(CpuSoftmaxTest, NaNSpreadsOverItsRowOnly) {
  for (const int64_t n : {3, 20, 70}) {
    for (const int axis : {0, 1}) {
      const Shape shape = axis == 1 ? Shape{2, n} : Shape{n, 2};
      Viewed x(float32, shape);
      Viewed y(float32, shape);
      x.fill(1);
      for (int64_t at : {int64_t{0}, n / 2, n - 1}) {
        Dims index{0, 0};
        index[axis] = at;
        const double kept = x.at(index);
        x.set(index, kNaN);
        cpu().softmax_forward({.log = false, .axis = axis, .x = x.view, .y = y.view});
        for_each_index(shape, [&](const Dims& i) {
          EXPECT_EQ(std::isnan(y.at(i)), i[1 - axis] == 0) << to_string(i) << " n " << n;
        });
        x.set(index, kept);
      }
    }
  }
}

TEST(CpuSoftmaxTest, MinusInfinityHasNoShare) {
  Viewed x(float32, {1, 3});
  Viewed y(float32, {1, 3});
  x.set({0, 0}, -kInfinity);
  x.set({0, 1}, 1);
  x.set({0, 2}, 1);
  cpu().softmax_forward({.log = false, .axis = 1, .x = x.view, .y = y.view});
  EXPECT_EQ(y.at({0, 0}), 0);
  EXPECT_EQ(y.at({0, 1}), 0.5);
}

TEST(CpuSoftmaxTest, NothingToDoForEmptyShapes) {
  for (const Shape& shape : {Shape{0, 3}, Shape{3, 0}, Shape{2, 0, 4}}) {
    Viewed x(float32, shape);
    Viewed y(float32, shape);
    cpu().softmax_forward({.log = false, .axis = 1, .x = x.view, .y = y.view});
    cpu().softmax_backward(
        {.log = false, .axis = 1, .y = y.view, .grad_y = x.view, .grad_x = y.view});
  }
}

struct CrossEntropy {
  Viewed logits, targets, losses, lse, grad_losses, grad;
  DType compute;

  CrossEntropy(DType dtype, int64_t rows, int64_t classes)
      : logits(dtype, {rows, classes}),
        targets(int64, {rows}),
        losses(compute_type(dtype), {rows}),
        lse(compute_type(dtype), {rows}),
        grad_losses(compute_type(dtype), {rows}),
        grad(dtype, {rows, classes}),
        compute(compute_type(dtype)) {
    logits.fill(5, 3);
    grad_losses.fill(6);
    for (int64_t r = 0; r < rows; ++r) targets.set({r}, static_cast<double>(r * 5 % classes));
  }
  void run() {
    cpu().cross_entropy_forward(
        {.logits = logits.view, .targets = targets.view, .losses = losses.view, .lse = lse.view});
    cpu().cross_entropy_backward({.logits = logits.view,
                                  .targets = targets.view,
                                  .lse = lse.view,
                                  .grad_losses = grad_losses.view,
                                  .grad_logits = grad.view});
  }
};

TEST(CpuCrossEntropyTest, AgreesWithDouble) {
  for (const DType dtype : {float32, float64, float16, bfloat16}) {
    for (const int64_t classes : {1, 4, 10, 16, 37, 1000, 5000}) {
      SCOPED_TRACE(std::to_string(classes) + " " + std::string(name(dtype)));
      CrossEntropy c(dtype, 6, classes);
      c.targets.set({2}, -100);
      c.run();
      for (int64_t r = 0; r < 6; ++r) {
        double sum = 0;
        for (int64_t k = 0; k < classes; ++k) sum += std::exp(c.logits.at({r, k}));
        const auto target = static_cast<int64_t>(c.targets.at({r}));
        const bool ignored = target == -100;
        expect_close(c.losses.at({r}), ignored ? 0 : std::log(sum) - c.logits.at({r, target}),
                     tolerance(c.compute), {r});
        expect_close(c.lse.at({r}), std::log(sum), tolerance(c.compute), {r});
        for (int64_t k = 0; k < classes; ++k) {
          const double p = std::exp(c.logits.at({r, k})) / sum - (k == target ? 1 : 0);
          expect_close(c.grad.at({r, k}), ignored ? 0 : p * c.grad_losses.at({r}),
                       4 * tolerance(dtype), {r, k});
        }
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST(CpuCrossEntropyTest, TakesOneGradientForAllRowsAndStridedLogits) {
  CrossEntropy c(float32, 4, 3);
  Viewed transposed(float32, {4, 3}, {.strides = {1, 4}, .offset = 0, .extent = 12});
  for_each_index({4, 3}, [&](const Dims& i) { transposed.set(i, c.logits.at(i)); });
  for (int64_t r = 0; r < 4; ++r) c.grad_losses.set({r}, 0.25);
  c.run();
  Viewed grad(float32, {4, 3});
  TensorView one = c.grad_losses.view;
  one.strides[0] = 0;
  cpu().cross_entropy_backward({.logits = transposed.view,
                                .targets = c.targets.view,
                                .lse = c.lse.view,
                                .grad_losses = one,
                                .grad_logits = grad.view});
  EXPECT_EQ(grad.array.bytes(), c.grad.array.bytes());
}

TEST(CpuCrossEntropyTest, IgnoredRowsHaveNoGradientEvenWithNaN) {
  CrossEntropy c(float32, 2, 20);
  c.targets.set({1}, -100);
  c.logits.set({1, 3}, kNaN);
  c.run();
  EXPECT_EQ(c.losses.at({1}), 0);
  for (int64_t k = 0; k < 20; ++k) EXPECT_EQ(c.grad.at({1, k}), 0);
}

TEST(CpuCrossEntropyTest, NaNReachesLossAndGradient) {
  CrossEntropy c(float32, 1, 20);
  c.logits.set({0, 7}, kNaN);
  c.run();
  EXPECT_TRUE(std::isnan(c.losses.at({0})));
  EXPECT_TRUE(std::isnan(c.grad.at({0, 19})));
}

TEST(CpuSoftmaxTest, ThreadsDoNotChangeABit) {
  const Shape shape{200, 333};
  Viewed x(float32, shape);
  Viewed y(float32, shape);
  Viewed down(float32, shape);
  CrossEntropy c(float32, 200, 333);
  x.fill(1);
  const auto run = [&] {
    cpu().softmax_forward({.log = false, .axis = 1, .x = x.view, .y = y.view});
    cpu().softmax_forward({.log = true, .axis = 0, .x = x.view, .y = down.view});
    c.run();
  };
  EXPECT_TRUE(same_for_any_threads(run, {&y, &down, &c.losses, &c.grad}));
}

}  // namespace
}  // namespace ct::test
