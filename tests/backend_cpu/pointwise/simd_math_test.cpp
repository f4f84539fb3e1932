// Accuracy of the vector functions in ulp against double (float32) or long double (float64), over
// dense samples, on every instruction set, and their values at the special points.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "backend_cpu/kernel_harness.hpp"
#include "backend_cpu/simd/pointwise/pointwise_kernels.hpp"
#include "backend_cpu/simd/target_scope.hpp"
#include "support/special_functions.hpp"

namespace ct {
namespace {

using test::Array;

template <class T>
std::vector<T> apply(Opcode op, std::vector<T> a, std::vector<T> b = {}) {
  std::vector<T> out(a.size());
  const auto n = static_cast<int64_t>(a.size());
  const Operand inputs[] = {{a.data(), 0, dtype_of<T>, {1}}, {b.data(), 0, dtype_of<T>, {1}}};
  const Operand output{out.data(), 0, dtype_of<T>, {1}};
  test::cpu().pointwise({.program = program_of(op).get(),
                         .compute = dtype_of<T>,
                         .shape = {n},
                         .inputs = std::span(inputs).first(b.empty() ? 1 : 2),
                         .outputs = std::span(&output, 1),
                         .scalars = {},
                         .random = {}});
  return out;
}

/// Every `step`-th float, both signs, denormals, NaN and infinities included.
std::vector<float> dense_floats(uint64_t step) {
  std::vector<float> values;
  for (uint64_t bits = 0; bits <= 0xffffffffU; bits += step) {
    values.push_back(std::bit_cast<float>(static_cast<uint32_t>(bits)));
  }
  return values;
}

/// Runs `check(kernels, name)` for each instruction set of the machine.
template <class F>
void on_every_instruction_set(F check) {
  for (const int64_t target : cpu::simd_targets()) {
    check(*cpu::pointwise_kernels_of(target), cpu::simd_target_name(target));
  }
}

struct Function {
  const char* name;
  Opcode op;
  long double (*exact)(long double);
  double ulp;            ///< most in float32
  double ulp64;          ///< most in float64
  uint64_t step = 8191;  ///< of the samples
};

constexpr uint64_t kDense = 1021;  // about 4 million samples

long double sigmoid(long double x) { return 1 / (1 + std::exp(-x)); }
long double softplus(long double x) {
  return std::max(x, 0.0L) + std::log1p(std::exp(-std::abs(x)));
}
template <double (*kFunction)(double)>
long double in_double(long double x) {
  return kFunction(static_cast<double>(x));
}
constexpr Function kFunctions[] = {
    {"exp", Opcode::exp, [](long double x) { return std::exp(x); }, 1.0, 1.0, kDense},
    {"exp2", Opcode::exp2, [](long double x) { return std::exp2(x); }, 1.5, 1.5},
    {"expm1", Opcode::expm1, [](long double x) { return std::expm1(x); }, 2.0, 2.0},
    {"log", Opcode::log, [](long double x) { return std::log(x); }, 1.0, 1.0, kDense},
    {"log2", Opcode::log2, [](long double x) { return std::log2(x); }, 0.51, 1.0},
    {"log10", Opcode::log10, [](long double x) { return std::log10(x); }, 0.51, 2.0},
    {"log1p", Opcode::log1p, [](long double x) { return std::log1p(x); }, 2.0, 2.0},
    {"sin", Opcode::sin, [](long double x) { return std::sin(x); }, 2.0, 2.0, kDense},
    {"cos", Opcode::cos, [](long double x) { return std::cos(x); }, 2.0, 2.0, kDense},
    {"tan", Opcode::tan, [](long double x) { return std::tan(x); }, 4.0, 4.0},
    {"asin", Opcode::asin, [](long double x) { return std::asin(x); }, 2.0, 2.0},
    {"acos", Opcode::acos, [](long double x) { return std::acos(x); }, 2.0, 2.0},
    {"atan", Opcode::atan, [](long double x) { return std::atan(x); }, 2.0, 2.0},
    {"sinh", Opcode::sinh, [](long double x) { return std::sinh(x); }, 3.0, 3.0},
    {"cosh", Opcode::cosh, [](long double x) { return std::cosh(x); }, 2.0, 2.0},
    {"tanh", Opcode::tanh, [](long double x) { return std::tanh(x); }, 2.0, 3.0, kDense},
    {"asinh", Opcode::asinh, [](long double x) { return std::asinh(x); }, 4.0, 4.0},
    {"acosh", Opcode::acosh, [](long double x) { return std::acosh(x); }, 4.0, 4.0},
    {"atanh", Opcode::atanh, [](long double x) { return std::atanh(x); }, 4.0, 4.0},
    {"sigmoid", Opcode::sigmoid, sigmoid, 2.5, 2.5},
    {"softplus", Opcode::softplus, softplus, 4.0, 4.0},
    {"erf", Opcode::erf, [](long double x) { return std::erf(x); }, 2.0, 2.0, kDense},
    {"erfc", Opcode::erfc, [](long double x) { return std::erfc(x); }, 8.0, 2.0},
    {"erfinv", Opcode::erfinv, in_double<test::erfinv>, 5.0, 4.0, 65521},
    {"sqrt", Opcode::sqrt, [](long double x) { return std::sqrt(x); }, 0.5, 0.5},
    {"rsqrt", Opcode::rsqrt, [](long double x) { return 1 / std::sqrt(x); }, 1.5, 1.5},
    {"reciprocal", Opcode::reciprocal, [](long double x) { return 1 / x; }, 0.5, 0.5},
};

class SimdMath : public ::testing::TestWithParam<Function> {};

TEST_P(SimdMath, IsAccurateOverAllFloatsOnEveryInstructionSet) {
  const Function& f = GetParam();
  const auto x = dense_floats(f.step);
  std::vector<double> exact;
  exact.reserve(x.size());
  for (const float v : x) {
    exact.push_back(static_cast<double>(f.exact(static_cast<long double>(v))));
  }
  std::vector<float> y(x.size());
  on_every_instruction_set([&](const cpu::PointwiseKernels& kernels, const char* set) {
    kernels.op[0][static_cast<int>(f.op)][0](x.data(), x.data(), x.data(), y.data(),
                                             static_cast<int64_t>(x.size()));
    double worst = 0;
    float worst_x = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      const double error = test::ulp_distance(y[i], exact[i]);
      if (error > worst) {
        worst = error;
        worst_x = x[i];
      }
    }
    EXPECT_LE(worst, f.ulp) << f.name << "(" << worst_x << ") on " << set;
    RecordProperty(std::string("worst_ulp_") + set, std::to_string(worst));
  });
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
  for (const Opcode op : {Opcode::expm1, Opcode::log1p, Opcode::sin, Opcode::tan, Opcode::asin,
                          Opcode::atan, Opcode::sinh, Opcode::tanh, Opcode::asinh, Opcode::atanh,
                          Opcode::erf, Opcode::erfinv, Opcode::sqrt}) {
    const auto y = apply<float>(op, {-0.0F, 0.0F});
    EXPECT_TRUE(std::signbit(y[0])) << static_cast<int>(op);
    EXPECT_FALSE(std::signbit(y[1])) << static_cast<int>(op);
  }
}

/// Worst error of a function of two numbers on every instruction set.
void expect_accurate(Opcode op, const std::vector<float>& x, const std::vector<float>& y,
                     double (*exact)(double, double), double most) {
  std::vector<float> z(x.size());
  on_every_instruction_set([&](const cpu::PointwiseKernels& kernels, const char* set) {
    kernels.op[0][static_cast<int>(op)][0](x.data(), y.data(), x.data(), z.data(),
                                           static_cast<int64_t>(x.size()));
    double worst = 0;
    size_t at = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      const double error =
          test::ulp_distance(z[i], exact(static_cast<double>(x[i]), static_cast<double>(y[i])));
      if (error > worst) {
        worst = error;
        at = i;
      }
    }
    EXPECT_LE(worst, most) << info(op).name << "(" << x[at] << ", " << y[at] << ") = " << z[at]
                           << " on " << set;
  });
}

