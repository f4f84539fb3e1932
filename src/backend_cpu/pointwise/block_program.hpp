// The interpreter of pointwise programs: each instruction runs as one SIMD loop over a block of
// elements that stays in the L1 cache.
//
//   BlockProgram: a program bound to its compute type, its scalars and the set of inputs that are
//                 one value; made once a call, shared by all threads.
//   BlockFrame:   one thread's working memory for it: a block per slot and per gathered input.
//
// Used by pointwise, by reduce (prologues), and open to kernels that run programs as epilogues.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "backend_cpu/pointwise/iteration.hpp"
#include "backend_cpu/simd/pointwise/pointwise_kernels.hpp"
#include "customtensor/backend.hpp"

namespace ct::cpu {

/// Blocks have 2 KiB: small enough for some ten of them in L1, long enough to hide the calls.
inline constexpr int64_t kBlockBytes = 2048;
inline constexpr int64_t block_elements(DType compute) {
  return kBlockBytes / static_cast<int64_t>(item_size(compute));
}

class BlockProgram {
 public:
  /// `uniform`: the inputs that have one value for the whole of each run.
  /// Errors: BackendError when an instruction has no meaning in `compute`.
  BlockProgram(const PointwiseProgram& program, DType compute, std::span<const Scalar> scalars,
               const InputSet& uniform);
  BlockProgram(const BlockProgram&) = delete;
  BlockProgram& operator=(const BlockProgram&) = delete;

  int inputs() const { return program_.inputs(); }
  int outputs() const { return static_cast<int>(program_.outputs().size()); }
  int steps() const { return static_cast<int>(program_.code().size()); }
  DType compute() const { return compute_; }

  /// Whether output `output` may be written to the memory that input `input` is read from, as soon
  /// as it is computed: no later instruction reads the input.
  bool may_overwrite(int output, int input) const;
  /// Whether result j is one value for the whole of each run (run does not write it to the memory
  /// given by set_output then).
  bool is_uniform_output(int output) const {
    return uniform_result_[program_.outputs()[static_cast<size_t>(output)] -
                           program_.first_result()];
  }
  /// How long an element takes, roughly, in cheap instructions.
  int64_t cost() const { return cost_; }
  static int64_t cost_of_opcode(Opcode op);

 private:
  friend class BlockFrame;
  enum class Kind : uint8_t { vector, uniform, random_uniform, random_normal };
  struct Step {
    PointwiseKernel kernel;
    Kind kind;
    uint8_t operand[3];
  };

  const PointwiseProgram& program_;
  const PointwiseKernels& kernels_;
  DType compute_;
  int compute_index_;
  int64_t cost_ = 0;
  bool uniform_result_[256];  ///< by instruction
  Step step_[256];
  alignas(8) uint64_t cell_[256];  ///< scalars and constants in the compute type, by value number
};

class BlockFrame {
 public:
  explicit BlockFrame(const BlockProgram& program);
  BlockFrame(const BlockFrame&) = delete;
  BlockFrame& operator=(const BlockFrame&) = delete;

  /// Working memory of input i: one block.
  void* input_block(int input) const { return blocks_ + pitch_ * input; }
  /// Where a uniform input's value, or another input's values, lie.
  void set_input(int input, const void* data) { value_[input] = data; }
  /// Where result j is to be written; null keeps it in a block.
  void set_output(int output, void* data);
  /// One value of input i, converted to the compute type.
  void set_uniform_input(int input, const void* data, DType dtype);

  /// Runs n elements; n <= block_elements unless the program is one instruction and all operands
  /// are in place. `first` numbers them for random instructions.
  void run(int64_t n, RandomState random = {}, int64_t first = 0);
  /// After run: the n values of result j.
  const void* output(int output, int64_t n);

 private:
  const BlockProgram& program_;
  std::byte* blocks_;
  static constexpr int64_t pitch_ = kBlockBytes + 192;  // so that blocks do not alias at 4 KiB
  void* result_[256];                                   ///< where each instruction writes
  const void* value_[256];                              ///< where each value is read
  alignas(8) uint64_t cell_[256];  ///< uniform inputs and results, by value number
};

}  // namespace ct::cpu
