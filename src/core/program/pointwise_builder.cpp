// PointwiseBuilder: the public face of the expression graph, and build(), which turns the graph
// into a program: live nodes only, products joined to the sums that alone use them, instructions
// ordered so that few results are alive at once.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>
#include <span>
#include <utility>

#include "core/program/pointwise_graph.hpp"
#include "core/program/pointwise_internal.hpp"
#include "customtensor/error.hpp"

namespace ct {

using pointwise::Graph;
using pointwise::Node;

namespace {

constexpr int kMaxValues = 250;  // value numbers are bytes

std::span<const int> operands(const Node& node) {
  const int arity = node.kind == Node::Kind::instruction ? info(node.op).arity : 0;
  return std::span(node.operand).first(static_cast<size_t>(arity));
}

/// How often each node is used by live nodes and outputs; 0 means dead.
std::vector<int> count_uses(const Graph& graph, std::span<const int> outputs) {
  std::vector<int> uses(static_cast<size_t>(graph.size()));
  std::vector<int> pending;
  const auto use = [&](int id) {
    if (uses[static_cast<size_t>(id)]++ == 0) pending.push_back(id);
  };
  for (int id : outputs) use(id);
  while (!pending.empty()) {
    const int id = pending.back();
    pending.pop_back();
    for (int operand : operands(graph[id])) use(operand);
  }
  return uses;
}

/// Makes a * b + c, with a product that nothing else uses, one instruction.
void join_fma(Graph& graph, std::span<const int> outputs) {
  const std::vector<int> uses = count_uses(graph, outputs);
  const int size = graph.size();  // constants are appended below
  const auto is_product = [&](int id) {
    return uses[static_cast<size_t>(id)] == 1 &&
           (graph[id].is(Opcode::mul) || graph[id].is(Opcode::square));
  };
  const auto negated = [&](int id) { return graph.constant(-graph[id].value); };
  for (int id = 0; id < size; ++id) {
    const Node node = graph[id];
    if (uses[static_cast<size_t>(id)] == 0) continue;
    if (!node.is(Opcode::add) && !node.is(Opcode::sub)) continue;
    const auto [left, right, unused] = node.operand;
    int a = -1, b = -1, c = -1;
    const auto take = [&](int product, int rest) {
      a = graph[product].operand[0];
      b = graph[product].is(Opcode::square) ? a : graph[product].operand[1];
      c = rest;
    };
    if (node.op == Opcode::add) {
      if (is_product(left)) {
        take(left, right);
      } else if (is_product(right)) {
        take(right, left);
      }
    } else if (is_product(left) && graph.is_constant(right)) {  // a b - 2 = a b + (-2)
      take(left, negated(right));
    } else if (is_product(right) && graph[right].is(Opcode::mul) &&
               graph.is_constant(graph[right].operand[1])) {  // c - 2 a = a (-2) + c
      take(right, left);
      b = negated(b);
    }
    if (a < 0) continue;
    graph[id].op = Opcode::fma;
    graph[id].operand = {a, b, c};
  }
}

/// Instructions in an order that visits the operand which needs most slots first (Sethi-Ullman),
/// depth first from the outputs.
class Schedule {
 public:
  Schedule(const Graph& graph, std::span<const int> outputs)
      : graph_(graph),
        need_(static_cast<size_t>(graph.size())),
        visited_(static_cast<size_t>(graph.size())) {
    for (int id : outputs) need(id);
    for (int id : outputs) visit(id);
  }
  const std::vector<int>& order() const { return order_; }

 private:
  int need(int id) {
    int& result = need_[static_cast<size_t>(id)];
    if (graph_[id].kind != Node::Kind::instruction || result > 0) return result;
    std::array<int, 3> needs{};
    size_t count = 0;
    for (int operand : operands(graph_[id])) needs[count++] = need(operand);
    std::ranges::sort(needs, std::greater());
    int most = 1;
    for (size_t k = 0; k < count; ++k) most = std::max(most, needs[k] + static_cast<int>(k));
    return result = most;
  }
  void visit(int id) {
    if (graph_[id].kind != Node::Kind::instruction || visited_[static_cast<size_t>(id)]) return;
    visited_[static_cast<size_t>(id)] = true;
    std::array<int, 3> next{};
    const auto source = operands(graph_[id]);
    std::ranges::copy(source, next.begin());
    const auto used = std::span(next).first(source.size());
    std::ranges::stable_sort(used, std::greater(), [&](int operand) { return need(operand); });
    for (int operand : used) visit(operand);
    order_.push_back(id);
  }

