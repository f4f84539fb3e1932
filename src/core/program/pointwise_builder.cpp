// PointwiseBuilder: the public face of the expression graph, and build(), which numbers the
// values of the instructions that pointwise_schedule.hpp makes of the graph.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <utility>

#include "core/program/pointwise_graph.hpp"
#include "core/program/pointwise_internal.hpp"
#include "core/program/pointwise_schedule.hpp"
#include "customtensor/error.hpp"

namespace ct {

using pointwise::Graph;
using pointwise::Node;

namespace {

/// Whether output k needs an instruction that copies it: it is an input or a number, or it is an
/// output already (each is written by an instruction of its own).
bool is_copied(const Graph& graph, std::span<const int> outputs, size_t k) {
  const auto before = outputs.first(k);
  return graph[outputs[k]].kind != Node::Kind::instruction ||
         std::ranges::find(before, outputs[k]) != before.end();
}

TypeRule derive_rule(const PointwiseProgram& program, bool lost_floating) {
  const auto fractional = [](double value) { return std::trunc(value) != value; };
  const auto rule_of = [](const Instruction& i) { return info(i.op).rule; };
  if (lost_floating ||
      std::ranges::find(program.code(), TypeRule::floating, rule_of) != program.code().end()) {
    return TypeRule::floating;
  }
  const auto instruction_of = [&](int value) -> const Instruction& {
    return program.code()[static_cast<size_t>(value - program.first_result())];
  };
  const bool boolean = std::ranges::all_of(program.outputs(), [&](uint8_t value) {
    const Instruction* step = &instruction_of(value);
    if (step->op == Opcode::copy && step->operand[0] >= program.first_result()) {
      step = &instruction_of(step->operand[0]);
    }
    return rule_of(*step) == TypeRule::boolean;
  });
  if (boolean) return TypeRule::boolean;
  if (std::ranges::any_of(program.constants(), fractional)) return TypeRule::floating;
  return std::ranges::find(program.code(), TypeRule::integral, rule_of) != program.code().end()
             ? TypeRule::integral
             : TypeRule::same;
}

/// The number of each node: inputs, scalars, constants in the order in which the code meets them
/// (so that equal programs get equal numbers), then instructions in schedule order.
std::vector<uint8_t> number_values(const Graph& graph, std::span<const int> order,
                                   std::span<const int> outputs, const PointwiseProgram& program,
                                   std::vector<double>& constants) {
  std::vector<uint8_t> number(static_cast<size_t>(graph.size()));
  std::vector<bool> done(number.size());
  const auto set = [&](int id, int value) {
    number[static_cast<size_t>(id)] = static_cast<uint8_t>(value);
    done[static_cast<size_t>(id)] = true;
  };
  const auto meet = [&](int id) {
    const Node& node = graph[id];
    if (node.kind == Node::Kind::input) set(id, node.index);
    if (node.kind == Node::Kind::scalar) set(id, program.first_scalar() + node.index);
    if (node.kind != Node::Kind::constant || done[static_cast<size_t>(id)]) return;
    set(id, program.first_constant() + static_cast<int>(constants.size()));
    constants.push_back(node.value);
  };
  for (int id : order) std::ranges::for_each(operands(graph[id]), meet);
  std::ranges::for_each(outputs, meet);
  int next = program.first_constant() + static_cast<int>(constants.size());
  for (int id : order) set(id, next++);
  return number;
}

/// Whether the program is one instruction on its own inputs in order.
bool is_single(const PointwiseProgram& program) {
  if (program.code().size() != 1 || program.outputs().size() != 1) return false;
  const Instruction& step = program.code()[0];
  const int arity = info(step.op).arity;
  bool in_order = arity == program.inputs() && program.scalars() == 0;
  for (int k = 0; in_order && k < arity; ++k) in_order = step.operand[k] == k;
  return in_order;
}

}  // namespace

struct PointwiseBuilder::State {
  std::string name;
  int inputs = 0, scalars = 0;
  Graph graph;
  std::vector<int> outputs;
  std::optional<TypeRule> rule;

