// A derivative that did not fit into one program is a sum of parts; what each of them reads is kept
// in one list, part after part.
#include "ops/pointwise/saved_program.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>

#include "core/tensor/tensor_impl.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/reduce.hpp"
#include "ops/pointwise/program_call.hpp"

namespace ct::ops {

using ct::detail::impl;

namespace {

/// Stands for the gradient of an output that none reached.
Tensor zeros_beside(std::span<const Tensor> grads, const Shape& shape) {
  const Tensor& g = *std::find_if(grads.begin(), grads.end(), [](auto& t) { return t.defined(); });
  Tensor zero = detail::make_tensor(shape, g.dtype(), impl(g).backend());
  detail::fill_unrecorded(zero, 0);
  return zero;
}

bool is_zero(const PointwiseGradient& gradient) {
  for (const PointwiseGradient* part = &gradient; part != nullptr; part = part->rest.get()) {
    for (const int where : part->result) {
      if (where != PointwiseGradient::kZero) return false;
    }
  }
  return true;
}

}  // namespace

SavedProgram::SavedProgram(const ProgramPtr& program, TensorPtrs inputs,
                           std::span<const Tensor> outputs, std::span<const Scalar> scalars,
                           RandomState random)
    : program_(program),
      gradient_(&program->gradient(wanted_inputs(inputs))),
      scalar_count_(static_cast<uint8_t>(scalars.size())),
      random_(random) {
  bool differs = false;
  const Shape& first = impl(outputs.empty() ? *inputs[0] : outputs[0]).shape;
  for (const Tensor* input : inputs) differs = differs || impl(*input).shape != first;
  if (differs) {
    shapes_ = std::make_unique<Shape[]>(inputs.size());
    for (size_t i = 0; i < inputs.size(); ++i) shapes_[i] = impl(*inputs[i]).shape;
  }
  size_t sources = 0;
  for (const auto* part = gradient_; part != nullptr; part = part->rest.get()) {
    sources += part->sources.size();
  }
  if (sources > std::size(few_)) many_.resize(sources);
  autograd::SavedTensor* saved = many_.empty() ? few_ : many_.data();
  for (const auto* part = gradient_; part != nullptr; part = part->rest.get()) {
    for (const auto [kind, index] : part->sources) {
      if (kind == PointwiseGradient::Source::Kind::input) {
        *saved = autograd::SavedTensor(*inputs[index], index);
        saves_ = true;
      } else if (kind == PointwiseGradient::Source::Kind::output) {
        if (outputs.empty()) {
          throw std::logic_error("a prologue's derivative must not read its result: " +
                                 program->name());
        }
        *saved = autograd::SavedTensor::output(outputs[index], index);
        saves_ = true;
      }
      ++saved;
    }
  }
  if (scalars.size() > std::size(scalars_)) more_scalars_.assign(scalars.begin(), scalars.end());
  for (size_t i = 0; i < std::min(scalars.size(), std::size(scalars_)); ++i) {
    scalars_[i] = scalars[i];
  }
}

void SavedProgram::release() {
  for (auto& s : few_) s.reset();
  many_.clear();
}

DType SavedProgram::result_type(const PointwiseGradient& part, int k, DType type,
                                const Shape& shape, const autograd::Gradients& result) const {
  std::optional<DType> dtype;
  for (int i = 0; i < result.size(); ++i) {
    const auto at = static_cast<size_t>(i);
    if (part.result[at] != k || !result.needed(i)) continue;
    const bool whole = !gradient_->rest && (!shapes_ || shapes_[at] == shape);
    const DType wanted =
        whole ? result.dtype(i) : promote_types(compute_type(type), result.dtype(i));
    dtype = dtype ? promote_types(*dtype, wanted) : wanted;
  }
  return dtype.value_or(type);
}

void SavedProgram::add(int i, Tensor g, autograd::Gradients& result) const {
  if (shapes_ && g.shape() != shapes_[static_cast<size_t>(i)]) {
    g = sum_to(g, shapes_[static_cast<size_t>(i)]);
  }
  result[i] = result[i].defined() ? result[i] + g : std::move(g);
}

void SavedProgram::run_part(const PointwiseGradient& part, const autograd::SavedTensor* saved,
                            const char* name, std::span<const Tensor> grads, const Shape& shape,
                            autograd::Gradients& result) const {
  Tensor single;
  Tensors many;
  std::span<Tensor> results;
  if (part.program) {
    const size_t n = part.sources.size();
    std::array<Tensor, 8> few;
    std::array<const Tensor*, 8> few_pointers{};
    std::vector<Tensor> more(n > few.size() ? n : 0);
    std::vector<const Tensor*> more_pointers(more.size());
    Tensor* values = more.empty() ? few.data() : more.data();
    const Tensor** pointers = more.empty() ? few_pointers.data() : more_pointers.data();
    for (size_t k = 0; k < n; ++k) {
      const auto [kind, index] = part.sources[k];
      if (kind != PointwiseGradient::Source::Kind::gradient) {
        values[k] = saved[k].get();
      } else {
        values[k] = grads[index].defined() ? grads[index] : zeros_beside(grads, shape);
      }
      pointers[k] = &values[k];
    }
    const std::span<const Scalar> scalars = more_scalars_.empty()
                                                ? std::span<const Scalar>(scalars_, scalar_count_)
                                                : std::span<const Scalar>(more_scalars_);
    const Plan plan = plan_of(name, *part.program, {pointers, n}, scalars);
    const size_t outputs = part.program->outputs().size();
    if (outputs > 1) many.resize(outputs);
    results = outputs > 1 ? std::span(many) : std::span(&single, 1);
    for (size_t k = 0; k < outputs; ++k) {
      const DType dtype = result_type(part, static_cast<int>(k), plan.type, shape, result);
      results[k] = detail::make_tensor(plan.shape, dtype, *plan.backend);
    }
    launch(*part.program, plan, {pointers, n}, results, scalars, random_);
    record_program(name, part.program, {pointers, n}, results, scalars, random_);
  }
  for (int i = 0; i < result.size(); ++i) {
    const int where = part.result[static_cast<size_t>(i)];
    if (!result.needed(i) || where == PointwiseGradient::kZero) continue;
    if (where >= PointwiseGradient::kCopyOf) {
      const Tensor& g = grads[static_cast<size_t>(where - PointwiseGradient::kCopyOf)];
      if (g.defined()) add(i, g, result);
    } else {
      add(i, results[static_cast<size_t>(where)], result);
    }
  }
}

void SavedProgram::backward(const char* name, std::span<const Tensor> grads, const Shape& shape,
                            autograd::Gradients& result) const {
  // What has a derivative of zero throughout (floor) passes zeros on, as in PyTorch; one zero
  // beside others is not worth a pass over memory.
  if (is_zero(*gradient_)) {
    for (int i = 0; i < result.size(); ++i) {
      if (result.needed(i)) add(i, zeros_beside(grads, shape), result);
    }
    return;
  }
  const autograd::SavedTensor* saved = many_.empty() ? few_ : many_.data();
  for (const auto* part = gradient_; part != nullptr; part = part->rest.get()) {
    run_part(*part, saved, name, grads, shape, result);
    saved += part->sources.size();
  }
}

}  // namespace ct::ops
