// What each pointwise instruction means, on plain numbers: the oracle of the tests of kernels, of
// programs and of their derivatives. Written apart from the library's own constant folding
// (src/core/program/pointwise_evaluate.cpp), which it checks: alike on purpose, never shared.
#pragma once

#include <cmath>
#include <cstdint>
#include <customtensor/pointwise.hpp>
#include <stdexcept>

#include "support/special_functions.hpp"

namespace ct::test {

/// The value in double. `integers`: as of whole numbers, whose quotients are whole and which may be
/// divided by 0.
inline double run_instruction(Opcode op, double a, double b, double c, bool integers = false) {
  const auto truth = [](bool value) { return value ? 1.0 : 0.0; };
  switch (op) {
    case Opcode::uniform:
      return 0.625;  // any fixed draw
    case Opcode::normal:
      return -1.25;
    case Opcode::copy:
      return a;
    case Opcode::neg:
      return -a;
    case Opcode::abs:
      return std::fabs(a);
    case Opcode::sign:
      return a > 0 ? 1 : a < 0 ? -1 : 0;
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
      return erfinv(a);
    case Opcode::lgamma:
      return std::lgamma(a);
    case Opcode::digamma:
      return digamma(a);
    case Opcode::relu:
      return a < 0 ? 0 : a;
    case Opcode::floor:
      return std::floor(a);
    case Opcode::ceil:
      return std::ceil(a);
    case Opcode::round:
      return std::rint(a);
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
      return !integers ? floor_divide(a, b) : b == 0 ? 0 : std::floor(a / b);
    case Opcode::fmod:
      return integers && b == 0 ? a : std::fmod(a, b);
    case Opcode::remainder:
      return integers && b == 0 ? a : remainder(a, b);
    case Opcode::pow:
      if (integers && b < 0) return a == 0 ? 0 : std::trunc(std::pow(a, b));
      return std::pow(a, b);
    case Opcode::atan2:
      return std::atan2(a, b);
    case Opcode::hypot:
      return std::hypot(a, b);
    case Opcode::polygamma:
      return polygamma(a, b);
    case Opcode::maximum:
      return std::isnan(a) || std::isnan(b) ? a + b : std::fmax(a, b);
    case Opcode::minimum:
      return std::isnan(a) || std::isnan(b) ? a + b : std::fmin(a, b);
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
    case Opcode::gelu:
      return gelu(a);
    case Opcode::gelu_tanh:
      return gelu_tanh(a);
    case Opcode::gelu_slope:
      return a * gelu_slope(b);
    case Opcode::gelu_tanh_slope:
      return a * gelu_tanh_slope(b);
  }
  throw std::logic_error("unknown opcode");
}

}  // namespace ct::test
