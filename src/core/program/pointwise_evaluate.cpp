// The instructions on plain numbers, in float64: what constants are folded with. The tests have
// their own (tests/support/instruction.hpp), on purpose: an oracle that shared this text would
// share its mistakes.
#include <cmath>
#include <cstdint>
#include <limits>

#include "core/program/pointwise_internal.hpp"
#include "core/program/special_functions.hpp"

namespace ct::pointwise {
namespace {

double larger(double a, double b) { return a != a || a > b ? a : b; }

/// Numbers that are whole already, and in range: constants of integer programs.
int64_t whole(double value) {
  constexpr double kLimit = 9223372036854775808.0;
  return value >= -kLimit && value < kLimit ? static_cast<int64_t>(value) : 0;
}

}  // namespace

double evaluate(Opcode op, double a, double b, double c) {
  switch (op) {
    case Opcode::uniform:
    case Opcode::normal:
      break;
    case Opcode::copy:
      return a;
    case Opcode::neg:
      return -a;
    case Opcode::abs:
      return std::abs(a);
    case Opcode::sign:
      return static_cast<double>(a > 0) - static_cast<double>(a < 0);
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
      return larger(a, 0) + std::log1p(std::exp(-std::abs(a)));
    case Opcode::erf:
      return std::erf(a);
    case Opcode::erfc:
      return std::erfc(a);
    case Opcode::erfinv:
      return special::erfinv(a);
    case Opcode::lgamma:
      return special::lgamma(a);
    case Opcode::digamma:
      return special::digamma(a);
    case Opcode::relu:
      return a <= 0 ? 0 : a;
    case Opcode::floor:
      return std::floor(a);
    case Opcode::ceil:
      return std::ceil(a);
    case Opcode::round:
      return std::nearbyint(a);
    case Opcode::trunc:
      return std::trunc(a);
    case Opcode::is_nan:
      return std::isnan(a) ? 1 : 0;
    case Opcode::is_finite:
      return std::isfinite(a) ? 1 : 0;
    case Opcode::logical_not:
      return a == 0 ? 1 : 0;
    case Opcode::bitwise_not:
      return static_cast<double>(~whole(a));
    case Opcode::add:
      return a + b;
    case Opcode::sub:
      return a - b;
    case Opcode::mul:
      return a * b;
    case Opcode::div:
      return a / b;
    case Opcode::floor_divide:
      return special::floor_divide(a, b);
    case Opcode::fmod:
      return std::fmod(a, b);
    case Opcode::remainder:
      return special::remainder(a, b);
    case Opcode::pow:
      return std::pow(a, b);
    case Opcode::atan2:
      return std::atan2(a, b);
    case Opcode::hypot:
      return std::hypot(a, b);
    case Opcode::polygamma:
      return special::polygamma(a, b);
    case Opcode::maximum:
      return larger(a, b);
    case Opcode::minimum:
      return -larger(-a, -b);
    case Opcode::eq:
      return a == b ? 1 : 0;
    case Opcode::ne:
      return a != b ? 1 : 0;
    case Opcode::lt:
      return a < b ? 1 : 0;
    case Opcode::le:
      return a <= b ? 1 : 0;
    case Opcode::gt:
      return a > b ? 1 : 0;
    case Opcode::ge:
      return a >= b ? 1 : 0;
    case Opcode::logical_and:
      return a != 0 && b != 0 ? 1 : 0;
    case Opcode::logical_or:
      return a != 0 || b != 0 ? 1 : 0;
    case Opcode::bitwise_and:
      return static_cast<double>(whole(a) & whole(b));
    case Opcode::bitwise_or:
      return static_cast<double>(whole(a) | whole(b));
    case Opcode::bitwise_xor:
      return static_cast<double>(whole(a) ^ whole(b));
    case Opcode::shift_left:
      return whole(b) < 0 || whole(b) > 63 ? 0 : static_cast<double>(whole(a) << whole(b));
    case Opcode::shift_right:
      return static_cast<double>(whole(a) >> (whole(b) < 0 || whole(b) > 63 ? 63 : whole(b)));
    case Opcode::fma:
      return a * b + c;
    case Opcode::select:
      return a != 0 ? b : c;
    case Opcode::gelu:
      return special::gelu(a);
    case Opcode::gelu_tanh:
      return special::gelu_tanh(a);
    case Opcode::gelu_slope:
      return a * special::gelu_slope(b);
    case Opcode::gelu_tanh_slope:
      return a * special::gelu_tanh_slope(b);
  }
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace ct::pointwise
