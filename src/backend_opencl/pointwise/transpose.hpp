// Operands that lie across the others, which the pointwise kernels would read an element at a time.
#pragma once

#include <memory>
#include <vector>

#include "backend_opencl/opencl_backend.hpp"
#include "backend_opencl/runtime/runtime.hpp"
#include "core/view/dense.hpp"

namespace ct::opencl {

/// Does a pointwise call that is a copy between transposed layouts; false, and nothing done, for
/// others.
bool run_transposition(Runtime& runtime, const PointwiseArgs& args);

/// A pointwise call whose large inputs all lie along its output: those that lie across it are
/// copied first. Valid as long as this object lives.
class TurnedInputs {
 public:
  TurnedInputs(OpenClBackend& backend, const PointwiseArgs& args);
  TurnedInputs(const TurnedInputs&) = delete;
  TurnedInputs& operator=(const TurnedInputs&) = delete;
  const PointwiseArgs& args() const { return args_; }

 private:
  PointwiseArgs args_;
  std::vector<Operand> operands_;
  std::vector<std::unique_ptr<DenseArray>> copies_;
};

}  // namespace ct::opencl
