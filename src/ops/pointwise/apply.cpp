#include "ops/pointwise/apply.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <optional>

#include "core/view/collapse.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "ops/pointwise/in_place.hpp"
#include "ops/pointwise/saved_program.hpp"

namespace ct::ops {

using ct::detail::impl;

namespace {

/// Operands on the stack without paying for their zeroing.
class OperandList {
 public:
  explicit OperandList(size_t count) {
    if (count > kInline) heap_.reset(new Operand[count]);
    data_ = heap_ ? heap_.get() : reinterpret_cast<Operand*>(inline_);
  }
  void push_back(const Operand& operand) {
    if (heap_) {
      data_[size_] = operand;
    } else {
      new (data_ + size_) Operand(operand);
    }
    ++size_;
  }
  std::span<Operand> all() { return {data_, size_}; }

 private:
  static constexpr size_t kInline = 8;
  static_assert(std::is_trivially_destructible_v<Operand>);
  alignas(Operand) std::byte inline_[kInline * sizeof(Operand)];
  std::unique_ptr<Operand[]> heap_;
  Operand* data_;
  size_t size_ = 0;
};

int category(DType dtype) { return dtype == bool_ ? 0 : is_floating(dtype) ? 2 : 1; }

/// Everything about a call that its inputs decide.
struct Plan {
  Shape shape;
  DType type;  // what the program's rule makes of the promoted inputs
  DType compute;
  Backend* backend = nullptr;
  bool plain = false;  // all inputs dense, of one shape and type
};

/// A whole number among the scalars that `type` cannot hold, if there is one.
std::optional<int64_t> number_beyond(DType type, std::span<const Scalar> scalars) {
  const int64_t most =
      type == uint8 ? std::numeric_limits<uint8_t>::max() : std::numeric_limits<int32_t>::max();
  const int64_t least = type == uint8 ? -most : -most - 1;
  for (const Scalar& s : scalars) {
    if (s.is_floating()) continue;
    if (const auto value = s.to<int64_t>(); value > most || value < least) return value;
  }
  return std::nullopt;
}

Plan plan_of(const char* name, const PointwiseProgram& program, TensorPtrs inputs,
             std::span<const Scalar> scalars, Backend* fallback_backend, const Shape* given_shape) {
  if (inputs.size() != static_cast<size_t>(program.inputs()) ||
      scalars.size() != static_cast<size_t>(program.scalars())) {
    throw ValueError(fmt::format("{}: program '{}' takes {} tensors and {} scalars: got {} and {}",
                                 name, program.name(), program.inputs(), program.scalars(),
                                 inputs.size(), scalars.size()));
  }
  Plan plan;
  plan.backend = fallback_backend;
  plan.plain = true;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i]->defined()) {
      throw ValueError(
          fmt::format("{}: input {} is an undefined tensor; give it a value first", name, i));
    }
    const TensorImpl& t = impl(*inputs[i]);
    if (i == 0) {
      plan.shape = t.shape;
      plan.backend = &t.backend();
      plan.plain = t.contiguous;
      plan.type = t.dtype;
      continue;
    }
    if (&t.backend() != plan.backend) detail::check_same_device(*inputs[0], *inputs[i], name);
    if (t.shape != plan.shape) {
      plan.shape = broadcast_shapes(plan.shape, t.shape, name);
      plan.plain = false;
    }
    plan.plain = plan.plain && t.contiguous && t.dtype == plan.type;
  }
  if (given_shape != nullptr && *given_shape != plan.shape) {
    plan.shape = *given_shape;
    plan.plain = false;
  }
  if (!plan.plain || category(plan.type) != 2) plan.type = result_type(inputs, scalars);
  if (program.rule() == TypeRule::floating && !is_floating(plan.type)) plan.type = float32;
  plan.compute = compute_type(plan.type);
  if (plan.type != int32 && plan.type != uint8) return plan;
  if (const auto number = number_beyond(plan.type, scalars)) {
    if (program.rule() != TypeRule::boolean) {
      throw ValueError(
          fmt::format("{}: the number {} does not fit in {}, the type of the tensors; convert them "
                      "with .to(ct::int64)",
                      name, *number, ct::name(plan.type)));
    }
    plan.compute = int64;  // no element equals it, and that is an answer
  }
  return plan;
}

