// Every opcode on the CPU in every compute type, with vector and scalar operands in all
// combinations, at ordinary and special values.
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "backend_cpu/kernel_harness.hpp"
#include "support/special_functions.hpp"

namespace ct {
namespace {

using test::Array;
using test::run;
using test::whole;

/// What an opcode means, in double (exact for the values used here).
double meaning(Opcode op, double a, double b, double c, bool integers) {
  const auto truth = [](bool t) { return t ? 1.0 : 0.0; };
  switch (op) {
    case Opcode::copy:
      return a;
    case Opcode::neg:
      return -a;
    case Opcode::abs:
      return std::abs(a);
    case Opcode::sign:
      return truth(a > 0) - truth(a < 0);
    case Opcode::square:
      return a * a;
    case Opcode::sqrt:
      return std::sqrt(a);
    case Opcode::rsqrt:
      return 1 / std::sqrt(a);
    case Opcode::reciprocal:
      return 1 / a;
    case Opcode::exp:
      return std::exp(a);
    case Opcode::exp2:
      return std::exp2(a);
    case Opcode::expm1:
      return std::expm1(a);
    case Opcode::log:
      return std::log(a);
    case Opcode::log2:
      return std::log2(a);
    case Opcode::log10:
      return std::log10(a);
    case Opcode::log1p:
      return std::log1p(a);
    case Opcode::sin:
      return std::sin(a);
    case Opcode::cos:
      return std::cos(a);
    case Opcode::tan:
      return std::tan(a);
    case Opcode::asin:
      return std::asin(a);
    case Opcode::acos:
      return std::acos(a);
    case Opcode::atan:
      return std::atan(a);
    case Opcode::sinh:
      return std::sinh(a);
    case Opcode::cosh:
      return std::cosh(a);
    case Opcode::tanh:
      return std::tanh(a);
    case Opcode::asinh:
      return std::asinh(a);
    case Opcode::acosh:
      return std::acosh(a);
    case Opcode::atanh:
      return std::atanh(a);
    case Opcode::sigmoid:
      return 1 / (1 + std::exp(-a));
    case Opcode::softplus:
      return (a <= 0 ? 0 : a) + std::log1p(std::exp(-std::abs(a)));
    case Opcode::erf:
      return std::erf(a);
    case Opcode::erfc:
      return std::erfc(a);
    case Opcode::erfinv:
      return test::erfinv(a);
    case Opcode::lgamma:
      return std::lgamma(a);
    case Opcode::digamma:
      return test::digamma(a);
    case Opcode::relu:
      return a < 0 ? 0 : a;
    case Opcode::floor:
      return std::floor(a);
    case Opcode::ceil:
      return std::ceil(a);
    case Opcode::round:
      return std::nearbyint(a);
    case Opcode::trunc:
      return std::trunc(a);
    case Opcode::is_nan:
      return truth(std::isnan(a));
    case Opcode::is_finite:
      return truth(std::isfinite(a));
    case Opcode::logical_not:
      return truth(a == 0);
    case Opcode::bitwise_not:
      return static_cast<double>(~static_cast<int64_t>(a));
    case Opcode::add:
      return a + b;
    case Opcode::sub:
      return a - b;
    case Opcode::mul:
      return a * b;
    case Opcode::div:
      return !integers ? a / b : b == 0 ? 0 : std::trunc(a / b);
    case Opcode::floor_divide:
      return !integers ? test::floor_divide(a, b) : b == 0 ? 0 : std::floor(a / b);
    case Opcode::fmod:
      return integers && b == 0 ? a : std::fmod(a, b);
    case Opcode::remainder:
      return integers && b == 0 ? a : test::remainder(a, b);
    case Opcode::pow:
      if (integers && b < 0) return a == 0 ? 0 : std::trunc(std::pow(a, b));
      return std::pow(a, b);
    case Opcode::atan2:
      return std::atan2(a, b);
    case Opcode::hypot:
      return std::hypot(a, b);
    case Opcode::polygamma:
      return test::polygamma(a, b);
    case Opcode::maximum:
      return std::isnan(a) || a > b ? a : b;
    case Opcode::minimum:
      return std::isnan(a) || a < b ? a : b;
    case Opcode::eq:
      return truth(a == b);
    case Opcode::ne:
      return truth(a != b);
    case Opcode::lt:
      return truth(a < b);
    case Opcode::le:
      return truth(a <= b);
    case Opcode::gt:
      return truth(a > b);
    case Opcode::ge:
      return truth(a >= b);
    case Opcode::logical_and:
      return truth(a != 0 && b != 0);
    case Opcode::logical_or:
      return truth(a != 0 || b != 0);
    case Opcode::bitwise_and:
      return static_cast<double>(static_cast<int64_t>(a) & static_cast<int64_t>(b));
    case Opcode::bitwise_or:
      return static_cast<double>(static_cast<int64_t>(a) | static_cast<int64_t>(b));
    case Opcode::bitwise_xor:
      return static_cast<double>(static_cast<int64_t>(a) ^ static_cast<int64_t>(b));
    case Opcode::shift_left:
      return b < 0 ? 0 : a * std::exp2(b);
    case Opcode::shift_right:
      return b < 0 ? std::floor(a / 1e18) : std::floor(a / std::exp2(b));
    case Opcode::fma:
      return a * b + c;
    case Opcode::select:
      return a != 0 ? b : c;
    default:
      return 0;
  }
}

/// Values that meet every branch; all triples of them.
void fill_triples(Array& a, Array& b, Array& c, const std::vector<double>& values) {
  int64_t i = 0;
  for (const double x : values) {
    for (const double y : values) {
      for (const double z : values) {
        a.set(i, x);
        b.set(i, y);
        c.set(i++, z);
      }
    }
  }
}

void expect_close(Opcode op, DType compute, double actual, double expected,
                  const std::string& what) {
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(actual)) << what << " = " << actual;
  } else if (std::isinf(expected) || !is_floating(compute)) {
    EXPECT_EQ(actual, expected) << what;
  } else {
    // Near its root digamma is a difference of numbers about 1.
    const bool rooted = op == Opcode::digamma || op == Opcode::polygamma;
    const double tolerance = compute == float32 ? 4e-7 : rooted ? 2e-14 : 1e-15;
    EXPECT_NEAR(actual, expected, tolerance * std::abs(expected)) << what;
  }
}

