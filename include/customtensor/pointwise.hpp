// Pointwise programs: every elementwise computation, one op or fifty fused, is a short
// straight-line list of scalar instructions. Programs are immutable, are built once (normally as
// function-local statics), differentiate themselves, and run on a device through
// Backend::pointwise.
#pragma once

#include <bitset>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "customtensor/export.hpp"

namespace ct {

/// The instructions. Facts about each (name, arity, domain, derivative) stand in one table,
/// src/core/program/pointwise_table.cpp; the meaning is that of PyTorch's op of the same name.
enum class Opcode : uint8_t {
  // no operand
  uniform,  ///< in [0, 1), of the element's place in the stream given by PointwiseArgs::random
  normal,   ///< mean 0, deviation 1, likewise
  // one operand
  copy,
  neg,
  abs,
  sign,
  square,
  sqrt,
  rsqrt,
  reciprocal,
  exp,
  exp2,
  expm1,
  log,
  log2,
  log10,
  log1p,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  tanh,
  asinh,
  acosh,
  atanh,
  sigmoid,
  softplus,  ///< log(1 + exp(a)), without overflow
  erf,
  erfc,
  erfinv,
  lgamma,
  digamma,
  relu,
  floor,
  ceil,
  round,
  trunc,
  is_nan,
  is_finite,
  logical_not,
  bitwise_not,
  // two operands
  add,
  sub,
  mul,
  div,           ///< of integers: truncated; 0 where b is 0
  floor_divide,  ///< rounded down; of integers: 0 where b is 0
  fmod,          ///< a - b * truncated quotient, exactly; of integers: a where b is 0
  remainder,     ///< the same with the quotient rounded down: it has b's sign
  pow,
  atan2,
  hypot,
  polygamma,  ///< derivative number a (whole, >= 0) of digamma, at b
  maximum,
  minimum,
  eq,
  ne,
  lt,
  le,
  gt,
  ge,
  logical_and,
  logical_or,
  bitwise_and,
  bitwise_or,
  bitwise_xor,
  shift_left,   ///< 0 where b is negative or not below the type's bits
  shift_right,  ///< copies the sign in; as by all bits but one where b is negative or too large
  // three operands
  fma,     ///< a * b + c, rounded once or twice as the device prefers
  select,  ///< a != 0 ? b : c
  // GELU, whose parts have no digits left where it has all of them
  gelu,             ///< a Φ(a), Φ the normal distribution function
  gelu_tanh,        ///< the same with (1 + tanh(sqrt(2 / pi) (a + 0.044715 a^3))) / 2 for Φ(a)
  gelu_slope,       ///< a times the derivative of gelu at b
  gelu_tanh_slope,  ///< a times that of gelu_tanh
};
inline constexpr int kOpcodeCount = static_cast<int>(Opcode::gelu_tanh_slope) + 1;

/// What dtypes an instruction or program takes and gives.
enum class TypeRule : uint8_t {
  same,      ///< result has the operands' promoted dtype
  floating,  ///< integer operands are computed in the default float (float32)
  boolean,   ///< operands promote, the result is bool
  integral,  ///< as same, but has no meaning for floating operands
};

struct OpcodeInfo {
  std::string_view name;
  int arity;
  TypeRule rule;
};
CT_API const OpcodeInfo& info(Opcode op);

/// One instruction: result value number is implied by its place. Operands name earlier values.
struct Instruction {
  Opcode op;
  uint8_t operand[3];
};

class PointwiseBuilder;
class PointwiseProgram;

/// Most values of a program: inputs, scalars, constants and instructions. Their numbers are bytes.
inline constexpr int kMaxPointwiseValues = 250;

/// Some of a program's inputs: bit i for input i.
using InputSet = std::bitset<kMaxPointwiseValues>;

/// A program's derivative: one program for the gradients of those inputs that were asked for.
struct PointwiseGradient;

/// An immutable program. Values are numbered: inputs, then scalars, then constants, then one per
/// instruction.
///
/// Inputs are tensors, scalars are numbers given at each run (a learning rate), constants are part
/// of the program. The same structure always has the same `key`, whatever the run's shapes and
/// scalars.
class CT_API PointwiseProgram {
 public:
  ~PointwiseProgram();
  PointwiseProgram(const PointwiseProgram&) = delete;
  PointwiseProgram& operator=(const PointwiseProgram&) = delete;

  const std::string& name() const { return name_; }
  int inputs() const { return inputs_; }
  int scalars() const { return scalars_; }
  std::span<const double> constants() const { return constants_; }
  std::span<const Instruction> code() const { return code_; }
  /// The value number of each output: the result of an instruction of its own (an input, and what
  /// is an output already, are copied). So there are fewer inputs and outputs than values.
  std::span<const uint8_t> outputs() const { return outputs_; }
  TypeRule rule() const { return rule_; }
  /// Hash of the structure (code, constants, outputs), precomputed: what a kernel cache is keyed
  /// by.
  uint64_t key() const { return key_; }
  bool uses_random() const { return uses_random_; }

  int first_scalar() const { return inputs_; }
  int first_constant() const { return inputs_ + scalars_; }
  int first_result() const { return first_constant() + static_cast<int>(constants_.size()); }
  int values() const { return first_result() + static_cast<int>(code_.size()); }

