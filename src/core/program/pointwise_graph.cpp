// Identities. An identity is applied only where it gives the same number for every
// operand, NaN and infinity included (the sign of a zero result is not kept: x + 0 is x), and the
// same derivative: maximum(x, 0) is not relu(x), for they differ at the tie.
#include "core/program/pointwise_graph.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

#include "core/program/pointwise_internal.hpp"

namespace ct::pointwise {
namespace {

bool commutes(Opcode op) {
  switch (op) {
    case Opcode::add:
    case Opcode::mul:
    case Opcode::maximum:
    case Opcode::minimum:
    case Opcode::eq:
    case Opcode::ne:
    case Opcode::logical_and:
    case Opcode::logical_or:
    case Opcode::bitwise_and:
    case Opcode::bitwise_or:
    case Opcode::bitwise_xor:
    case Opcode::hypot:
    case Opcode::fma:
      return true;
    default:
      return false;
  }
}

// Whether 1 / value is exact also in float32, so that x / value is x * (1 / value).
bool has_exact_reciprocal(double value) {
  int exponent = 0;
  return std::abs(std::frexp(value, &exponent)) == 0.5 && exponent > -120 && exponent < 120;
}

bool same_node(const Node& a, const Node& b) {
  // Constants are told apart by their bits: 0 and -0 differ, a NaN equals itself.
  return a.kind == b.kind && a.op == b.op && a.index == b.index && a.operand == b.operand &&
         std::bit_cast<uint64_t>(a.value) == std::bit_cast<uint64_t>(b.value);
}

}  // namespace

int Graph::leaf(Node::Kind kind, int index) {
  Node node;
  node.kind = kind;
  node.index = index;
  return add(node);
}

int Graph::constant(double value) {
  Node node;
  node.kind = Node::Kind::constant;
  node.value = value;
  return add(node);
}

// Programs have at most a few hundred nodes and are built once: a linear search does.
int Graph::add(const Node& node) {
  for (int i = 0; i < size(); ++i) {
    if (same_node((*this)[i], node)) return i;
  }
  nodes_.push_back(node);
  return size() - 1;
}

int Graph::apply(Opcode op, int a, int b, int c) {
  const OpcodeInfo& facts = info(op);
  std::array<int, 3> operand{a, b, c};
  for (int k = facts.arity; k < 3; ++k) operand[static_cast<size_t>(k)] = -1;
  const auto used = std::span(operand).first(static_cast<size_t>(facts.arity));
  if (facts.arity > 0 && std::ranges::all_of(used, [&](int id) { return is_constant(id); })) {
    const auto value = [&](int id) { return id < 0 ? 0.0 : (*this)[id].value; };
    return constant(evaluate(op, value(operand[0]), value(operand[1]), value(operand[2])));
  }
  if (commutes(op) && stands_before(operand[1], operand[0])) std::swap(operand[0], operand[1]);
  int known = -1;
  if (facts.arity == 1) known = simplify_unary(op, operand[0]);
  if (facts.arity == 2) known = simplify_binary(op, operand[0], operand[1]);
  if (facts.arity == 3) known = simplify_ternary(op, operand[0], operand[1], operand[2]);
  if (known >= 0) {
    const Node& result = (*this)[known];
    if (facts.rule == TypeRule::floating &&
        !(result.kind == Node::Kind::instruction && info(result.op).rule == TypeRule::floating)) {
      lose_floating();
    }
    return known;
  }
  Node node;
  node.kind = Node::Kind::instruction;
  node.op = op;
  node.operand = operand;
  node.hash = structure_hash(node);
  return add(node);
}

uint64_t Graph::structure_hash(const Node& node) const {
  uint64_t hash = 1 + static_cast<uint64_t>(node.op);
  for (int id : node.operand) {
    if (id < 0) continue;
    const Node& x = (*this)[id];
    for (uint64_t word : {static_cast<uint64_t>(x.kind), static_cast<uint64_t>(x.index),
                          std::bit_cast<uint64_t>(x.value), x.hash}) {
      hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
      hash ^= hash >> 32;
    }
  }
  return hash;
}

// The order of operands that may be swapped: inputs, scalars, instructions, constants. It does not
// depend on which was made first (the compiler decides that in f(x) + g(x)), so that neither do
// programs and their keys.
bool Graph::stands_before(int a, int b) const {
  const auto place = [&](int id) {
    const Node& x = (*this)[id];
    return std::tuple(x.kind, x.index, x.hash);
  };
  return place(a) < place(b);
}

int Graph::simplify_unary(Opcode op, int a) {
  const Node x = (*this)[a];
  if (op == Opcode::copy) return a;
  if (x.kind != Node::Kind::instruction) return -1;
  const int inner = x.operand[0];
  switch (op) {
    case Opcode::neg:
      if (x.op == Opcode::neg) return inner;
      if (x.op == Opcode::sub) return apply(Opcode::sub, x.operand[1], inner, -1);
      if (x.op == Opcode::mul && is_constant(x.operand[1])) {
        return apply(Opcode::mul, inner, constant(-(*this)[x.operand[1]].value), -1);
      }
      return -1;
    case Opcode::abs:
      if (x.op == Opcode::abs || x.op == Opcode::square) return a;
      return x.op == Opcode::neg ? apply(Opcode::abs, inner, -1, -1) : -1;
    case Opcode::square:
      return x.op == Opcode::neg || x.op == Opcode::abs ? apply(Opcode::square, inner, -1, -1) : -1;
    case Opcode::cos:
      return x.op == Opcode::neg ? apply(Opcode::cos, inner, -1, -1) : -1;
    case Opcode::sign:
    case Opcode::relu:
      return x.op == op ? a : -1;
    case Opcode::floor:
    case Opcode::ceil:
    case Opcode::round:
    case Opcode::trunc:
      return x.op == Opcode::floor || x.op == Opcode::ceil || x.op == Opcode::round ||
                     x.op == Opcode::trunc
                 ? a
                 : -1;
    case Opcode::logical_not:
      if (x.op == Opcode::eq) return apply(Opcode::ne, inner, x.operand[1], -1);
      if (x.op == Opcode::ne) return apply(Opcode::eq, inner, x.operand[1], -1);
      return -1;
    default:
      return -1;
  }
}

int Graph::simplify_binary(Opcode op, int a, int b) {
  const Node x = (*this)[a], y = (*this)[b];
  switch (op) {
    case Opcode::add:
      if (is_constant(b, 0)) return a;
      if (y.is(Opcode::neg)) return apply(Opcode::sub, a, y.operand[0], -1);
      if (x.is(Opcode::neg)) return apply(Opcode::sub, b, x.operand[0], -1);
      return merge_selects(x, y);
    case Opcode::sub:
      if (is_constant(b, 0)) return a;
      if (is_constant(a, 0)) return apply(Opcode::neg, b, -1, -1);
      if (y.is(Opcode::neg)) return apply(Opcode::add, a, y.operand[0], -1);
      return -1;
    case Opcode::mul:
      if (is_constant(b, 1)) return a;
      if (is_constant(b, -1)) return apply(Opcode::neg, a, -1, -1);
      if (a == b) return apply(Opcode::square, a, -1, -1);
      if (x.is(Opcode::neg) && y.is(Opcode::neg)) {
        return apply(Opcode::mul, x.operand[0], y.operand[0], -1);
      }
      if (x.is(Opcode::neg) && y.kind == Node::Kind::constant) {
        return apply(Opcode::mul, x.operand[0], constant(-y.value), -1);
      }
      return y.kind == Node::Kind::constant ? scale_select(x, y.value) : -1;
    case Opcode::div:
      if (is_constant(a, 1)) return apply(Opcode::reciprocal, b, -1, -1);
      if (y.kind == Node::Kind::constant && has_exact_reciprocal(y.value)) {
        return apply(Opcode::mul, a, constant(1 / y.value), -1);
      }
      return -1;
    case Opcode::pow:
      return y.kind == Node::Kind::constant ? simplify_power(a, y.value) : -1;
    case Opcode::maximum:
    case Opcode::minimum:
      return a == b ? a : -1;
    default:
      return -1;
  }
}

// (c ? p : 0) + (c ? 0 : q) = c ? p : q, which is how the two branches of a forward select meet in
// its derivative.
int Graph::merge_selects(const Node& x, const Node& y) {
  if (!x.is(Opcode::select) || !y.is(Opcode::select) || x.operand[0] != y.operand[0]) return -1;
  const auto one_is_zero = [&](size_t k) {
    return is_constant(x.operand[k], 0) || is_constant(y.operand[k], 0);
  };
  if (!one_is_zero(1) || !one_is_zero(2)) return -1;
  return apply(Opcode::select, x.operand[0], apply(Opcode::add, x.operand[1], y.operand[1], -1),
               apply(Opcode::add, x.operand[2], y.operand[2], -1));
}

// (c ? p : 0) * k = c ? p * k : 0 for a finite k.
int Graph::scale_select(const Node& x, double factor) {
  if (!x.is(Opcode::select) || !std::isfinite(factor)) return -1;
  const auto [condition, yes, no] = x.operand;
  if (!is_constant(yes, 0) && !is_constant(no, 0)) return -1;
  const int k = constant(factor);
  return apply(Opcode::select, condition, apply(Opcode::mul, yes, k, -1),
               apply(Opcode::mul, no, k, -1));
}

// As PyTorch: small integer powers are products, 0.5 is sqrt.
int Graph::simplify_power(int a, double exponent) {
  if (exponent == 0) return constant(1);
  if (exponent == 1) return a;
  if (exponent == 2) return apply(Opcode::square, a, -1, -1);
  if (exponent == 3) return apply(Opcode::mul, apply(Opcode::square, a, -1, -1), a, -1);
  if (exponent == 0.5) return apply(Opcode::sqrt, a, -1, -1);
  if (exponent == -0.5) return apply(Opcode::rsqrt, a, -1, -1);
  if (exponent == -1) return apply(Opcode::reciprocal, a, -1, -1);
  if (exponent == -2) {
    return apply(Opcode::reciprocal, apply(Opcode::square, a, -1, -1), -1, -1);
  }
  return -1;
}

int Graph::simplify_ternary(Opcode op, int a, int b, int c) {
  if (op == Opcode::fma) {
    if (is_constant(b, 1)) return apply(Opcode::add, a, c, -1);
    if (is_constant(b, -1)) return apply(Opcode::sub, c, a, -1);
    if (is_constant(c, 0)) return apply(Opcode::mul, a, b, -1);
    if (is_constant(a) && is_constant(b)) {
      return apply(Opcode::add, c, constant((*this)[a].value * (*this)[b].value), -1);
    }
    return -1;
  }
  const Node condition = (*this)[a];
  if (b == c) return b;
  if (condition.kind == Node::Kind::constant) return condition.value != 0 ? b : c;
  if (condition.is(Opcode::logical_not)) return apply(Opcode::select, condition.operand[0], c, b);
  return -1;
}

}  // namespace ct::pointwise