  const Graph& graph_;
  std::vector<int> need_;
  std::vector<bool> visited_;
  std::vector<int> order_;
};

TypeRule derive_rule(const PointwiseProgram& program, bool lost_floating) {
  const auto fractional = [](double value) { return std::trunc(value) != value; };
  const auto rule_of = [](const Instruction& i) { return info(i.op).rule; };
  if (lost_floating ||
      std::ranges::find(program.code(), TypeRule::floating, rule_of) != program.code().end()) {
    return TypeRule::floating;
  }
  const bool boolean = std::ranges::all_of(program.outputs(), [&](uint8_t value) {
    return rule_of(program.code()[static_cast<size_t>(value - program.first_result())]) ==
           TypeRule::boolean;
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

// Before the schedule, which recurses along chains.
template <class State>
void check_length(const State& state, const Graph& graph) {
  const std::vector<int> uses = count_uses(graph, state.outputs);
  int constants = 0, instructions = 0;
  for (int id = 0; id < graph.size(); ++id) {
    if (uses[static_cast<size_t>(id)] == 0) continue;
    constants += graph[id].kind == Node::Kind::constant ? 1 : 0;
    instructions += graph[id].kind == Node::Kind::instruction ? 1 : 0;
  }
  for (int id : state.outputs) {
    instructions += graph[id].kind == Node::Kind::instruction ? 0 : 1;  // a copy
  }
  const int values = state.inputs + state.scalars + constants + instructions;
  if (values <= kMaxValues) return;
  throw ValueError(fmt::format(
      "pointwise {}: the program is too long: {} values ({} inputs, {} scalars, {} constants, {} "
      "instructions), at most {}; split it in two",
      state.name, values, state.inputs, state.scalars, constants, instructions, kMaxValues));
}

}  // namespace

PointwiseBuilder::PointwiseBuilder(std::string name, int inputs, int scalars)
    : state_(std::make_unique<State>()) {
  if (inputs < 0 || scalars < 0 || inputs + scalars > kMaxValues) {
    throw ValueError(
        fmt::format("pointwise {}: bad number of inputs or scalars: {} and {}; "
                    "together at most {}",
                    name, inputs, scalars, kMaxValues));
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

ProgramPtr PointwiseBuilder::build() {
  const std::span<const int> outputs = state_->outputs;
  if (outputs.empty()) {
    throw ValueError(fmt::format("pointwise {}: the program has no output", state_->name));
  }
  Graph graph = state_->graph;
  join_fma(graph, outputs);
  check_length(*state_, graph);
  const Schedule schedule(graph, outputs);

  std::shared_ptr<PointwiseProgram> program(new PointwiseProgram);
  program->name_ = state_->name;
  program->inputs_ = state_->inputs;
  program->scalars_ = state_->scalars;
  const std::vector<uint8_t> number =
      number_values(graph, schedule.order(), outputs, *program, program->constants_);
  const auto number_of = [&](int id) { return number[static_cast<size_t>(id)]; };
  for (int id : schedule.order()) {
    Instruction step{graph[id].op, {0, 0, 0}};
    std::ranges::transform(operands(graph[id]), step.operand, number_of);
    program->code_.push_back(step);
    program->uses_random_ |= step.op == Opcode::uniform || step.op == Opcode::normal;
  }
  // Every output is the result of an instruction: one that is an input or a number is copied.
  for (int id : outputs) {
    if (graph[id].kind == Node::Kind::instruction) {
      program->outputs_.push_back(number_of(id));
      continue;
    }
    program->outputs_.push_back(static_cast<uint8_t>(program->values()));
    program->code_.push_back({Opcode::copy, {number_of(id), 0, 0}});
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