  /// The only instruction of a program that is one instruction on its own inputs in order, else
  /// null. (Such programs are called without the interpreter.)
  const Instruction* single() const { return single_; }

  /// For interpreters: each instruction's result slot after linear-scan allocation, and how many
  /// slots. A result may have the slot of an operand used for the last time; outputs keep theirs.
  std::span<const uint8_t> result_slots() const { return slots_; }
#ifndef slots  // a macro of Qt's
  std::span<const uint8_t> slots() const { return slots_; }
#endif
  int slot_count() const { return slot_count_; }

  /// Derivative with respect to the inputs in `wanted`. Built once for each `wanted`, thread-safe,
  /// lives as long as the program.
  /// Errors: ValueError if that of one output by one input is too long for a program.
  const PointwiseGradient& gradient(const InputSet& wanted) const;

  /// The instructions as text, for logs and errors.
  std::string to_string() const;

 private:
  friend class PointwiseBuilder;
  PointwiseProgram() = default;

  std::string name_;
  int inputs_ = 0, scalars_ = 0, slot_count_ = 0;
  std::vector<double> constants_;
  std::vector<Instruction> code_;
  std::vector<uint8_t> outputs_, slots_;
  TypeRule rule_ = TypeRule::same;
  uint64_t key_ = 0;
  bool uses_random_ = false;
  const Instruction* single_ = nullptr;
  struct Gradients;
  mutable std::unique_ptr<Gradients> gradients_;
};

using ProgramPtr = std::shared_ptr<const PointwiseProgram>;

/// Program of a derivative and where its inputs and outputs come from. What one program cannot hold
/// is a sum of several: of this one's results and those of `rest`.
struct PointwiseGradient {
  /// What a gradient program reads: an input of the forward, an output of the forward, or the
  /// gradient that arrives at an output.
  struct Source {
    enum class Kind : uint8_t { input, output, gradient } kind;
    uint8_t index;
  };
  /// Null when every result is zero or a plain copy of an arriving gradient.
  ProgramPtr program;
  std::vector<Source> sources;  ///< one per input of `program`; scalars are those of the forward
  /// For each forward input: the output of `program` that is its gradient, kZero, or kCopyOf + j
  /// when it is arriving gradient j itself.
  std::vector<int> result;
  static constexpr int kZero = -1;
  static constexpr int kCopyOf = 1000;
  std::unique_ptr<const PointwiseGradient> rest;  ///< null for all but long programs
};

/// A value while a program is built. Operators and the functions below append instructions.
class CT_API PointwiseValue {
 public:
  PointwiseValue(double constant);  // NOLINT: numbers are constants of the program
  int number() const { return number_; }
  PointwiseBuilder* builder() const { return builder_; }
  bool is_constant(double* value = nullptr) const;

 private:
  friend class PointwiseBuilder;
  PointwiseValue(PointwiseBuilder* builder, int number) : builder_(builder), number_(number) {}
  PointwiseBuilder* builder_ = nullptr;
  int number_ = -1;
  double constant_ = 0;
};

/// Builds a program:
///   PointwiseBuilder b("silu", 1);
///   auto x = b.input(0);
///   b.output(x * b.apply(Opcode::sigmoid, x));
///   ProgramPtr silu = b.build();
/// Folds constants, removes dead and repeated instructions, joins a * b + c into fma.
/// Errors: ValueError when a program needs more than kMaxPointwiseValues.
class CT_API PointwiseBuilder {
 public:
  PointwiseBuilder(std::string name, int inputs, int scalars = 0);
  ~PointwiseBuilder();
  PointwiseBuilder(const PointwiseBuilder&) = delete;
  PointwiseBuilder& operator=(const PointwiseBuilder&) = delete;

  PointwiseValue input(int i) const;
  PointwiseValue scalar(int i) const;
  PointwiseValue constant(double value);
  PointwiseValue apply(Opcode op, PointwiseValue a = 0.0, PointwiseValue b = 0.0,
                       PointwiseValue c = 0.0);
  void output(PointwiseValue value);
  /// The rule is derived from the instructions unless given here: floating if one of them is,
  /// else boolean if every output comes from a boolean one, else floating if a constant is not
  /// whole, else integral if an instruction is, else same.
  void rule(TypeRule rule);
  /// How many values the program would have if it was built now.
  int values() const;
  ProgramPtr build();

  /// Appends all of `program` here with its inputs and scalars bound; returns its outputs.
  std::vector<PointwiseValue> inlined(const PointwiseProgram& program,
                                      std::span<const PointwiseValue> inputs,
                                      std::span<const PointwiseValue> scalars);

 private:
  friend class PointwiseValue;
  struct State;
  std::unique_ptr<State> state_;
};

CT_API PointwiseValue operator+(PointwiseValue a, PointwiseValue b);
CT_API PointwiseValue operator-(PointwiseValue a, PointwiseValue b);
CT_API PointwiseValue operator*(PointwiseValue a, PointwiseValue b);
CT_API PointwiseValue operator/(PointwiseValue a, PointwiseValue b);
CT_API PointwiseValue operator-(PointwiseValue a);

/// The constant program that is one instruction: built on first use, kept for ever.
CT_API const ProgramPtr& program_of(Opcode op);

}  // namespace ct
