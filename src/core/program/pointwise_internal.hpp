// What the pointwise files of core share: a row of the instruction table, arithmetic on constants,
// and the cache of derivatives. Counterpart of the public customtensor/pointwise.hpp.
#pragma once

#include <array>
#include <atomic>
#include <mutex>

#include "customtensor/pointwise.hpp"

namespace ct::pointwise {

/// What a derivative rule may use: the gradient `g` that arrives, the result `y`, the operands.
struct Terms {
  PointwiseValue g, y, a, b, c;
};

/// Gradient of one operand. Null in the table: zero everywhere.
using Partial = PointwiseValue (*)(const Terms& t);

struct Row {
  OpcodeInfo info;
  std::array<Partial, 3> partial;
};
const Row& row(Opcode op);

/// The instruction on numbers, in float64: what constants are folded with.
double evaluate(Opcode op, double a, double b, double c);

/// Appends to the builder of whichever operand has one; folds when all are plain numbers.
PointwiseValue apply(Opcode op, PointwiseValue a, PointwiseValue b = 0.0, PointwiseValue c = 0.0);

/// Fills what follows from inputs, scalars, constants, code and outputs.
uint64_t structural_key(const PointwiseProgram& program);
std::vector<uint8_t> allocate_slots(const PointwiseProgram& program, int* count);

/// The derivative for the inputs in `wanted`.
PointwiseGradient differentiate(const PointwiseProgram& program, const InputSet& wanted);

}  // namespace ct::pointwise

namespace ct {

/// One entry for each `wanted` that was ever asked for (a handful): a list that only grows at its
/// head, so that a hit is a short walk without a lock.
struct PointwiseProgram::Gradients {
  struct Entry {
    InputSet wanted;
    PointwiseGradient gradient;
    Entry* next;
  };
  std::atomic<Entry*> head{nullptr};
  std::mutex building;

  Gradients() = default;
  Gradients(const Gradients&) = delete;
  Gradients& operator=(const Gradients&) = delete;
  ~Gradients();
  const PointwiseGradient* find(const InputSet& wanted) const {
    for (const Entry* e = head.load(std::memory_order_acquire); e != nullptr; e = e->next) {
      if (e->wanted == wanted) return &e->gradient;
    }
    return nullptr;
  }
};

}  // namespace ct
