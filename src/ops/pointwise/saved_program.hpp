// The backward of a recorded pointwise program: what it keeps, and how its derivative program is
// run.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "autograd/record.hpp"
#include "ops/pointwise/apply.hpp"

namespace ct::ops {

/// What a recorded program keeps for its derivative; shared by apply and by reductions with a
/// prologue.
class SavedProgram {
 public:
  /// `outputs` may be empty if the program is a prologue: its values are recomputed.
  SavedProgram(const ProgramPtr& program, TensorPtrs inputs, std::span<const Tensor> outputs,
               std::span<const Scalar> scalars, RandomState random);
  /// Gradients of the inputs that are needed, summed to the inputs' shapes. Each has its input's
  /// dtype, or, if it was put together from several kernels' results, the one they compute in.
  void backward(const char* name, std::span<const Tensor> grads, const Shape& shape,
                autograd::Gradients& result) const;
  bool saves() const { return saves_; }
  void release();

 private:
  /// `saved`: the part's sources.
  void run_part(const PointwiseGradient& part, const autograd::SavedTensor* saved, const char* name,
                std::span<const Tensor> grads, const Shape& shape,
                autograd::Gradients& result) const;
  /// What output `k` of the part's program is to be: an input's whole gradient has that input's
  /// dtype, which spares rounding it later; what is added to, or summed, that it is computed in.
  DType result_type(const PointwiseGradient& part, int k, DType type, const Shape& shape,
                    const autograd::Gradients& result) const;
  /// Adds a gradient of the results' shape to that of input i.
  void add(int i, Tensor g, autograd::Gradients& result) const;

  ProgramPtr program_;
  const PointwiseGradient* gradient_;
  std::vector<autograd::SavedTensor> many_;  // one for each source of the derivative's parts
  autograd::SavedTensor few_[3];
  std::unique_ptr<Shape[]> shapes_;  // of the inputs, only if one was broadcast
  std::vector<Scalar> more_scalars_;
  Scalar scalars_[2];
  uint8_t scalar_count_;
  bool saves_ = false;
  RandomState random_;
};

}  // namespace ct::ops
