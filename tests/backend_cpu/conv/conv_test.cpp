// The CPU's convolutions against their definition. The operands are small integers, for which every
// order of summation is exact: results must be equal, not just close. (Winograd's algorithm rounds:
// conv_winograd_test.cpp.)
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "backend_cpu/view_builder.hpp"

namespace ct::test {
namespace {

struct Setting {
  int64_t n = 1, c = 1, h = 1, w = 1, o = 1;  // channels of one group
  std::array<int64_t, 2> kernel{1, 1}, stride{1, 1}, padding{0, 0}, dilation{1, 1};
  int64_t groups = 1;

  int64_t out(int axis) const {
    const auto i = static_cast<size_t>(axis);
    const int64_t size = axis == 0 ? h : w;
    const int64_t span = size + 2 * padding[i] - dilation[i] * (kernel[i] - 1) - 1;
    return span < 0 ? 0 : span / stride[i] + 1;
  }
  Shape x() const { return {n, c * groups, h, w}; }
  Shape weight() const { return {o * groups, c, kernel[0], kernel[1]}; }
  Shape y() const { return {n, o * groups, out(0), out(1)}; }
};

std::ostream& operator<<(std::ostream& out, const Setting& s) {
  return out << "x " << s.x() << " w " << s.weight() << " stride " << s.stride[0] << ","
             << s.stride[1] << " padding " << s.padding[0] << "," << s.padding[1] << " dilation "
             << s.dilation[0] << "," << s.dilation[1] << " groups " << s.groups;
}

struct Case {
  Setting s;
  Viewed x, w, y, bias;
  ConvArgs args;

  Case(const Setting& setting, DType dtype)
      : s(setting),
        x(dtype, s.x()),
        w(dtype, s.weight()),
        y(dtype, s.y()),
        bias(dtype, {s.o * s.groups}) {
    init();
  }
  Case(const Setting& setting, DType dtype, std::mt19937& random)
      : s(setting),
        x(dtype, s.x(), random_layout(s.x(), random, false)),
        w(dtype, s.weight(), random_layout(s.weight(), random, false)),
        y(dtype, s.y(), random_layout(s.y(), random, false)),
        bias(dtype, {s.o * s.groups}) {
    init();
  }
  Case(const Case&) = delete;

  void init() {
    std::mt19937 random(1);
    for (Viewed* v : {&x, &w, &y, &bias}) v->array.fill_small(random, -2, 2);
    args.x = x.view;
    args.w = w.view;
    args.y = y.view;
    args.bias = bias.view;
    args.stride = s.stride;
    args.padding = s.padding;
    args.dilation = s.dilation;
    args.groups = s.groups;
  }

  /// Calls fn(index in x, index in w, index in y) for every product of the definition.
  template <class F>
  void for_each_product(F&& fn) const {
    for_each_index(s.y(), [&](const Dims& at) {
      const int64_t group = at[1] / s.o;
      for (int64_t c = 0; c < s.c; ++c) {
        for (int64_t p = 0; p < s.kernel[0]; ++p) {
          const int64_t h = at[2] * s.stride[0] - s.padding[0] + p * s.dilation[0];
          for (int64_t q = 0; q < s.kernel[1]; ++q) {
            const int64_t v = at[3] * s.stride[1] - s.padding[1] + q * s.dilation[1];
            if (h < 0 || h >= s.h || v < 0 || v >= s.w) continue;
            fn(Dims{at[0], group * s.c + c, h, v}, Dims{at[1], c, p, q}, at);
          }
        }
      }
    });
  }

  /// Compares `result` with `sums`; they may differ by `slack`, relative to 1 + |sum|.
  void compare(Viewed& result, const std::vector<double>& sums, const char* what,
               double slack = 0) const {
    Array stored(result.view.dtype, 1);
    int64_t i = 0, wrong = 0;
    for_each_index(result.view.shape, [&](const Dims& index) {
      stored.set(0, sums[static_cast<size_t>(i++)]);
      const double allowed = slack * (1 + std::abs(stored.get(0)));
      if (!(std::abs(result.at(index) - stored.get(0)) <= allowed) && ++wrong <= 3) {
        ADD_FAILURE() << what << ", " << name(result.view.dtype) << ", " << s << " at "
                      << to_string(index) << ": " << result.at(index) << " is not "
                      << stored.get(0);
      }
    });
  }

  static std::vector<double> zeros(const Shape& shape) {
    return std::vector<double>(static_cast<size_t>(numel(shape)));
  }
  static size_t flat(const Dims& index, const Shape& shape) {
    return static_cast<size_t>(place_of(index, contiguous_strides(shape), 0));
  }