  int id_of(const PointwiseBuilder* self, const PointwiseValue& value) {
    if (value.builder() == nullptr) {
      double number = 0;
      value.is_constant(&number);
      return graph.constant(number);
    }
    if (value.builder() != self) {
      throw ValueError(fmt::format("pointwise {}: a value of another program was used", name));
    }
    return value.number();
  }
};

namespace {

struct Length {
  int inputs, scalars, constants, instructions;
  int values() const { return inputs + scalars + constants + instructions; }
};

template <class State>
Length length_of(const State& state, const Graph& graph) {
  const std::vector<int> uses = count_uses(graph, state.outputs);
  Length length{state.inputs, state.scalars, 0, 0};
  for (int id = 0; id < graph.size(); ++id) {
    if (uses[static_cast<size_t>(id)] == 0) continue;
    length.constants += graph[id].kind == Node::Kind::constant ? 1 : 0;
    length.instructions += graph[id].kind == Node::Kind::instruction ? 1 : 0;
  }
  for (size_t k = 0; k < state.outputs.size(); ++k) {
    length.instructions += is_copied(graph, state.outputs, k) ? 1 : 0;
  }
  return length;
}

// Before the schedule, which recurses along chains.
template <class State>
void check_length(const State& state, const Graph& graph) {
  const Length length = length_of(state, graph);
  if (length.values() <= kMaxPointwiseValues) return;
  throw ValueError(fmt::format(
      "pointwise {}: the program is too long: {} values ({} inputs, {} scalars, {} constants, {} "
      "instructions), at most {}; split it in two",
      state.name, length.values(), length.inputs, length.scalars, length.constants,
      length.instructions, kMaxPointwiseValues));
}

}  // namespace

PointwiseBuilder::PointwiseBuilder(std::string name, int inputs, int scalars)
    : state_(std::make_unique<State>()) {
  if (inputs < 0 || scalars < 0 || inputs + scalars > kMaxPointwiseValues) {
    throw ValueError(
        fmt::format("pointwise {}: bad number of inputs or scalars: {} and {}; "
                    "together at most {}",
                    name, inputs, scalars, kMaxPointwiseValues));
  }
  state_->name = std::move(name);
  state_->inputs = inputs;
  state_->scalars = scalars;
}

PointwiseBuilder::~PointwiseBuilder() = default;

PointwiseValue PointwiseBuilder::input(int i) const {
  if (i < 0 || i >= state_->inputs) {
    throw ValueError(fmt::format("pointwise {}: no input {}: the program has {}", state_->name, i,
                                 state_->inputs));
  }
  return {const_cast<PointwiseBuilder*>(this), state_->graph.input(i)};
}

PointwiseValue PointwiseBuilder::scalar(int i) const {
  if (i < 0 || i >= state_->scalars) {
    throw ValueError(fmt::format("pointwise {}: no scalar {}: the program has {}", state_->name, i,
                                 state_->scalars));
  }
  return {const_cast<PointwiseBuilder*>(this), state_->graph.scalar(i)};
}

PointwiseValue PointwiseBuilder::constant(double value) {
  return {this, state_->graph.constant(value)};
}

PointwiseValue PointwiseBuilder::apply(Opcode op, PointwiseValue a, PointwiseValue b,
                                       PointwiseValue c) {
  const int arity = info(op).arity;
  const int first = arity > 0 ? state_->id_of(this, a) : -1;
  const int second = arity > 1 ? state_->id_of(this, b) : -1;
  const int third = arity > 2 ? state_->id_of(this, c) : -1;
  return {this, state_->graph.apply(op, first, second, third)};
}

void PointwiseBuilder::output(PointwiseValue value) {
  state_->outputs.push_back(state_->id_of(this, value));
}

void PointwiseBuilder::rule(TypeRule rule) { state_->rule = rule; }

std::vector<PointwiseValue> PointwiseBuilder::inlined(const PointwiseProgram& program,
                                                      std::span<const PointwiseValue> inputs,
                                                      std::span<const PointwiseValue> scalars) {
  if (static_cast<int>(inputs.size()) != program.inputs() ||
      static_cast<int>(scalars.size()) != program.scalars()) {
    throw ValueError(
        fmt::format("pointwise {}: cannot inline {}: it has {} inputs and {} scalars, {} and {} "
                    "were given",
                    state_->name, program.name(), program.inputs(), program.scalars(),
                    inputs.size(), scalars.size()));
  }
  std::vector<int> ids;
  ids.reserve(static_cast<size_t>(program.values()));
  for (const PointwiseValue& value : inputs) ids.push_back(state_->id_of(this, value));
  for (const PointwiseValue& value : scalars) ids.push_back(state_->id_of(this, value));
  for (double value : program.constants()) ids.push_back(state_->graph.constant(value));
  for (const Instruction& step : program.code()) {
    const auto operand = [&](int k) { return k < info(step.op).arity ? ids[step.operand[k]] : -1; };
    ids.push_back(state_->graph.apply(step.op, operand(0), operand(1), operand(2)));
  }
  if (program.rule() == TypeRule::floating) state_->graph.lose_floating();
  std::vector<PointwiseValue> results;
  for (uint8_t value : program.outputs()) results.push_back(PointwiseValue(this, ids[value]));
  return results;
}

int PointwiseBuilder::values() const {
  Graph graph = state_->graph;
  join_fma(graph, state_->outputs);
  return length_of(*state_, graph).values();
}

ProgramPtr PointwiseBuilder::build() {
  const std::span<const int> outputs = state_->outputs;
  if (outputs.empty()) {
    throw ValueError(fmt::format("pointwise {}: the program has no output", state_->name));
  }
  Graph graph = state_->graph;
  join_fma(graph, outputs);
  check_length(*state_, graph);
  const std::vector<int> order = pointwise::schedule(graph, outputs);

  std::shared_ptr<PointwiseProgram> program(new PointwiseProgram);
  program->name_ = state_->name;
  program->inputs_ = state_->inputs;
  program->scalars_ = state_->scalars;
  const std::vector<uint8_t> number =
      number_values(graph, order, outputs, *program, program->constants_);
  const auto number_of = [&](int id) { return number[static_cast<size_t>(id)]; };
  for (int id : order) {
    Instruction step{graph[id].op, {0, 0, 0}};
    std::ranges::transform(operands(graph[id]), step.operand, number_of);
    program->code_.push_back(step);
    program->uses_random_ |= step.op == Opcode::uniform || step.op == Opcode::normal;
  }
  for (size_t k = 0; k < outputs.size(); ++k) {
    const uint8_t number_k = number_of(outputs[k]);
    if (!is_copied(graph, outputs, k)) {
      program->outputs_.push_back(number_k);
      continue;
    }
    program->outputs_.push_back(static_cast<uint8_t>(program->values()));
    program->code_.push_back({Opcode::copy, {number_k, 0, 0}});
  }

  program->rule_ = state_->rule ? *state_->rule : derive_rule(*program, graph.lost_floating());
  program->slots_ = pointwise::allocate_slots(*program, &program->slot_count_);
  program->key_ = pointwise::structural_key(*program);
  if (is_single(*program)) program->single_ = program->code_.data();
  program->gradients_ = std::make_unique<PointwiseProgram::Gradients>();
  return program;
}

PointwiseValue::PointwiseValue(double constant) : constant_(constant) {}

bool PointwiseValue::is_constant(double* value) const {
  double number = constant_;
  if (builder_ != nullptr) {
    const Node& node = builder_->state_->graph[number_];
    if (node.kind != Node::Kind::constant) return false;
    number = node.value;
  }
  if (value != nullptr) *value = number;
  return true;
}

PointwiseValue pointwise::apply(Opcode op, PointwiseValue a, PointwiseValue b, PointwiseValue c) {
  for (const PointwiseValue* value : {&a, &b, &c}) {
    if (value->builder() != nullptr) return value->builder()->apply(op, a, b, c);
  }
  double x = 0, y = 0, z = 0;
  a.is_constant(&x);
  b.is_constant(&y);
  c.is_constant(&z);
  return evaluate(op, x, y, z);
}

PointwiseValue operator+(PointwiseValue a, PointwiseValue b) {
  return pointwise::apply(Opcode::add, a, b);
}
PointwiseValue operator-(PointwiseValue a, PointwiseValue b) {
  return pointwise::apply(Opcode::sub, a, b);
}
PointwiseValue operator*(PointwiseValue a, PointwiseValue b) {
  return pointwise::apply(Opcode::mul, a, b);
}
PointwiseValue operator/(PointwiseValue a, PointwiseValue b) {
  return pointwise::apply(Opcode::div, a, b);
}
PointwiseValue operator-(PointwiseValue a) { return pointwise::apply(Opcode::neg, a); }

}  // namespace ct
