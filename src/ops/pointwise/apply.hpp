// The one way pointwise programs run on tensors: checks, promotion, broadcasting, the kernel call,
// and the tape. A recorded program's backward is its own derivative program, applied the same way,
// so gradients of any order come for free.
#pragma once

#include <initializer_list>
#include <span>

#include "autograd/record.hpp"
#include "core/tensor/tensor_impl.hpp"
#include "customtensor/pointwise.hpp"
#include "customtensor/random.hpp"

namespace ct::ops {

using TensorPtrs = std::span<const Tensor* const>;

/// PyTorch's result type of tensors (those of no axes count less) and scalars (less still).
DType result_type(TensorPtrs inputs, std::span<const Scalar> scalars = {});

/// program(inputs…), first output. `name` is the op's, for errors and the tape.
Tensor apply(const char* name, const ProgramPtr& program, TensorPtrs inputs,
             std::span<const Scalar> scalars = {}, RandomState random = {});
inline Tensor apply(const char* name, const ProgramPtr& program,
                    std::initializer_list<const Tensor*> inputs,
                    std::initializer_list<Scalar> scalars = {}) {
  return apply(name, program, TensorPtrs(inputs.begin(), inputs.size()),
               std::span<const Scalar>(scalars.begin(), scalars.size()));
}
/// The same of a program that draws: a value for each element is taken from `stream` once the
/// result has its memory, none if there is an error before.
Tensor apply(const char* name, const ProgramPtr& program, TensorPtrs inputs,
             std::span<const Scalar> scalars, Generator& stream);

/// Writes program(self, inputs…) into self, recorded; bumps its version.
/// Errors: ShapeError if the inputs do not broadcast to self's shape; DTypeError if the result is
/// of a higher kind than self; AutogradError on a leaf that requires grad.
void apply_in_place(const char* name, const ProgramPtr& program, const Tensor& self,
                    std::initializer_list<const Tensor*> inputs,
                    std::initializer_list<Scalar> scalars = {});

/// program() of no inputs, as a new tensor; not recorded. Draws from `stream`, as below.
Tensor apply_creation(const ProgramPtr& program, const Shape& shape, DType dtype, Backend& backend,
                      std::span<const Scalar> scalars, Generator& stream);

/// An operand that broadcasts `t` to `shape`.
Operand broadcast_operand(const Tensor& t, const Shape& shape);

}  // namespace ct::ops
