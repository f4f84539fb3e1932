// From a graph of expressions to a list of instructions: live nodes only, products joined to the
// sums that alone use them, in an order in which few results are alive at once.
#pragma once

#include <span>
#include <vector>

#include "core/program/pointwise_graph.hpp"

namespace ct::pointwise {

/// The nodes that an instruction reads.
std::span<const int> operands(const Node& node);

/// How often each node is used by live nodes and outputs; 0 means dead.
std::vector<int> count_uses(const Graph& graph, std::span<const int> outputs);

/// Makes a * b + c, with a product that nothing else uses, one instruction.
void join_fma(Graph& graph, std::span<const int> outputs);

/// Instructions in an order that visits the operand which needs most slots first (Sethi-Ullman),
/// depth first from the outputs. Recurses along chains.
std::vector<int> schedule(const Graph& graph, std::span<const int> outputs);

}  // namespace ct::pointwise
