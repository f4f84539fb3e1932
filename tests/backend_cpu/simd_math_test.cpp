// Accuracy of the vector functions in ulp against double (float32) or long double (float64), over
// dense samples, and their values at the special points.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "backend_cpu/kernel_harness.hpp"

namespace ct {
namespace {

using test::Array;
using test::cpu;

template <class T>
std::vector<T> apply(Opcode op, std::vector<T> a, std::vector<T> b = {}) {
  std::vector<T> out(a.size());
  const auto n = static_cast<int64_t>(a.size());
  const Operand inputs[] = {{a.data(), 0, dtype_of<T>, {1}}, {b.data(), 0, dtype_of<T>, {1}}};
  const Operand output{out.data(), 0, dtype_of<T>, {1}};
  cpu().pointwise({.program = program_of(op).get(),
                   .compute = dtype_of<T>,
                   .shape = {n},
                   .inputs = std::span(inputs).first(b.empty() ? 1 : 2),
                   .outputs = std::span(&output, 1),
                   .scalars = {},
                   .random = {}});
  return out;
}

/// Every 1021st float, both signs, NaN and infinities included; about 4 million.
std::vector<float> dense_floats() {
  std::vector<float> values;
  for (uint64_t bits = 0; bits <= 0xffffffffU; bits += 1021) {
    values.push_back(std::bit_cast<float>(static_cast<uint32_t>(bits)));
  }
  return values;
}

struct Function {
  const char* name;
  Opcode op;
  long double (*exact)(long double);
  double ulp;    ///< most in float32
  double ulp64;  ///< most in float64
};

long double sigmoid(long double x) { return 1 / (1 + std::exp(-x)); }
constexpr Function kFunctions[] = {
    {"exp", Opcode::exp, [](long double x) { return std::exp(x); }, 1.0, 1.0},
    {"expm1", Opcode::expm1, [](long double x) { return std::expm1(x); }, 2.0, 2.0},
    {"log", Opcode::log, [](long double x) { return std::log(x); }, 1.0, 1.0},
    {"log1p", Opcode::log1p, [](long double x) { return std::log1p(x); }, 2.0, 2.0},
    {"sin", Opcode::sin, [](long double x) { return std::sin(x); }, 2.0, 2.0},
    {"cos", Opcode::cos, [](long double x) { return std::cos(x); }, 2.0, 2.0},
    {"tanh", Opcode::tanh, [](long double x) { return std::tanh(x); }, 2.0, 3.0},
    {"sigmoid", Opcode::sigmoid, sigmoid, 2.5, 2.5},
    {"erf", Opcode::erf, [](long double x) { return std::erf(x); }, 2.0, 2.0},
    {"sqrt", Opcode::sqrt, [](long double x) { return std::sqrt(x); }, 0.5, 0.5},
    {"rsqrt", Opcode::rsqrt, [](long double x) { return 1 / std::sqrt(x); }, 1.5, 1.5},
    {"reciprocal", Opcode::reciprocal, [](long double x) { return 1 / x; }, 0.5, 0.5},
};

class SimdMath : public ::testing::TestWithParam<Function> {};

TEST_P(SimdMath, IsAccurateOverAllFloats) {
  const Function& f = GetParam();
  const auto x = dense_floats();
  const auto y = apply(f.op, x);
  double worst = 0;
  float worst_x = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    // double libm is exact enough, and quicker than long double.
    const double error =
        test::ulp_distance(y[i], static_cast<double>(f.exact(static_cast<long double>(x[i]))));
    if (error > worst) {
      worst = error;
      worst_x = x[i];
    }
  }
  EXPECT_LE(worst, f.ulp) << f.name << "(" << worst_x << ")";
  RecordProperty("worst_ulp", std::to_string(worst));
}

TEST_P(SimdMath, IsAccurateInDouble) {
  const Function& f = GetParam();
  std::vector<double> x = {0.0,
                           -0.0,
                           1.0,
                           -1.0,
                           5e-324,
                           -5e-324,
                           1e-310,
                           1e308,
                           -1e308,
                           std::numeric_limits<double>::infinity(),
                           -std::numeric_limits<double>::infinity(),
                           std::numeric_limits<double>::quiet_NaN()};
  std::mt19937_64 random(7);
  for (const double range : {1e-8, 1e-3, 1.0, 10.0, 100.0, 800.0, 1e5, 1e12}) {
    std::uniform_real_distribution<double> any(-range, range);
    for (int i = 0; i < 20000; ++i) x.push_back(any(random));
  }
  const auto y = apply(f.op, x);
  double worst = 0;
  double worst_x = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const long double exact = f.exact(static_cast<long double>(x[i]));
    const double error = test::ulp_distance(y[i], static_cast<double>(exact));
    if (error > worst) {
      worst = error;
      worst_x = x[i];
    }
  }
  EXPECT_LE(worst, f.ulp64 + 0.5) << f.name << "(" << worst_x << ")";  // 0.5: `exact` is rounded
}