void launch(const PointwiseProgram& program, const Plan& plan, TensorPtrs inputs,
            std::span<const Tensor> outputs, std::span<const Scalar> scalars, RandomState random) {
  OperandList list(inputs.size() + outputs.size());
  PointwiseArgs args;
  args.program = &program;
  args.compute = plan.compute;
  args.scalars = scalars;
  args.random = random;
  bool plain = plan.plain;
  for (const Tensor& t : outputs) plain = plain && impl(t).contiguous;
  if (plain) {
    args.shape.push_back(impl(outputs[0]).numel);
    Operand o;
    o.strides.push_back(1);
    const auto add = [&](const TensorImpl& t) {
      o.buffer = t.buffer();
      o.offset = t.offset;
      o.dtype = t.dtype;
      list.push_back(o);
    };
    for (const Tensor* t : inputs) add(impl(*t));
    for (const Tensor& t : outputs) add(impl(t));
  } else {
    args.shape = plan.shape;
    for (const Tensor* t : inputs) list.push_back(broadcast_operand(*t, plan.shape));
    for (const Tensor& t : outputs) list.push_back(broadcast_operand(t, plan.shape));
    collapse(args.shape, list.all());
  }
  args.inputs = list.all().first(inputs.size());
  args.outputs = list.all().subspan(inputs.size());
  Kernels(*plan.backend).pointwise(args);
}

class PointwiseNode final : public autograd::Node {
 public:
  PointwiseNode(const char* name, SavedProgram&& saved, const Shape& shape, int inputs,
                uint32_t outputs)
      : Node(name, inputs, outputs), saved_(std::move(saved)), shape_(shape) {}
  void backward(std::span<const Tensor> grads, autograd::Gradients& result) override {
    saved_.backward(name(), grads, shape_, result);
  }
  void release_saved() override {
    if (!saved_.saves()) return;
    saved_.release();
    freed_ = true;
  }

 private:
  SavedProgram saved_;
  Shape shape_;
};

void record_program(const char* name, const ProgramPtr& program, TensorPtrs inputs,
                    std::span<const Tensor> outputs, std::span<const Scalar> scalars,
                    RandomState random) {
  if (!autograd::recording() || program->rule() == TypeRule::boolean) return;
  bool any = false;
  for (const Tensor* t : inputs) any = any || impl(*t).wants_grad();
  if (!any || !is_floating(impl(outputs[0]).dtype)) return;
  std::array<const Tensor*, 16> pointers{};
  for (size_t i = 0; i < outputs.size(); ++i) pointers[i] = &outputs[i];
  auto* node = new PointwiseNode(
      name,
      SavedProgram(program, inputs, std::span(pointers).first(outputs.size()), scalars, random),
      impl(outputs[0]).shape, static_cast<int>(inputs.size()),
      static_cast<uint32_t>(outputs.size()));
  const GradNodeRef owner(node);
  for (size_t i = 0; i < inputs.size(); ++i) node->connect(static_cast<int>(i), *inputs[i]);
  for (size_t i = 0; i < outputs.size(); ++i) {
    autograd::set_history(outputs[i], node, static_cast<uint32_t>(i));
  }
}

DType output_type(const PointwiseProgram& program, DType type) {
  return program.rule() == TypeRule::boolean ? bool_ : type;
}

}  // namespace

