// See block_program.hpp.
#include "backend_cpu/pointwise/block_program.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <memory>
#include <new>

#include "customtensor/error.hpp"

namespace ct::cpu {
namespace {

/// Working memory of the calling thread, kept between calls.
std::byte* thread_scratch(size_t bytes) {
  struct Free {
    void operator()(std::byte* p) const { std::free(p); }
  };
  thread_local std::unique_ptr<std::byte, Free> memory;
  thread_local size_t capacity = 0;
  if (bytes > capacity) {
    const size_t rounded = (bytes + 4095) / 4096 * 4096;
    memory.reset(static_cast<std::byte*>(std::aligned_alloc(4096, rounded)));
    capacity = memory ? rounded : 0;
    if (!memory) throw std::bad_alloc();
  }
  return memory.get();
}

void write_scalar(DType compute, const Scalar& scalar, void* cell) {
  switch (compute) {
    case DType::float64:
      *static_cast<double*>(cell) = scalar.to<double>();
      break;
    case DType::int32:
      *static_cast<int32_t*>(cell) = static_cast<int32_t>(scalar.modulo());
      break;
    case DType::int64:
    case DType::uint64:
      *static_cast<uint64_t*>(cell) = scalar.modulo();
      break;
    default:
      *static_cast<float*>(cell) = scalar.to<float>();
      break;
  }
}

}  // namespace

BlockProgram::BlockProgram(const PointwiseProgram& program, DType compute,
                           std::span<const Scalar> scalars, const InputSet& uniform)
    : program_(program),
      kernels_(pointwise_kernels()),
      compute_(compute),
      compute_index_(compute_index(compute)) {
  for (int i = 0; i < program.scalars(); ++i) {
    write_scalar(compute, scalars[static_cast<size_t>(i)], &cell_[program.first_scalar() + i]);
  }
  const auto constants = program.constants();
  for (size_t i = 0; i < constants.size(); ++i) {
    write_scalar(compute, Scalar(constants[i]),
                 &cell_[program.first_constant() + static_cast<int>(i)]);
  }
  const auto code = program.code();
  const int first_result = program.first_result();
  const auto is_uniform = [&](int value) {
    if (value < program.inputs()) return uniform[static_cast<size_t>(value)];
    return value < first_result || uniform_result_[value - first_result];
  };
  for (int i = 0; i < steps(); ++i) {
    const Instruction& instruction = code[static_cast<size_t>(i)];
    Step& step = step_[i];
    cost_ += cost_of_opcode(instruction.op);
    uniform_result_[i] = false;
    if (instruction.op == Opcode::uniform || instruction.op == Opcode::normal) {
      step.kind = instruction.op == Opcode::uniform ? Kind::random_uniform : Kind::random_normal;
      if (kernels_.uniform[compute_index_] == nullptr) {
        throw BackendError(
            fmt::format("cpu: {} cannot be computed in {}", program.name(), ct::name(compute)));
      }
      continue;
    }
    const int arity = info(instruction.op).arity;
    int scalars_mask = 0;
    for (int k = 0; k < 3; ++k) {
      // Missing operands repeat the first one: pointers that are never read.
      step.operand[k] = instruction.operand[k < arity ? k : 0];
      if (k < arity && is_uniform(step.operand[k])) scalars_mask |= 1 << k;
    }
    step.kind = Kind::vector;
    if (scalars_mask == (1 << arity) - 1) {
      step.kind = Kind::uniform;
      uniform_result_[i] = true;
      scalars_mask = 0;
    }
    step.kernel = kernels_.op[compute_index_][static_cast<int>(instruction.op)][scalars_mask];
    if (step.kernel == nullptr) {
      throw BackendError(fmt::format("cpu: {} cannot compute {} in {}", program.name(),
                                     info(instruction.op).name, ct::name(compute)));
    }
  }
}

int64_t BlockProgram::cost_of_opcode(Opcode op) {
  switch (op) {
    case Opcode::div:
    case Opcode::sqrt:
    case Opcode::rsqrt:
    case Opcode::reciprocal:
    case Opcode::hypot:
      return 2;
    case Opcode::exp:
    case Opcode::exp2:
    case Opcode::expm1:
    case Opcode::log:
    case Opcode::log1p:
    case Opcode::sigmoid:
    case Opcode::floor_divide:
    case Opcode::fmod:
    case Opcode::remainder:
    case Opcode::shift_left:
    case Opcode::shift_right:
    case Opcode::uniform:
      return 6;
    case Opcode::sin:
    case Opcode::cos:
    case Opcode::tan:
    case Opcode::asin:
    case Opcode::acos:
    case Opcode::atan:
    case Opcode::sinh:
    case Opcode::cosh:
    case Opcode::tanh:
    case Opcode::asinh:
    case Opcode::acosh:
    case Opcode::atanh:
    case Opcode::log2:
    case Opcode::log10:
    case Opcode::softplus:
    case Opcode::erf:
    case Opcode::erfc:
    case Opcode::erfinv:
    case Opcode::gelu:
    case Opcode::gelu_tanh:
    case Opcode::gelu_slope:
    case Opcode::gelu_tanh_slope:
    case Opcode::normal:
      return 10;
    case Opcode::pow:
    case Opcode::atan2:
      return 20;
    case Opcode::lgamma:
    case Opcode::digamma:
      return 60;
    case Opcode::polygamma:
      return 200;
    default:
      return 1;
  }
}

bool BlockProgram::may_overwrite(int output, int input) const {
  const auto code = program_.code();
  const int defined = program_.outputs()[static_cast<size_t>(output)] - program_.first_result();
  for (int i = defined + 1; i < steps(); ++i) {
    const int arity = info(code[static_cast<size_t>(i)].op).arity;
    for (int k = 0; k < arity; ++k) {
      if (code[static_cast<size_t>(i)].operand[k] == input) return false;
    }
  }
  return true;
}

BlockFrame::BlockFrame(const BlockProgram& program) : program_(program) {
  const PointwiseProgram& p = program.program_;
  const int inputs = p.inputs();
  blocks_ = thread_scratch(static_cast<size_t>((inputs + p.slot_count()) * pitch_));
  for (int v = p.first_scalar(); v < p.first_result(); ++v) value_[v] = &program.cell_[v];
  for (int i = 0; i < program.steps(); ++i) {
    const int v = p.first_result() + i;
    result_[i] = program.uniform_result_[i]
                     ? static_cast<void*>(&cell_[v])
                     : blocks_ + pitch_ * (inputs + p.slots()[static_cast<size_t>(i)]);
    value_[v] = result_[i];
  }
}

void BlockFrame::set_output(int output, void* data) {
  const PointwiseProgram& p = program_.program_;
  const int v = p.outputs()[static_cast<size_t>(output)];
  const int step = v - p.first_result();
  if (program_.uniform_result_[step]) return;
  result_[step] = data;
  value_[v] = data;
}

void BlockFrame::set_uniform_input(int input, const void* data, DType dtype) {
  program_.kernels_.load[program_.compute_index_][static_cast<int>(dtype)](data, &cell_[input], 1);
  value_[input] = &cell_[input];
}

const void* BlockFrame::output(int output, int64_t n) {
  const PointwiseProgram& p = program_.program_;
  const int v = p.outputs()[static_cast<size_t>(output)];
  const int step = v - p.first_result();
  if (!program_.uniform_result_[step]) return value_[v];
  std::byte* block = blocks_ + pitch_ * (p.inputs() + p.slots()[static_cast<size_t>(step)]);
  program_.kernels_.gather[program_.compute_index_][static_cast<int>(program_.compute_)](
      &cell_[v], 0, 0, 1, n, block);
  return block;
}

void BlockFrame::run(int64_t n, RandomState random, int64_t first) {
  using Kind = BlockProgram::Kind;
  const int steps = program_.steps();
  for (int i = 0; i < steps; ++i) {
    const BlockProgram::Step& step = program_.step_[i];
    switch (step.kind) {
      case Kind::vector:
      case Kind::uniform:
        step.kernel(value_[step.operand[0]], value_[step.operand[1]], value_[step.operand[2]],
                    result_[i], step.kind == Kind::vector ? n : 1);
        break;
      case Kind::random_uniform:
        program_.kernels_.uniform[program_.compute_index_](random.seed, random.offset, first,
                                                           result_[i], n);
        break;
      case Kind::random_normal:
        program_.kernels_.normal[program_.compute_index_](random.seed, random.offset, first,
                                                          result_[i], n);
        break;
    }
  }
}

}  // namespace ct::cpu