INSTANTIATE_TEST_SUITE_P(Functions, SimdMath, ::testing::ValuesIn(kFunctions),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(SimdMath, OddFunctionsKeepTheSignOfZero) {
  for (const Opcode op :
       {Opcode::expm1, Opcode::log1p, Opcode::sin, Opcode::tanh, Opcode::erf, Opcode::sqrt}) {
    const auto y = apply<float>(op, {-0.0F, 0.0F});
    EXPECT_TRUE(std::signbit(y[0])) << static_cast<int>(op);
    EXPECT_FALSE(std::signbit(y[1])) << static_cast<int>(op);
  }
}

TEST(SimdMath, PowIsAccurate) {
  std::vector<float> x;
  std::vector<float> y;
  std::mt19937 random(3);
  std::uniform_real_distribution<float> log_x(-100, 100);
  std::uniform_real_distribution<float> any_y(-3, 3);
  std::uniform_int_distribution<int> whole(-12, 12);
  for (int i = 0; i < 300000; ++i) {
    const float magnitude = std::exp2(log_x(random));
    x.push_back(i % 3 == 0 ? -magnitude : magnitude);
    y.push_back(i % 2 == 0 ? any_y(random) : static_cast<float>(whole(random)));
  }
  const auto z = apply(Opcode::pow, x, y);
  double worst = 0;
  size_t at = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double error =
        test::ulp_distance(z[i], std::pow(static_cast<double>(x[i]), static_cast<double>(y[i])));
    if (error > worst) {
      worst = error;
      at = i;
    }
  }
  EXPECT_LE(worst, 2.0) << "pow(" << x[at] << ", " << y[at] << ") = " << z[at];
}

template <class T>
void check_special_powers() {
  const T infinity = std::numeric_limits<T>::infinity();
  const T nan = std::numeric_limits<T>::quiet_NaN();
  const T values[] = {T(0),     T(-0.0),   T(1),   T(-1),   T(2),    T(-2),
                      T(3),     T(-3),     T(0.5), T(-0.5), T(2.5),  T(-2.5),
                      infinity, -infinity, nan,    T(1e30), T(-1e30)};
  std::vector<T> x;
  std::vector<T> y;
  for (const T a : values) {
    for (const T b : values) {
      x.push_back(a);
      y.push_back(b);
    }
  }
  const auto z = apply(Opcode::pow, x, y);
  for (size_t i = 0; i < x.size(); ++i) {
    const T expected = std::pow(x[i], y[i]);
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(z[i])) << x[i] << "^" << y[i] << " = " << z[i];
    } else {
      EXPECT_EQ(z[i], expected) << x[i] << "^" << y[i];
      EXPECT_EQ(std::signbit(z[i]), std::signbit(expected)) << x[i] << "^" << y[i];
    }
  }
}
TEST(SimdMath, PowOfSpecialValuesIsThatOfStd) {
  check_special_powers<float>();
  check_special_powers<double>();
}

TEST(SimdMath, HugeAnglesAreReducedExactly) {
  const std::vector<float> x = {1e6F, -1.5e7F, 3.3e20F, 3.4e38F, 355.0F, 1e5F};
  const auto s = apply(Opcode::sin, x);
  const auto c = apply(Opcode::cos, x);
  for (size_t i = 0; i < x.size(); ++i) {
    EXPECT_LE(test::ulp_distance(s[i], std::sin(static_cast<double>(x[i]))), 2.0) << x[i];
    EXPECT_LE(test::ulp_distance(c[i], std::cos(static_cast<double>(x[i]))), 2.0) << x[i];
  }
}

}  // namespace
}  // namespace ct