class EveryOpcode : public ::testing::TestWithParam<DType> {};

TEST_P(EveryOpcode, MatchesItsMeaningWithVectorAndScalarOperands) {
  const DType compute = GetParam();
  const bool integers = !is_floating(compute);
  const double inf = std::numeric_limits<double>::infinity();
  const std::vector<double> values =
      integers ? std::vector<double>{0, 1, -1, 2, -2, 3, 7, -8}
               : std::vector<double>{0,   -0.0, 1,   -1,   2,    0.5, -0.5,
                                     2.5, -3.5, 1.5, 1e10, -inf, inf, std::nan("")};
  const auto n = static_cast<int64_t>(values.size() * values.size() * values.size());
  Array operand[3] = {{compute, n}, {compute, n}, {compute, n}};
  fill_triples(operand[0], operand[1], operand[2], values);
  Array out(compute, n);
  for (int code = static_cast<int>(Opcode::copy); code < kOpcodeCount; ++code) {
    const auto op = static_cast<Opcode>(code);
    const OpcodeInfo& facts = info(op);
    if (integers && facts.rule == TypeRule::floating && op != Opcode::div) continue;
    if (!integers && facts.rule == TypeRule::integral) continue;
    // Mask bit k: operand k is one value, by a stride of 0.
    for (int mask = 0; mask < (1 << facts.arity); ++mask) {
      std::vector<Operand> inputs;
      for (int k = 0; k < facts.arity; ++k) {
        const bool scalar = ((mask >> k) & 1) != 0;
        inputs.push_back({operand[k].data(),
                          scalar ? n / 3 + k * 5 : 0,
                          compute,
                          {scalar ? int64_t{0} : int64_t{1}}});
      }
      run(*program_of(op), compute, {n}, inputs, {whole(out)});
      for (int64_t i = 0; i < n; ++i) {
        double x[3] = {};
        for (int k = 0; k < facts.arity; ++k) {
          const auto& input = inputs[static_cast<size_t>(k)];
          x[k] = operand[k].get(input.offset + i * input.strides[0]);
        }
        // Of such an order every value is infinite, or a difference of infinities.
        if (op == Opcode::polygamma && x[0] > 100) continue;
        expect_close(op, compute, out.get(i), meaning(op, x[0], x[1], x[2], integers),
                     std::string(facts.name) + "(" + std::to_string(x[0]) + ", " +
                         std::to_string(x[1]) + ", " + std::to_string(x[2]) + ") mask " +
                         std::to_string(mask));
        if (HasFailure()) return;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Compute, EveryOpcode,
                         ::testing::Values(float32, float64, DType::int32, DType::int64),
                         [](const auto& info) { return std::string(name(info.param)); });

}  // namespace
}  // namespace ct
