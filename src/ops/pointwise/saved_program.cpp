#include "ops/pointwise/saved_program.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "core/tensor/tensor_impl.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/reduce.hpp"

namespace ct::ops {

using ct::detail::impl;

SavedProgram::SavedProgram(const ProgramPtr& program, TensorPtrs inputs,
                           std::span<const Tensor* const> outputs, std::span<const Scalar> scalars,
                           RandomState random)
    : program_(program), scalar_count_(static_cast<uint8_t>(scalars.size())), random_(random) {
  uint32_t wanted = 0;
  bool differs = false;
  const TensorImpl& first = impl(outputs.empty() ? *inputs[0] : *outputs[0]);
  for (size_t i = 0; i < inputs.size(); ++i) {
    const TensorImpl& t = impl(*inputs[i]);
    if (t.wants_grad()) wanted |= 1U << i;
    differs = differs || t.shape != first.shape || t.dtype != first.dtype;
  }
  gradient_ = &program->gradient(wanted);
  if (differs) {
    facts_ = std::make_unique<InputFacts[]>(inputs.size());
    for (size_t i = 0; i < inputs.size(); ++i) {
      facts_[i] = {impl(*inputs[i]).shape, impl(*inputs[i]).dtype};
    }
  }
  const auto& sources = gradient_->sources;
  if (sources.size() > std::size(few_)) many_.resize(sources.size());
  autograd::SavedTensor* saved = many_.empty() ? few_ : many_.data();
  for (size_t k = 0; k < sources.size(); ++k) {
    const auto [kind, index] = sources[k];
    if (kind == PointwiseGradient::Source::Kind::input) {
      saved[k] = autograd::SavedTensor(*inputs[index], index);
      saves_ = true;
    } else if (kind == PointwiseGradient::Source::Kind::output) {
      if (outputs.empty()) {
        throw std::logic_error("a prologue's derivative must not read its result: " +
                               program->name());
      }
      saved[k] = autograd::SavedTensor::output(*outputs[index], index);
      saves_ = true;
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

void SavedProgram::backward(const char* name, std::span<const Tensor> grads, const Shape& shape,
                            autograd::Gradients& result) const {
  const auto finish = [&](int i, Tensor g) {
    if (facts_) {
      const InputFacts& facts = facts_[static_cast<size_t>(i)];
      if (g.dtype() != facts.dtype) g = g.to(facts.dtype);
      if (g.shape() != facts.shape) g = sum_to(g, facts.shape);
    }
    result[i] = std::move(g);
  };
  const auto& gradient = *gradient_;
  // An output that no gradient reached counts as zero.
  const auto zeros = [&]() -> Tensor {
    const Tensor& g =
        *std::find_if(grads.begin(), grads.end(), [](auto& t) { return t.defined(); });
    const Tensor zero = detail::make_tensor(shape, g.dtype(), impl(g).backend());
    detail::fill_unrecorded(zero, 0);
    return zero;
  };
  const auto arriving = [&](size_t j) { return grads[j].defined() ? grads[j] : zeros(); };
  Tensors results;
  Tensor single;
  if (gradient.program) {
    const size_t n = gradient.sources.size();
    const autograd::SavedTensor* saved = many_.empty() ? few_ : many_.data();
    std::array<Tensor, 8> few;
    std::array<const Tensor*, 8> few_pointers{};
    std::vector<Tensor> more(n > few.size() ? n : 0);
    std::vector<const Tensor*> more_pointers(more.size());
    Tensor* values = more.empty() ? few.data() : more.data();
    const Tensor** pointers = more.empty() ? few_pointers.data() : more_pointers.data();
    for (size_t k = 0; k < n; ++k) {
      const auto [kind, index] = gradient.sources[k];
      values[k] =
          kind == PointwiseGradient::Source::Kind::gradient ? arriving(index) : saved[k].get();
      pointers[k] = &values[k];
    }
    const std::span<const Scalar> scalars = more_scalars_.empty()
                                                ? std::span<const Scalar>(scalars_, scalar_count_)
                                                : std::span<const Scalar>(more_scalars_);

    if (gradient.program->outputs().size() == 1) {
      single = apply(name, gradient.program, {pointers, n}, scalars, random_);
    } else {
      results = apply_all(name, gradient.program, {pointers, n}, scalars, random_);
    }
  }
  // What has a derivative of zero throughout (floor) passes zeros on, as in PyTorch; one zero
  // beside others is not worth a pass over memory.
  if (std::all_of(gradient.result.begin(), gradient.result.end(),
                  [](int where) { return where == PointwiseGradient::kZero; })) {
    for (int i = 0; i < result.size(); ++i) {
      if (result.needed(i)) finish(i, zeros());
    }
    return;
  }
  for (int i = 0; i < result.size(); ++i) {
    const int where = gradient.result[static_cast<size_t>(i)];
    if (!result.needed(i) || where == PointwiseGradient::kZero) continue;
    if (where >= PointwiseGradient::kCopyOf) {
      const Tensor& g = grads[static_cast<size_t>(where - PointwiseGradient::kCopyOf)];
      if (g.defined()) finish(i, g);
    } else {
      finish(i, results.empty() ? single : results[static_cast<size_t>(where)]);
    }
  }
}

}  // namespace ct::ops
