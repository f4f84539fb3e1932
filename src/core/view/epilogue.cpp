// See epilogue.hpp.
#include "core/view/epilogue.hpp"

#include "core/view/strided.hpp"

namespace ct {

EpilogueCall::EpilogueCall(const Epilogue& epilogue, const TensorView& part, const Dims& origin)
    : epilogue_(epilogue), part_(part), operands_(epilogue.inputs.size() + 1) {
  operands_.push_back(operand_of(part));
  for (const TensorView& view : epilogue.inputs) {
    Operand operand = operand_of(view);
    for (int axis = 0; axis < origin.rank(); ++axis) {
      operand.offset += origin[axis] * view.strides[axis];
    }
    operands_.push_back(operand);
  }
}

PointwiseArgs EpilogueCall::args() {
  return {.program = epilogue_.program,
          .compute = compute_type(part_.dtype),
          .shape = part_.shape,
          .inputs = operands_.all(),
          .outputs = operands_.all().first(1),
          .scalars = epilogue_.scalars,
          .random = {}};
}

void run_epilogue(Backend& backend, const Epilogue& epilogue, const TensorView& result) {
  if (epilogue.program == nullptr) return;
  backend.pointwise(EpilogueCall(epilogue, result, {}).args());
}

}  // namespace ct