TEST(SimdMath, PowIsAccurate) {
  std::vector<float> x;
  std::vector<float> y;
  std::mt19937 random(3);
  std::uniform_real_distribution<float> log_x(-149, 128);
  std::uniform_real_distribution<float> any_y(-3, 3);
  std::uniform_int_distribution<int> whole(-40, 40);
  for (int i = 0; i < 600000; ++i) {
    const float magnitude = std::exp2(i % 4 == 0 ? log_x(random) / 50 : log_x(random));
    x.push_back(i % 3 == 0 ? -magnitude : magnitude);
    y.push_back(i % 2 == 0 ? any_y(random) : static_cast<float>(whole(random)));
  }
  // Any two floats, bit by bit: mostly overflow, underflow and NaN.
  for (int i = 0; i < 200000; ++i) {
    x.push_back(std::bit_cast<float>(static_cast<uint32_t>(random())));
    y.push_back(std::bit_cast<float>(static_cast<uint32_t>(random())));
  }
  expect_accurate(
      Opcode::pow, x, y, [](double a, double b) { return std::pow(a, b); }, 1.0);
}

TEST(SimdMath, FunctionsOfTwoNumbersAreAccurate) {
  std::vector<float> x;
  std::vector<float> y;
  std::mt19937 random(4);
  std::uniform_real_distribution<float> near(-3, 3);
  for (int i = 0; i < 300000; ++i) {
    const bool any = i % 3 == 0;
    x.push_back(any ? std::bit_cast<float>(static_cast<uint32_t>(random())) : near(random));
    y.push_back(any ? std::bit_cast<float>(static_cast<uint32_t>(random())) : near(random));
  }
  expect_accurate(
      Opcode::atan2, x, y, [](double a, double b) { return std::atan2(a, b); }, 3.0);
  expect_accurate(
      Opcode::hypot, x, y, [](double a, double b) { return std::hypot(a, b); }, 1.5);
  expect_accurate(
      Opcode::fmod, x, y, [](double a, double b) { return std::fmod(a, b); }, 0.0);
  // From here the remainder itself is rounded, and so may be the quotient.
  expect_accurate(Opcode::remainder, x, y, test::remainder, 0.5);
  expect_accurate(
      Opcode::floor_divide, x, y,
      [](double a, double b) {
        const auto p = static_cast<float>(a), q = static_cast<float>(b);
        if (q == 0) return static_cast<double>(p / q);
        float r = std::fmod(p, q), quotient = (p - r) / q;
        if (r != 0 && std::signbit(r) != std::signbit(q)) quotient -= 1;
        const float whole = std::floor(quotient);
        return static_cast<double>(quotient - whole > 0.5F ? whole + 1 : whole);
      },
      0.0);
}