  std::vector<double> expected_forward(bool with_bias = true) const {
    std::vector<double> sums = zeros(s.y());
    for_each_index(s.y(), [&](const Dims& at) {
      sums[flat(at, s.y())] = with_bias ? bias.array.get(at[1]) : 0;
    });
    for_each_product([&](const Dims& in_x, const Dims& in_w, const Dims& in_y) {
      sums[flat(in_y, s.y())] += x.at(in_x) * w.at(in_w);
    });
    return sums;
  }
  void check_forward() {
    cpu().conv_forward(args);
    compare(y, expected_forward(), "forward");
  }
  void check_grad_input() {
    std::vector<double> sums = zeros(s.x());
    for_each_product([&](const Dims& in_x, const Dims& in_w, const Dims& in_y) {
      sums[flat(in_x, s.x())] += y.at(in_y) * w.at(in_w);
    });
    cpu().conv_grad_input(args);
    compare(x, sums, "grad_input");
  }
  void check_grad_weight() {
    std::vector<double> sums = zeros(s.weight());
    for_each_product([&](const Dims& in_x, const Dims& in_w, const Dims& in_y) {
      sums[flat(in_w, s.weight())] += y.at(in_y) * x.at(in_x);
    });
    cpu().conv_grad_weight(args);
    compare(w, sums, "grad_weight");
  }
};

/// Each gradient overwrites an operand: a fresh case for every check.
void check_all(const Setting& setting, DType dtype = float32) {
  if (setting.out(0) < 1 || setting.out(1) < 1) return;
  Case(setting, dtype).check_forward();
  Case(setting, dtype).check_grad_input();
  Case(setting, dtype).check_grad_weight();
}

TEST(Conv, EqualsItsDefinitionForEveryStridePaddingAndDilation) {
  for (const int64_t stride : {1, 2, 3}) {
    for (const int64_t padding : {0, 1, 2}) {
      for (const int64_t dilation : {1, 2}) {
        for (const int64_t kernel : {1, 2, 3, 5}) {
          check_all({.n = 2,
                     .c = 3,
                     .h = 11,
                     .w = 13,
                     .o = 5,
                     .kernel = {kernel, kernel},
                     .stride = {stride, stride},
                     .padding = {padding, padding},
                     .dilation = {dilation, dilation}});
        }
      }
    }
  }
}

TEST(Conv, TakesDifferentSettingsForBothAxes) {
  std::mt19937 random(2);
  const auto pick = [&](int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random);
  };
  for (int i = 0; i < 150; ++i) {
    check_all({.n = pick(1, 4),
               .c = pick(1, 6),
               .h = pick(1, 17),
               .w = pick(1, 20),
               .o = pick(1, 15),
               .kernel = {pick(1, 5), pick(1, 4)},
               .stride = {pick(1, 3), pick(1, 3)},
               .padding = {pick(0, 3), pick(0, 3)},
               .dilation = {pick(1, 3), pick(1, 2)},
               .groups = pick(0, 2) == 0 ? pick(2, 3) : 1},
              i % 4 == 0 ? float64 : float32);
  }
}

TEST(Conv, EqualsItsDefinitionForTheShapesOfRealNets) {
  const Setting settings[] = {
      {.n = 3, .c = 64, .h = 8, .w = 8, .o = 30, .kernel = {3, 3}, .padding = {1, 1}},
      {.n = 17, .c = 33, .h = 4, .w = 4, .o = 37, .kernel = {3, 3}, .padding = {1, 1}},
      {.n = 1, .c = 70, .h = 13, .w = 56, .o = 13, .kernel = {3, 3}, .padding = {1, 1}},
      {.n = 5,
       .c = 130,
       .h = 7,
       .w = 7,
       .o = 14,
       .kernel = {3, 3},
       .stride = {2, 2},
       .padding = {1, 1}},
      {.n = 20, .c = 40, .h = 7, .w = 7, .o = 30},
      {.n = 1, .c = 300, .h = 20, .w = 20, .o = 14},
      {.n = 2, .c = 30, .h = 16, .w = 16, .o = 130, .stride = {2, 2}},
      {.n = 5, .c = 1, .h = 28, .w = 28, .o = 14, .kernel = {5, 5}, .padding = {2, 2}},
      {.n = 3, .c = 14, .h = 28, .w = 28, .o = 1, .kernel = {5, 5}, .padding = {2, 2}},
      {.n = 2,
       .c = 3,
       .h = 40,
       .w = 40,
       .o = 12,
       .kernel = {7, 7},
       .stride = {2, 2},
       .padding = {3, 3}},
      {.n = 2, .c = 2, .h = 9, .w = 300, .o = 3, .kernel = {1, 31}, .padding = {0, 15}},
  };
  for (const Setting& setting : settings) check_all(setting);
}

TEST(Conv, WorksDepthwise) {
  for (const int64_t multiplier : {1, 2, 4}) {
    for (const int64_t stride : {1, 2}) {
      for (const int64_t kernel : {1, 3, 5}) {
        for (const int64_t width : {1, 6, 28, 35}) {
          check_all({.n = 3,
                     .c = 1,
                     .h = 9,
                     .w = width,
                     .o = multiplier,
                     .kernel = {kernel, kernel},
                     .stride = {stride, stride},
                     .padding = {kernel / 2, kernel / 2},
                     .groups = 5});
        }
      }
    }
  }
  check_all({.n = 2,
             .c = 1,
             .h = 14,
             .w = 14,
             .o = 1,
             .kernel = {3, 3},
             .padding = {2, 2},
             .dilation = {2, 2},
             .groups = 40},
            float64);
}

TEST(Conv, WorksForEveryDType) {
  for (const DType dtype : kAllDTypes) {
    check_all({.n = 2,
               .c = 4,
               .h = 7,
               .w = 6,
               .o = 5,
               .kernel = {3, 2},
               .stride = {2, 1},
               .padding = {1, 1},
               .groups = 2},
              dtype);
    check_all(
        {.n = 2, .c = 1, .h = 7, .w = 6, .o = 1, .kernel = {3, 3}, .padding = {1, 1}, .groups = 3},
        dtype);
  }
}

TEST(Conv, ReadsAndWritesAnyStrides) {
  std::mt19937 random(4);
  const Setting setting{
      .n = 3, .c = 4, .h = 9, .w = 8, .o = 5, .kernel = {3, 3}, .padding = {1, 1}};
  for (int i = 0; i < 20; ++i) {
    Case(setting, float32, random).check_forward();
    Case(setting, float32, random).check_grad_input();
    Case(setting, float32, random).check_grad_weight();
  }
}

TEST(Conv, WorksWithoutBias) {
  Case c({.n = 2, .c = 3, .h = 6, .w = 6, .o = 4, .kernel = {3, 3}}, float32);
  c.args.bias = {};
  cpu().conv_forward(c.args);
  c.compare(c.y, c.expected_forward(false), "forward");
}

TEST(Conv, RunsTheEpilogueOnEveryElementOnce) {
  PointwiseBuilder builder("relu_residual", 2);
  builder.output(builder.apply(Opcode::relu, builder.input(0)) * 2.0 + builder.input(1));
  const ProgramPtr program = builder.build();
  const Setting settings[] = {
      {.n = 5, .c = 30, .h = 7, .w = 7, .o = 40, .kernel = {3, 3}, .padding = {1, 1}},
      {.n = 2, .c = 16, .h = 40, .w = 40, .o = 16, .kernel = {3, 3}, .padding = {1, 1}},
      {.n = 2, .c = 4, .h = 9, .w = 9, .o = 6, .kernel = {3, 3}, .groups = 2},
      {.n = 2, .c = 1, .h = 9, .w = 9, .o = 1, .kernel = {3, 3}, .groups = 8},
  };
  for (const Setting& setting : settings) {
    for (const DType dtype : {float32, bfloat16, int32}) {
      Case c(setting, dtype);
      Viewed residual(dtype, setting.y(), {{0, 1, 0, 0}, 0, setting.o * setting.groups});
      std::mt19937 random(9);
      residual.array.fill_small(random);
      c.args.epilogue.program = program.get();
      c.args.epilogue.inputs = {&residual.view, 1};
      std::vector<double> sums = c.expected_forward();
      size_t i = 0;
      for_each_index(setting.y(), [&](const Dims& index) {
        sums[i] = std::max(sums[i], 0.0) * 2 + residual.at(index);
        ++i;
      });
      cpu().conv_forward(c.args);
      // The second setting runs by Winograd's algorithm, which rounds; of bfloat16 the last bit may
      // differ then. Twice or not at all would be off by far more.
      const bool rounds = setting.h == 40 && dtype != int32;
      c.compare(c.y, sums, "forward with epilogue",
                rounds ? (dtype == bfloat16 ? 0.01 : 1e-4) : 0.0);
    }
  }
}

TEST(Conv, OfNoImagesWritesZeroGradient) {
  Case c({.n = 0, .c = 2, .h = 5, .w = 5, .o = 3, .kernel = {3, 3}}, float32);
  cpu().conv_forward(c.args);
  cpu().conv_grad_input(c.args);
  cpu().conv_grad_weight(c.args);
  for (int64_t i = 0; i < c.w.array.size(); ++i) EXPECT_EQ(c.w.array.get(i), 0);
}

TEST(Conv, IsBitwiseEqualForAnyNumberOfThreads) {
  const Setting settings[] = {
      {.n = 6, .c = 64, .h = 8, .w = 8, .o = 96, .kernel = {3, 3}, .padding = {1, 1}},
      {.n = 3,
       .c = 32,
       .h = 28,
       .w = 28,
       .o = 32,
       .kernel = {3, 3},
       .stride = {2, 2},
       .padding = {1, 1}},
      {.n = 8, .c = 1, .h = 28, .w = 28, .o = 32, .kernel = {5, 5}},
      {.n = 8, .c = 1, .h = 14, .w = 14, .o = 1, .kernel = {3, 3}, .groups = 16},
  };
  for (const Setting& setting : settings) {
    Case c(setting, float32);
    c.x.fill(1, 0.3);
    c.w.fill(2, 0.7);
    c.y.fill(3, 1.1);
    EXPECT_TRUE(same_for_any_threads([&] { cpu().conv_grad_weight(c.args); }, {&c.w})) << setting;
    EXPECT_TRUE(same_for_any_threads([&] { cpu().conv_grad_input(c.args); }, {&c.x})) << setting;
    EXPECT_TRUE(same_for_any_threads([&] { cpu().conv_forward(c.args); }, {&c.y})) << setting;
  }
}

}  // namespace
}  // namespace ct::test
