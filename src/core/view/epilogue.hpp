// An epilogue as a pointwise call: output = program(result, inputs…), in place. A device that does
// not run it on tiles that are still in cache runs it after the product.
#pragma once

#include "core/program/operand_list.hpp"
#include "customtensor/backend.hpp"
#include "customtensor/export.hpp"
#include "customtensor/shape.hpp"

namespace ct {

/// The call for `part`, a part of the whole result that begins at `origin`. For as long as the
/// epilogue and the part live.
class CT_API EpilogueCall {
 public:
  EpilogueCall(const Epilogue& epilogue, const TensorView& part, const Dims& origin);
  PointwiseArgs args();

 private:
  const Epilogue& epilogue_;
  const TensorView& part_;
  OperandList operands_;
};

/// Runs the epilogue, if there is one, on a whole result by the device's pointwise kernels.
CT_API void run_epilogue(Backend& backend, const Epilogue& epilogue, const TensorView& result);

}  // namespace ct
