// Normalisation kernels, forward and backward, against the same formulas in double.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "backend_cpu/view_builder.hpp"

namespace ct::test {
namespace {

/// One normalisation with all its arrays; which elements share statistics is given by group().
struct Norm {
  NormKind kind;
  Viewed x, y, grad_y, grad_x, weight, bias, grad_weight, grad_bias, mean, rstd;
  bool affine = true;
  bool given = false;

  Norm(NormKind kind_, DType dtype, const Shape& shape)
      : kind(kind_),
        x(dtype, shape),
        y(dtype, shape),
        grad_y(dtype, shape),
        grad_x(dtype, shape),
        weight(dtype, {shape[1]}),
        bias(dtype, {shape[1]}),
        grad_weight(dtype, {shape[1]}),
        grad_bias(dtype, {shape[1]}),
        mean(compute_type(dtype), {kind_ == NormKind::channel ? shape[1] : shape[0]}),
        rstd(compute_type(dtype), {kind_ == NormKind::channel ? shape[1] : shape[0]}) {
    x.fill(1);
    grad_y.fill(2);
    weight.fill(3);
    bias.fill(4);
  }

  int64_t group(const Dims& i) const { return kind == NormKind::channel ? i[1] : i[0]; }

  void forward() {
    NormArgs args;
    args.kind = kind;
    args.x = x.view;
    args.y = y.view;
    if (affine) args.weight = weight.view;
    if (affine) args.bias = bias.view;
    args.mean = mean.view;
    args.rstd = rstd.view;
    args.given = given;
    cpu().norm_forward(args);
  }
  void backward() {
    NormBackwardArgs args;
    args.kind = kind;
    args.grad_y = grad_y.view;
    args.x = x.view;
    if (affine) args.weight = weight.view;
    args.mean = mean.view;
    args.rstd = rstd.view;
    args.grad_x = grad_x.view;
    args.grad_weight = grad_weight.view;
    args.grad_bias = grad_bias.view;
    args.given = given;
    cpu().norm_backward(args);
  }

  double weight_at(const Dims& i) const { return affine ? weight.at({i[1]}) : 1; }