TEST(SimdMath, RemaindersOfDoublesAreExactOnEveryInstructionSet) {
  std::vector<double> x;
  std::vector<double> y;
  std::mt19937_64 random(6);
  std::uniform_real_distribution<double> near(-3, 3);
  std::uniform_int_distribution<int> exponent(-60, 60);
  for (int i = 0; i < 100000; ++i) {
    const double b = near(random);
    // Also multiples, and what lies just beside one.
    double a = i % 4 == 0 ? std::round(near(random) * 1e6) * b : near(random);
    if (i % 8 == 0) a = std::nextafter(a, i % 16 == 0 ? 1e300 : -1e300);
    x.push_back(std::ldexp(a, i % 3 == 0 ? exponent(random) : 0));
    y.push_back(b);
  }
  for (int i = 0; i < 100000; ++i) {  // any two doubles
    x.push_back(std::bit_cast<double>(random()));
    y.push_back(std::bit_cast<double>(random()));
  }
  for (const double v : {0.0, -0.0, 1e308, -1e308, 5e-324, -5e-324, 1e-310}) {
    x.push_back(v);
    y.push_back(3e-324);
    x.push_back(1);
    y.push_back(v);
  }
  std::vector<double> z(x.size());
  on_every_instruction_set([&](const cpu::PointwiseKernels& kernels, const char* set) {
    kernels.op[1][static_cast<int>(Opcode::fmod)][0](x.data(), y.data(), x.data(), z.data(),
                                                     static_cast<int64_t>(x.size()));
    for (size_t i = 0; i < x.size(); ++i) {
      const double exact = std::fmod(x[i], y[i]);
      ASSERT_TRUE(z[i] == exact || (std::isnan(z[i]) && std::isnan(exact)))
          << "fmod(" << x[i] << ", " << y[i] << ") = " << z[i] << ", not " << exact << " on "
          << set;
      ASSERT_TRUE(std::isnan(exact) || std::signbit(z[i]) == std::signbit(exact)) << x[i];
    }
  });
}

TEST(SimdMath, GammaFunctionsAreAccurate) {
  std::vector<float> x;
  std::mt19937 random(5);
  std::uniform_real_distribution<float> near(-6, 20);
  for (int i = 0; i < 3000; ++i) x.push_back(near(random));
  for (const float v : {1e-30F, -1e-30F, 1e5F, 1e30F, 0.5F, 1.4616321F}) x.push_back(v);
  const auto check = [&](Opcode op, double (*exact)(double)) {
    const auto y = apply(op, x);
    for (size_t i = 0; i < x.size(); ++i) {
      EXPECT_LE(test::ulp_distance(y[i], exact(static_cast<double>(x[i]))), 0.6)
          << info(op).name << "(" << x[i] << ") = " << y[i];
    }
  };
  check(Opcode::lgamma, [](double v) { return std::lgamma(v); });
  check(Opcode::digamma, test::digamma);
  for (const float order : {1.0F, 2.0F, 3.0F, 6.0F}) {
    const auto y = apply(Opcode::polygamma, std::vector<float>(x.size(), order), x);
    for (size_t i = 0; i < x.size(); ++i) {
      const double exact = test::polygamma(static_cast<double>(order), static_cast<double>(x[i]));
      EXPECT_LE(test::ulp_distance(y[i], exact), 0.6) << order << ", " << x[i];
    }
  }
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
