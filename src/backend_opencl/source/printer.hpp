// Prints pointwise programs as OpenCL C. The text depends on structure, dtypes, rank and which
// operands are contiguous along the last axis; sizes, strides, offsets and scalars are arguments.
// Knows nothing of OpenCL's API.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "customtensor/backend.hpp"

namespace ct::opencl {

/// How an operand goes along the last axis.
enum class Reach : uint8_t { unit, splat, gaps };

struct OperandForm {
  DType dtype = DType::float32;
  Reach reach = Reach::unit;
};

/// Everything a kernel's text depends on besides the program.
struct KernelForm {
  DType compute = DType::float32;
  int lanes = 8;
  int rank = 1;
  bool wide = false;  ///< places need 64 bits
  std::vector<OperandForm> inputs, outputs;
};

/// "float", "uchar": how a dtype lies in memory.
const char* storage_type(DType dtype);

/// A constant of the compute type.
std::string literal(double value, DType compute);

/// `  const V v3 = op_add(x0, s1);` for every instruction. Inputs are x<i>, scalars s<i>; random
/// instructions use seed, offset and the number `index` of the first lane's element.
std::string print_code(const PointwiseProgram& program, DType compute, const std::string& index,
                       const std::string& indent);

/// The name of a value in that text.
std::string value_name(const PointwiseProgram& program, int value, DType compute);

/// A declaration for each scalar, from the arguments named a0, a1, ….
std::string print_scalars(const PointwiseProgram& program, const std::string& indent);

/// `  const V x0 = FROM_float32(LOAD_UNIT(float, p0, at0 + i));` for operand k at at<k>, `place`
/// along the last axis in elements. `count`: lanes that there are, or empty for all.
std::string print_load(int k, const OperandForm& form, const std::string& place,
                       const std::string& count, const std::string& indent);

/// Loads, instructions and stores for one vector at `place` of the last axis. `index` as above.
std::string print_body(const PointwiseProgram& program, const KernelForm& form,
                       const std::string& place, const std::string& count, const std::string& index,
                       const std::string& indent);

/// The whole kernel `run` of a pointwise call; common.cl, pointwise.cl and random.cl go before it.
std::string print_pointwise(const PointwiseProgram& program, const KernelForm& form);

/// Whether the interpreter knows it. What is in special.cl would be a third of its build, and is
/// rare.
bool is_interpreted(Opcode op);
/// The `case`s of kernels/pointwise/interpreter.cl.
std::string print_interpreter_cases(DType compute);

/// Errors: BackendError when an instruction has no meaning in `compute`.
void check_compute(const PointwiseProgram& program, DType compute);

}  // namespace ct::opencl
