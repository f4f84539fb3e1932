// The expressions of a program under construction: a list of nodes in which equal expressions are
// one node, constants are folded and identities that change no value are applied as nodes are made.
// Operands always stand before what uses them.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "customtensor/pointwise.hpp"

namespace ct::pointwise {

struct Node {
  enum class Kind : uint8_t { input, scalar, instruction, constant };
  Kind kind = Kind::input;
  Opcode op = Opcode::copy;  ///< of an instruction
  int index = 0;             ///< of an input or scalar
  double value = 0;          ///< of a constant
  std::array<int, 3> operand{-1, -1, -1};
  uint64_t hash = 0;  ///< of an instruction's structure, however the graph was built

  bool is(Opcode which) const { return kind == Kind::instruction && op == which; }
};

class Graph {
 public:
  int input(int index) { return leaf(Node::Kind::input, index); }
  int scalar(int index) { return leaf(Node::Kind::scalar, index); }
  int constant(double value);
  /// Operands beyond the instruction's arity are ignored.
  int apply(Opcode op, int a, int b, int c);

  const Node& operator[](int id) const { return nodes_[static_cast<size_t>(id)]; }
  Node& operator[](int id) { return nodes_[static_cast<size_t>(id)]; }
  int size() const { return static_cast<int>(nodes_.size()); }
  bool is_constant(int id) const { return (*this)[id].kind == Node::Kind::constant; }
  bool is_constant(int id, double value) const {
    return is_constant(id) && (*this)[id].value == value;
  }

  /// An instruction that gives floating results was replaced by one that need not (x / 1 by x).
  bool lost_floating() const { return lost_floating_; }
  void lose_floating() { lost_floating_ = true; }

 private:
  int leaf(Node::Kind kind, int index);
  int add(const Node& node);
  uint64_t structure_hash(const Node& node) const;
  bool stands_before(int a, int b) const;
  /// A node that already has the value of the instruction, or -1.
  int simplify_unary(Opcode op, int a);
  int simplify_binary(Opcode op, int a, int b);
  int simplify_power(int a, double exponent);
  int merge_selects(const Node& x, const Node& y);
  int scale_select(const Node& x, double factor);
  int simplify_ternary(Opcode op, int a, int b, int c);

  std::vector<Node> nodes_;
  bool lost_floating_ = false;
};

}  // namespace ct::pointwise