DType result_type(TensorPtrs inputs, std::span<const Scalar> scalars) {
  // Three ranks of operands; a lower one matters only if its category is higher.
  bool have[3] = {};
  DType types[3] = {};
  const auto merge = [&](int rank, DType dtype) {
    types[rank] = have[rank] ? promote_types(types[rank], dtype) : dtype;
    have[rank] = true;
  };
  for (const Tensor* t : inputs) merge(impl(*t).shape.empty() ? 1 : 0, impl(*t).dtype);
  for (const Scalar& s : scalars) merge(2, s.is_floating() ? float32 : s.dtype());
  bool any = false;
  DType result = float32;
  for (int rank = 0; rank < 3; ++rank) {
    if (!have[rank]) continue;
    if (!any) {
      result = types[rank];
    } else if (category(types[rank]) > category(result)) {
      result = promote_types(result, types[rank]);
    }
    any = true;
  }
  return result;
}

Operand broadcast_operand(const Tensor& t, const Shape& shape) {
  const TensorImpl& i = impl(t);
  Operand o{i.buffer(), i.offset, i.dtype, {}};
  const int lead = shape.rank() - i.shape.rank();
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const bool own = axis >= lead && i.shape[axis - lead] == shape[axis];
    o.strides.push_back(own ? i.strides[axis - lead] : 0);
  }
  return o;
}

Tensor apply(const char* name, const ProgramPtr& program, TensorPtrs inputs,
             std::span<const Scalar> scalars, RandomState random) {
  const Plan plan = plan_of(name, *program, inputs, scalars, nullptr, nullptr);
  const Tensor out =
      detail::make_tensor(plan.shape, output_type(*program, plan.type), *plan.backend);
  launch(*program, plan, inputs, {&out, 1}, scalars, random);
  record_program(name, program, inputs, {&out, 1}, scalars, random);
  return out;
}

Tensors apply_all(const char* name, const ProgramPtr& program, TensorPtrs inputs,
                  std::span<const Scalar> scalars, RandomState random) {
  const Plan plan = plan_of(name, *program, inputs, scalars, nullptr, nullptr);
  Tensors outputs;
  for (size_t i = 0; i < program->outputs().size(); ++i) {
    outputs.push_back(
        detail::make_tensor(plan.shape, output_type(*program, plan.type), *plan.backend));
  }
  launch(*program, plan, inputs, outputs, scalars, random);
  record_program(name, program, inputs, outputs, scalars, random);
  return outputs;
}

Tensor apply_creation(const ProgramPtr& program, const Shape& shape, DType dtype, Backend& backend,
                      std::span<const Scalar> scalars, RandomState random) {
  Plan plan;
  plan.shape = shape;
  plan.type = dtype;
  plan.compute = compute_type(dtype);
  plan.backend = &backend;
  plan.plain = true;
  const Tensor out = detail::make_tensor(shape, dtype, backend);
  launch(*program, plan, {}, {&out, 1}, scalars, random);
  return out;
}