  void check(double slack = 1) {
    const Shape& shape = x.view.shape;
    const auto groups = static_cast<size_t>(mean.view.shape[0]);
    std::vector<double> m(groups), v(groups), n(groups), g(groups), gh(groups);
    const auto at = [&](const Dims& i) { return static_cast<size_t>(group(i)); };
    for_each_index(shape, [&](const Dims& i) {
      m[at(i)] += x.at(i);
      n[at(i)] += 1;
    });
    for (size_t k = 0; k < groups; ++k) m[k] /= n[k];
    for_each_index(shape, [&](const Dims& i) { v[at(i)] += std::pow(x.at(i) - m[at(i)], 2); });
    std::vector<double> r(groups);
    for (size_t k = 0; k < groups; ++k) {
      r[k] = 1 / std::sqrt(v[k] / n[k] + 1e-5);
      if (!given) continue;
      m[k] = mean.at({static_cast<int64_t>(k)});
      r[k] = rstd.at({static_cast<int64_t>(k)});
    }
    const auto hat = [&](const Dims& i) { return (x.at(i) - m[at(i)]) * r[at(i)]; };
    std::vector<double> gw(static_cast<size_t>(shape[1])), gb(gw.size());
    for_each_index(shape, [&](const Dims& i) {
      const double gy = grad_y.at(i) * weight_at(i);
      g[at(i)] += gy;
      gh[at(i)] += gy * hat(i);
      gw[static_cast<size_t>(i[1])] += grad_y.at(i) * hat(i);
      gb[static_cast<size_t>(i[1])] += grad_y.at(i);
    });
    const double near = slack * tolerance(x.array.dtype());
    const double near_statistics = slack * tolerance(mean.array.dtype());
    for (size_t k = 0; k < groups; ++k) {
      const auto i = static_cast<int64_t>(k);
      expect_close(mean.at({i}), m[k], near_statistics, {i});
      expect_close(rstd.at({i}), r[k], near_statistics, {i});
    }
    for_each_index(shape, [&](const Dims& i) {
      const double b = affine ? bias.at({i[1]}) : 0;
      expect_close(y.at(i), hat(i) * weight_at(i) + b, 2 * near, i);
      const double through_statistics = given ? 0 : (g[at(i)] + hat(i) * gh[at(i)]) / n[at(i)];
      expect_close(grad_x.at(i), r[at(i)] * (grad_y.at(i) * weight_at(i) - through_statistics),
                   4 * near, i);
    });
    for (int64_t c = 0; c < shape[1]; ++c) {
      expect_close(grad_weight.at({c}), gw[static_cast<size_t>(c)], 8 * near, {c});
      expect_close(grad_bias.at({c}), gb[static_cast<size_t>(c)], 8 * near, {c});
    }
  }
};

const std::vector<Shape> kChannelShapes = {
    {2, 3, 5}, {4, 2, 1}, {70, 5, 1}, {3, 4, 16}, {2, 3, 49}, {1, 1, 100}, {9, 2, 3}, {2, 33, 70},
};
const std::vector<Shape> kRowShapes = {{1, 7}, {5, 3}, {4, 16}, {3, 100}, {200, 33}, {2, 9000}};

TEST(CpuNormTest, ChannelsAgreeWithDouble) {
  for (const DType dtype : {float32, float64, float16, bfloat16}) {
    for (const Shape& shape : kChannelShapes) {
      SCOPED_TRACE(to_string(shape) + " " + std::string(name(dtype)));
      Norm norm(NormKind::channel, dtype, shape);
      norm.forward();
      norm.backward();
      norm.check();
      if (HasFatalFailure()) return;
    }
  }
}

TEST(CpuNormTest, RowsAgreeWithDouble) {
  for (const DType dtype : {float32, float64, float16, bfloat16}) {
    for (const Shape& shape : kRowShapes) {
      SCOPED_TRACE(to_string(shape) + " " + std::string(name(dtype)));
      Norm norm(NormKind::row, dtype, shape);
      norm.forward();
      norm.backward();
      norm.check();
      if (HasFatalFailure()) return;
    }
  }
}

TEST(CpuNormTest, FewLargeChannelsAreSpreadBySegment) {
  for (const Shape& shape : {Shape{40, 2, 5000}, Shape{2, 3, 100001}}) {
    Norm norm(NormKind::channel, float32, shape);
    norm.forward();
    norm.backward();
    norm.check();
  }
}

TEST(CpuNormTest, WeightAndBiasMayBeAbsent) {
  for (const NormKind kind : {NormKind::channel, NormKind::row}) {
    Norm norm(kind, float32, kind == NormKind::channel ? Shape{3, 4, 10} : Shape{4, 30});
    norm.affine = false;
    norm.forward();
    norm.backward();
    norm.check();
  }
}

TEST(CpuNormTest, GivenStatisticsAreUsedAsTheyAre) {
  for (const NormKind kind : {NormKind::channel, NormKind::row}) {
    Norm norm(kind, float32, kind == NormKind::channel ? Shape{3, 4, 10} : Shape{4, 30});
    norm.given = true;
    norm.mean.fill(7);
    for (int64_t i = 0; i < 4; ++i) norm.rstd.set({i}, 0.5 + static_cast<double>(i));
    norm.forward();
    norm.backward();
    norm.check();
  }
}

TEST(CpuNormTest, KeepsTheVarianceOfValuesFarFromZero) {
  for (const NormKind kind : {NormKind::channel, NormKind::row}) {
    const Shape shape = kind == NormKind::channel ? Shape{8, 2, 3000} : Shape{2, 24000};
    Norm norm(kind, float32, shape);
    for_each_index(shape, [&](const Dims& i) { norm.x.set(i, 1e4 + norm.x.at(i)); });
    norm.x.set(kind == NormKind::channel ? Dims{0, 0, 0} : Dims{0, 0}, 0);  // one outlier, first
    norm.forward();
    norm.backward();
    norm.check(100);  // 1e4 has an ulp of 1e-3
    double sum = 0;
    double squares = 0;
    const double count = static_cast<double>(numel(shape)) / 2;
    const auto in_second = [&](const Dims& i) { return norm.group(i) == 1; };
    for_each_index(shape, [&](const Dims& i) { sum += in_second(i) ? norm.x.at(i) : 0; });
    for_each_index(shape, [&](const Dims& i) {
      squares += in_second(i) ? std::pow(norm.x.at(i) - sum / count, 2) : 0;
    });
    EXPECT_NEAR(norm.rstd.at({1}), 1 / std::sqrt(squares / count + 1e-5), 2e-6);
  }
}

TEST(CpuNormTest, TakesAnyStrides) {
  std::mt19937 random(9);
  for (int i = 0; i < 20; ++i) {
    const Shape shape{3, 4, 9};
    Norm norm(NormKind::channel, float32, shape);
    Viewed x(float32, shape, random_layout(shape, random, false));
    Viewed y(float32, shape, random_layout(shape, random, false));
    norm.forward();
    for_each_index(shape, [&](const Dims& at) { x.set(at, norm.x.at(at)); });
    NormArgs args;
    args.x = x.view;
    args.y = y.view;
    args.weight = norm.weight.view;
    args.bias = norm.bias.view;
    args.mean = norm.mean.view;
    args.rstd = norm.rstd.view;
    cpu().norm_forward(args);
    for_each_index(shape, [&](const Dims& at) { ASSERT_EQ(y.at(at), norm.y.at(at)); });
  }
}

TEST(CpuNormTest, OnlyWantedGradientsAreWritten) {
  Norm norm(NormKind::row, float32, {5, 20});
  norm.forward();
  norm.backward();
  Viewed alone(float32, {20});
  NormBackwardArgs args;
  args.kind = NormKind::row;
  args.grad_y = norm.grad_y.view;
  args.x = norm.x.view;
  args.weight = norm.weight.view;
  args.mean = norm.mean.view;
  args.rstd = norm.rstd.view;
  args.grad_weight = alone.view;
  cpu().norm_backward(args);
  EXPECT_EQ(alone.array.bytes(), norm.grad_weight.array.bytes());
}

TEST(CpuNormTest, NaNStaysInItsChannel) {
  Norm norm(NormKind::channel, float32, {2, 3, 20});
  norm.x.set({1, 1, 4}, std::numeric_limits<double>::quiet_NaN());
  norm.forward();
  for_each_index(norm.y.view.shape,
                 [&](const Dims& i) { EXPECT_EQ(std::isnan(norm.y.at(i)), i[1] == 1); });
}

TEST(CpuNormTest, ThreadsDoNotChangeABit) {
  for (const Shape& shape : {Shape{8, 40, 900}, Shape{40, 2, 5000}, Shape{500, 65, 2}}) {
    Norm norm(NormKind::channel, float32, shape);
    const auto run = [&] {
      norm.forward();
      norm.backward();
    };
    EXPECT_TRUE(same_for_any_threads(
        run, {&norm.y, &norm.mean, &norm.rstd, &norm.grad_x, &norm.grad_weight, &norm.grad_bias}));
  }
  Norm norm(NormKind::row, float32, {700, 300});
  const auto run = [&] {
    norm.forward();
    norm.backward();
  };
  EXPECT_TRUE(same_for_any_threads(
      run, {&norm.y, &norm.mean, &norm.rstd, &norm.grad_x, &norm.grad_weight, &norm.grad_bias}));
}

}  // namespace
}  // namespace ct::test
