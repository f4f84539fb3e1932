// The table of pointwise instructions: name, arity, type rule and derivative of each, one row an
// instruction, in the order of Opcode. A derivative is written with ordinary values, so that the
// derivative of a program is a program again, to any order. Where PyTorch fixes the value at a kink
// (relu at 0, ties of maximum, pow at 0), the rule gives the same (docs/gradients.md). A rule reads
// the result `y` only where PyTorch's does: what reads the operands alone still holds after
// `y.div_(b).mul_(2)`.
#include <array>
#include <numbers>

#include "core/program/pointwise_internal.hpp"

namespace ct {
namespace pointwise {
namespace {

using V = PointwiseValue;
using T = const Terms&;
constexpr TypeRule kSame = TypeRule::same;
constexpr TypeRule kFloating = TypeRule::floating;
constexpr TypeRule kBoolean = TypeRule::boolean;
constexpr TypeRule kIntegral = TypeRule::integral;

V select(V condition, V yes, V no) { return apply(Opcode::select, condition, yes, no); }

// PyTorch: the smaller operand gets nothing, equal ones half each, with a NaN both get all.
V extremum(V g, V a, V b, Opcode loses) {
  const V share = select(apply(Opcode::eq, a, b), g * 0.5, g);
  return select(apply(loses, a, b), 0.0, share);
}

// d a^b / da = b a^(b-1), and 0 for b == 0 also where a^(b-1) is infinite.
V power_base(T t) {
  const V slope = t.g * (t.b * apply(Opcode::pow, t.a, t.b - 1.0));
  if (t.b.is_constant()) return slope;  // a constant 0 was folded away
  return select(apply(Opcode::eq, t.b, 0.0), 0.0, slope);
}

// d a^b / db = a^b log a, and 0 for a == 0, b >= 0 where that is 0 * -inf.
V power_exponent(T t) {
  const V flat =
      apply(Opcode::logical_and, apply(Opcode::eq, t.a, 0.0), apply(Opcode::ge, t.b, 0.0));
  return select(flat, 0.0, t.g * (t.y * apply(Opcode::log, t.a)));
}

// `part` / (y^2 + x^2) of an angle, and 0 where there is none.
V angle_slope(T t, V part) {
  const V square = t.a * t.a + t.b * t.b;
  return select(apply(Opcode::eq, square, 0.0), 0.0, t.g * (part / square));
}

V exp_of_minus_square(V v) { return apply(Opcode::exp, -(v * v)); }
V rsqrt(V v) { return apply(Opcode::rsqrt, v); }
// 1 - v^2, as a product that stays exact near 1.
V one_minus_square(V v) { return (1.0 - v) * (1.0 + v); }

// a (2 - b^2) φ(b), φ the normal density.
V gelu_curvature(T t) {
  constexpr double kAtZero = std::numbers::inv_sqrtpi / std::numbers::sqrt2;
  const V square = t.b * t.b;
  const V density = apply(Opcode::exp, square * -0.5) * kAtZero;
  return t.g * (t.a * ((2.0 - square) * density));
}

// Of b s, s the logistic function of t = 2 sqrt(2 / pi) (b + 0.044715 b^3):
// 2 s' + b s'' with s' = s (1 - s) t' and s'' = s' (1 - 2 s) t' + s (1 - s) t''.
V gelu_tanh_curvature(T t) {
  constexpr double kFirst = 2 * std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
  constexpr double kThird = 0.044715 * kFirst;
  const V square = t.b * t.b;
  const V first = square * (3 * kThird) + kFirst;
  const V s = apply(Opcode::sigmoid, t.b * (square * kThird + kFirst));
  const V inner = 2.0 * first + t.b * ((1.0 - 2.0 * s) * (first * first) + t.b * (6 * kThird));
  return t.g * (t.a * ((s * (1.0 - s)) * inner));
}

constexpr double kTwoOverSqrtPi = 2.0 * std::numbers::inv_sqrtpi;
constexpr double kHalfSqrtPi = 0.5 / std::numbers::inv_sqrtpi;

constexpr std::array<Row, kOpcodeCount> kTable = {{
    {{"uniform", 0, kFloating}, {}},
    {{"normal", 0, kFloating}, {}},

    {{"copy", 1, kSame}, {[](T t) { return t.g; }}},
    {{"neg", 1, kSame}, {[](T t) { return -t.g; }}},
    {{"abs", 1, kSame}, {[](T t) { return t.g * apply(Opcode::sign, t.a); }}},
    {{"sign", 1, kSame}, {}},
    {{"square", 1, kSame}, {[](T t) { return t.g * (t.a * 2.0); }}},
    {{"sqrt", 1, kFloating}, {[](T t) { return t.g / (t.y * 2.0); }}},
    {{"rsqrt", 1, kFloating}, {[](T t) { return t.g * (t.y * t.y * t.y * -0.5); }}},
    {{"reciprocal", 1, kFloating}, {[](T t) { return -(t.g * (t.y * t.y)); }}},
    {{"exp", 1, kFloating}, {[](T t) { return t.g * t.y; }}},
    {{"exp2", 1, kFloating}, {[](T t) { return t.g * (t.y * std::numbers::ln2); }}},
    {{"expm1", 1, kFloating}, {[](T t) { return t.g * (t.y + 1.0); }}},
    {{"log", 1, kFloating}, {[](T t) { return t.g / t.a; }}},
    {{"log2", 1, kFloating}, {[](T t) { return t.g / (t.a * std::numbers::ln2); }}},
    {{"log10", 1, kFloating}, {[](T t) { return t.g / (t.a * std::numbers::ln10); }}},
    {{"log1p", 1, kFloating}, {[](T t) { return t.g / (t.a + 1.0); }}},
    {{"sin", 1, kFloating}, {[](T t) { return t.g * apply(Opcode::cos, t.a); }}},
    {{"cos", 1, kFloating}, {[](T t) { return -(t.g * apply(Opcode::sin, t.a)); }}},
    {{"tan", 1, kFloating}, {[](T t) { return t.g * (1.0 + t.y * t.y); }}},
    {{"asin", 1, kFloating}, {[](T t) { return t.g * rsqrt(one_minus_square(t.a)); }}},
    {{"acos", 1, kFloating}, {[](T t) { return -(t.g * rsqrt(one_minus_square(t.a))); }}},
    {{"atan", 1, kFloating}, {[](T t) { return t.g / (1.0 + t.a * t.a); }}},
    {{"sinh", 1, kFloating}, {[](T t) { return t.g * apply(Opcode::cosh, t.a); }}},
    {{"cosh", 1, kFloating}, {[](T t) { return t.g * apply(Opcode::sinh, t.a); }}},
    {{"tanh", 1, kFloating}, {[](T t) { return t.g * (1.0 - t.y * t.y); }}},
    {{"asinh", 1, kFloating}, {[](T t) { return t.g / apply(Opcode::hypot, t.a, 1.0); }}},
    {{"acosh", 1, kFloating}, {[](T t) { return t.g * (rsqrt(t.a - 1.0) * rsqrt(t.a + 1.0)); }}},
    {{"atanh", 1, kFloating}, {[](T t) { return t.g / one_minus_square(t.a); }}},
    {{"sigmoid", 1, kFloating}, {[](T t) { return t.g * (t.y * (1.0 - t.y)); }}},
    {{"softplus", 1, kFloating}, {[](T t) { return t.g * apply(Opcode::sigmoid, t.a); }}},
    {{"erf", 1, kFloating},
     {[](T t) { return t.g * (exp_of_minus_square(t.a) * kTwoOverSqrtPi); }}},
    {{"erfc", 1, kFloating},
     {[](T t) { return t.g * (exp_of_minus_square(t.a) * -kTwoOverSqrtPi); }}},
    {{"erfinv", 1, kFloating}, {[](T t) {
       const V y = apply(Opcode::erfinv, t.a);
       return t.g * (apply(Opcode::exp, y * y) * kHalfSqrtPi);
     }}},
    {{"lgamma", 1, kFloating}, {[](T t) { return t.g * apply(Opcode::digamma, t.a); }}},
    {{"digamma", 1, kFloating}, {[](T t) { return t.g * apply(Opcode::polygamma, 1.0, t.a); }}},
    {{"relu", 1, kSame}, {[](T t) { return select(apply(Opcode::le, t.y, 0.0), 0.0, t.g); }}},
    {{"floor", 1, kSame}, {}},
    {{"ceil", 1, kSame}, {}},
    {{"round", 1, kSame}, {}},
    {{"trunc", 1, kSame}, {}},
    {{"is_nan", 1, kBoolean}, {}},
    {{"is_finite", 1, kBoolean}, {}},
    {{"logical_not", 1, kBoolean}, {}},
    {{"bitwise_not", 1, kIntegral}, {}},

    {{"add", 2, kSame}, {[](T t) { return t.g; }, [](T t) { return t.g; }}},
    {{"sub", 2, kSame}, {[](T t) { return t.g; }, [](T t) { return -t.g; }}},
    {{"mul", 2, kSame}, {[](T t) { return t.g * t.b; }, [](T t) { return t.g * t.a; }}},
    {{"div", 2, kFloating},
     {[](T t) { return t.g / t.b; }, [](T t) { return -(t.g * (t.a / t.b / t.b)); }}},
    {{"floor_divide", 2, kSame}, {}},
    {{"fmod", 2, kSame},
     {[](T t) { return t.g; }, [](T t) { return -(t.g * apply(Opcode::trunc, t.a / t.b)); }}},
    {{"remainder", 2, kSame},
     {[](T t) { return t.g; }, [](T t) { return -(t.g * apply(Opcode::floor_divide, t.a, t.b)); }}},
    {{"pow", 2, kSame}, {power_base, power_exponent}},
    {{"atan2", 2, kFloating},
     {[](T t) { return angle_slope(t, t.b); }, [](T t) { return -angle_slope(t, t.a); }}},
    {{"hypot", 2, kFloating},
     {[](T t) { return t.g * (t.a / t.y); }, [](T t) { return t.g * (t.b / t.y); }}},
    {{"polygamma", 2, kFloating},
     {nullptr, [](T t) { return t.g * apply(Opcode::polygamma, t.a + 1.0, t.b); }}},
    {{"maximum", 2, kSame},
     {[](T t) { return extremum(t.g, t.a, t.b, Opcode::lt); },
      [](T t) { return extremum(t.g, t.a, t.b, Opcode::gt); }}},
    {{"minimum", 2, kSame},
     {[](T t) { return extremum(t.g, t.a, t.b, Opcode::gt); },
      [](T t) { return extremum(t.g, t.a, t.b, Opcode::lt); }}},
    {{"eq", 2, kBoolean}, {}},
    {{"ne", 2, kBoolean}, {}},
    {{"lt", 2, kBoolean}, {}},
    {{"le", 2, kBoolean}, {}},
    {{"gt", 2, kBoolean}, {}},
    {{"ge", 2, kBoolean}, {}},
    {{"logical_and", 2, kBoolean}, {}},
    {{"logical_or", 2, kBoolean}, {}},
    {{"bitwise_and", 2, kIntegral}, {}},
    {{"bitwise_or", 2, kIntegral}, {}},
    {{"bitwise_xor", 2, kIntegral}, {}},
    {{"shift_left", 2, kIntegral}, {}},
    {{"shift_right", 2, kIntegral}, {}},

    {{"fma", 3, kSame},
     {[](T t) { return t.g * t.b; }, [](T t) { return t.g * t.a; }, [](T t) { return t.g; }}},
    {{"select", 3, kSame},
     {nullptr, [](T t) { return select(t.a, t.g, 0.0); },
      [](T t) { return select(t.a, 0.0, t.g); }}},

    {{"gelu", 1, kFloating}, {[](T t) { return apply(Opcode::gelu_slope, t.g, t.a); }}},
    {{"gelu_tanh", 1, kFloating}, {[](T t) { return apply(Opcode::gelu_tanh_slope, t.g, t.a); }}},
    {{"gelu_slope", 2, kFloating},
     {[](T t) { return apply(Opcode::gelu_slope, t.g, t.b); }, gelu_curvature}},
    {{"gelu_tanh_slope", 2, kFloating},
     {[](T t) { return apply(Opcode::gelu_tanh_slope, t.g, t.b); }, gelu_tanh_curvature}},
}};

}  // namespace

const Row& row(Opcode op) { return kTable[static_cast<size_t>(op)]; }

}  // namespace pointwise

const OpcodeInfo& info(Opcode op) { return pointwise::row(op).info; }

}  // namespace ct