void apply_in_place(const char* name, const ProgramPtr& program, const Tensor& self,
                    std::initializer_list<const Tensor*> others,
                    std::initializer_list<Scalar> scalar_list) {
  detail::check_defined(self, name, "self");
  std::array<const Tensor*, 8> storage{};
  storage[0] = &self;
  size_t count = 1;
  for (const Tensor* t : others) storage[count++] = t;
  const TensorPtrs inputs(storage.data(), count);
  const std::span<const Scalar> scalars(scalar_list.begin(), scalar_list.size());
  const TensorImpl& s = impl(self);
  const Plan plan = plan_of(name, *program, inputs, scalars, nullptr, nullptr);
  if (plan.shape != s.shape) {
    throw ShapeError(fmt::format(
        "{}_: the result's shape {} is not that of the tensor to change, {}; work out of place",
        name, to_string(plan.shape), to_string(s.shape)));
  }
  if (category(output_type(*program, plan.type)) > category(s.dtype)) {
    throw DTypeError(fmt::format(
        "{}_: the result is {}: it cannot be stored in {} {}; convert "
        "first with .to({})",
        name, ct::name(plan.type), ct::name(s.dtype), to_string(s.shape), ct::name(plan.type)));
  }
  check_in_place(name, self, others);
  check_no_overlap(name, self);
  // Another input that overlaps self without being the same view would be read while it is written.
  Tensor copies[8];
  for (size_t i = 1; i < count; ++i) {
    const TensorImpl& t = impl(*storage[i]);
    const bool same = t.offset == s.offset && t.shape == s.shape && t.strides == s.strides;
    if (t.storage.get() == s.storage.get() && !same) {
      copies[i] = storage[i]->clone();
      storage[i] = &copies[i];
    }
  }
  bool record = false;
  if (autograd::recording() && is_floating(s.dtype)) {
    for (const Tensor* t : inputs) record = record || impl(*t).wants_grad();
  }
  if (!record) {
    launch(*program, plan, inputs, {&self, 1}, scalars, {});
    s.bump_version();
    return;
  }
  // The tape sees self as it was: another handle carries the old history, and a copy of the old
  // values if the derivative needs them.
  uint32_t wanted = 0;
  for (size_t i = 0; i < count; ++i) {
    if (impl(*inputs[i]).wants_grad()) wanted |= 1U << i;
  }
  bool needs_values = false;
  for (const auto& source : program->gradient(wanted).sources) {
    const bool input = source.kind == PointwiseGradient::Source::Kind::input;
    needs_values = needs_values || (input && source.index == 0);
  }
  const Tensor before = previous(self, needs_values);
  storage[0] = &before;
  for (size_t i = 1; i < count; ++i) {  // self again, as in y.mul_(y): likewise
    if (impl(*storage[i]).storage.get() != s.storage.get()) continue;
    copies[i] = previous(*storage[i], true);
    storage[i] = &copies[i];
  }
  launch(*program, plan, inputs, {&self, 1}, scalars, {});
  s.bump_version();
  record_program(name, program, inputs, {&self, 1}, scalars, {});
  history_replaced(self);
}

}  // namespace ct::ops

namespace ct {

void pointwise_(const ProgramPtr& program, std::span<const Tensor> outputs,
                std::span<const Tensor> inputs, std::span<const Scalar> scalars) {
  constexpr size_t kMost = 16;
  if (inputs.size() > kMost || inputs.empty() || outputs.size() != program->outputs().size()) {
    throw ValueError(fmt::format(
        "pointwise_: program '{}' has {} outputs and takes {} tensors: got {} and {} (1 to {})",
        program->name(), program->outputs().size(), program->inputs(), outputs.size(),
        inputs.size(), kMost));
  }
  const Tensor* pointers[kMost];
  for (size_t i = 0; i < inputs.size(); ++i) pointers[i] = &inputs[i];
  const std::span<const Tensor* const> list(pointers, inputs.size());
  const auto plan = ops::plan_of("pointwise_", *program, list, scalars, nullptr, nullptr);
  for (const Tensor& out : outputs) {
    detail::check_defined(out, "pointwise_", "outputs");
    detail::check_same_device(out, inputs[0], "pointwise_");
    if (out.shape() != plan.shape) {
      throw ShapeError(fmt::format("pointwise_: program '{}' gives shape {}: an output has {}",
                                   program->name(), to_string(plan.shape), to_string(out.shape())));
    }
  }
  ops::launch(*program, plan, list, outputs, scalars, {});
  for (const Tensor& out : outputs) detail::impl(out).bump_version();
}

Tensors pointwise(const ProgramPtr& program, std::span<const Tensor> inputs,
                  std::span<const Scalar> scalars) {
  std::vector<const Tensor*> pointers;
  for (const Tensor& t : inputs) pointers.push_back(&t);
  return ops::apply_all("pointwise", program, pointers, scalars);
}

Tensor pointwise(const ProgramPtr& program, std::initializer_list<Tensor> inputs,
                 std::initializer_list<Scalar> scalars) {
  return pointwise(program, std::span(inputs.begin(), inputs.size()),
                   std::span(scalars.begin(), scalars.size()))[0];
}

}  // namespace ct
