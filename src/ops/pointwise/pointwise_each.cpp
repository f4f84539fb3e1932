// pointwise_each_: calls whose operands are alike (dense or of one element, the same dtypes, the
// same device) go to the device together, the others one by one.
#include "customtensor/ops/pointwise_each.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include "ops/pointwise/program_call.hpp"
#include "ops/pointwise/user_program.hpp"

namespace ct {
namespace {

using detail::impl;

/// What calls that run together have in common.
struct Kind {
  Backend* backend;
  DType compute;
  std::vector<std::pair<DType, bool>> operands;  ///< whether each is repeated along the call
  bool operator==(const Kind&) const = default;
};

/// Calls of one kind, as the device takes them.
class Together {
 public:
  explicit Together(Kind kind) : kind_(std::move(kind)) {}
  const Kind& kind() const { return kind_; }
  void add(const PointwiseLists& call) { calls_.push_back(&call); }

  void run(const PointwiseProgram& program, std::span<const Scalar> scalars) const {
    const size_t width = kind_.operands.size();
    std::vector<Operand> operands(width * calls_.size());
    std::vector<PointwiseEachArgs::Part> parts;
    parts.reserve(calls_.size());
    for (size_t i = 0; i < calls_.size(); ++i) {
      Operand* to = operands.data() + i * width;
      const auto put = [&](const Tensor& t) {
        const TensorImpl& from = impl(t);
        const auto k = static_cast<size_t>(to - operands.data()) % width;
        *to++ = {from.buffer(), from.offset, from.dtype, {kind_.operands[k].second ? 0 : 1}};
      };
      for (const Tensor& t : calls_[i]->inputs) put(t);
      for (const Tensor& t : calls_[i]->outputs) put(t);
      const std::span<const Operand> all(operands.data() + i * width, width);
      const size_t inputs = calls_[i]->inputs.size();
      parts.push_back({.size = impl(calls_[i]->outputs[0]).numel,
                       .inputs = all.first(inputs),
                       .outputs = all.subspan(inputs)});
    }
    Kernels(*kind_.backend)
        .pointwise_each(
            {.program = &program, .compute = kind_.compute, .parts = parts, .scalars = scalars});
  }

 private:
  Kind kind_;
  std::vector<const PointwiseLists*> calls_;
};

/// Whether the call can run with others, and the kind that it is of.
bool is_dense(const PointwiseLists& call, const ops::Plan& plan, Kind& kind) {
  kind.backend = plan.backend;
  kind.compute = plan.compute;
  kind.operands.clear();
  const int64_t size = impl(call.outputs[0]).numel;
  for (const auto list : {call.inputs, call.outputs}) {
    for (const Tensor& t : list) {
      const TensorImpl& i = impl(t);
      const bool repeated = i.numel == 1 && size != 1;
      if (!repeated && !(i.contiguous && i.numel == size)) return false;
      kind.operands.emplace_back(i.dtype, repeated);
    }
  }
  return !call.inputs.empty();
}

}  // namespace

void pointwise_each_(const ProgramPtr& program, std::span<const PointwiseLists> calls,
                     std::span<const Scalar> scalars) {
  std::vector<ops::Plan> plans;
  plans.reserve(calls.size());
  for (const PointwiseLists& call : calls) {
    plans.push_back(ops::plan_into("pointwise_each_", program, call.outputs, call.inputs, scalars));
  }
  std::vector<Together> groups;
  Kind kind;
  for (size_t i = 0; i < calls.size(); ++i) {
    if (impl(calls[i].outputs[0]).numel == 0) continue;
    if (program->uses_random() || !is_dense(calls[i], plans[i], kind)) {
      ops::launch_into(*program, plans[i], calls[i].outputs, calls[i].inputs, scalars);
      continue;
    }
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const Together& g) { return g.kind() == kind; });
    if (group == groups.end()) group = groups.insert(groups.end(), Together(kind));
    group->add(calls[i]);
  }
  for (const Together& group : groups) group.run(*program, scalars);
  for (const PointwiseLists& call : calls) {
    for (const Tensor& out : call.outputs) impl(out).bump_version();
  }
}

}  // namespace ct
