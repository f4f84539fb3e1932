// How ops deal with complex tensors: no kernel knows them. A pointwise program is translated into
// one on real and imaginary parts, which are strided views of a tensor (apply_complex); what moves
// or adds numbers up works on pairs, as one more axis (by_pairs). So an instruction set, a device
// and a dtype cost nothing more for complex numbers, and derivatives follow from those of the real
// program.
#pragma once

#include <span>

#include "core/tensor/tensor_impl.hpp"
#include "customtensor/ops/complex.hpp"
#include "ops/pointwise/program_call.hpp"

namespace ct::ops {

/// A program on parts. Inputs: of each complex one both parts, one after the other. Output j of the
/// original is output `re`, and `im` unless that is -1: then it is real.
struct PartsProgram {
  struct Output {
    int re, im;
  };
  ProgramPtr program;
  std::vector<Output> outputs;
};

/// `program` where the inputs in `complex` are so. Kept as long as the library.
/// Errors: DTypeError naming `op` and the instruction, for one without a complex meaning
const PartsProgram& translated(const char* op, const ProgramPtr& program, const InputSet& complex);

/// The first output of a program on parts, of `shape`, recorded. `type`: what it is if it is
/// complex.
Tensor apply_parts(const char* name, const PartsProgram& program, std::span<const Tensor> parts,
                   const Shape& shape, DType type, std::span<const Scalar> scalars);

/// A program some of whose inputs are complex; `plan` is that of the whole call.
Tensor apply_complex(const char* name, const ProgramPtr& program, TensorPtrs inputs,
                     std::span<const Scalar> scalars, const Plan& plan);

/// The real parts of z, or (1) the imaginary ones, as a view that is not recorded.
Tensor plain_part(const Tensor& z, int part);

/// A gradient for a tensor of `dtype`: of a real one the real part is left.
Tensor as_gradient(const Tensor& g, DType dtype);

/// Numbers by pairs, a view or, where pairs do not lie side by side, a copy.
Tensor complex_of_pairs(const Tensor& pairs);

/// fn of the pairs (…, 2) of z, which gives pairs again.
template <class F>
Tensor by_pairs(const Tensor& z, const F& fn) {
  return complex_of_pairs(fn(view_as_real(z)));
}

}  // namespace ct::ops
