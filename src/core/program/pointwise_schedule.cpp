// Nodes are counted and visited from the outputs, so what is dead is never met.
#include "core/program/pointwise_schedule.hpp"

#include <algorithm>
#include <array>
#include <functional>

namespace ct::pointwise {

std::span<const int> operands(const Node& node) {
  const int arity = node.kind == Node::Kind::instruction ? info(node.op).arity : 0;
  return std::span(node.operand).first(static_cast<size_t>(arity));
}

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

namespace {

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

}  // namespace

std::vector<int> schedule(const Graph& graph, std::span<const int> outputs) {
  return Schedule(graph, outputs).order();
}

}  // namespace ct::pointwise
