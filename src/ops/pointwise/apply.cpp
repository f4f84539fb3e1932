// Programs on tensors, out of place and into a tensor of their own: the steps of program_call.hpp
// in order. In place there are two stories about aliasing, the kernel's and the tape's.
#include "ops/pointwise/apply.hpp"

#include <fmt/format.h>

#include <array>
#include <cassert>

#include "autograd/record.hpp"
#include "customtensor/error.hpp"
#include "ops/autocast.hpp"
#include "ops/pointwise/complex.hpp"
#include "ops/pointwise/in_place.hpp"
#include "ops/pointwise/program_call.hpp"
#include "ops/pointwise/wide.hpp"

namespace ct::ops {

using ct::detail::impl;

namespace {

/// The inputs of a change in place, self first. Some may have to be other tensors of the same
/// values, which this owns.
class InPlaceInputs {
 public:
  InPlaceInputs(const Tensor& self, std::initializer_list<const Tensor*> others) : self_(self) {
    assert(others.size() < kMost);
    inputs_[count_++] = &self;
    for (const Tensor* t : others) inputs_[count_++] = t;
  }
  TensorPtrs all() const { return {inputs_.data(), count_}; }

  /// For the kernel: an input that overlaps self without being the same view would be read while
  /// it is written.
  void copy_what_overlaps() {
    const TensorImpl& s = impl(self_);
    for (size_t i = 1; i < count_; ++i) {
      const TensorImpl& t = impl(*inputs_[i]);
      const bool same = t.offset == s.offset && t.shape == s.shape && t.strides == s.strides;
      if (t.storage.get() == s.storage.get() && !same) replace(i, inputs_[i]->clone());
    }
  }

  /// For the tape, which is to see self as it was: another handle carries the old history, and a
  /// copy of the old values if the derivative reads them. Self again, as in y.mul_(y), likewise.
  void keep_what_was(const PointwiseProgram& program) {
    bool read = false;
    for (const PointwiseGradient* part = &program.gradient(wanted_inputs(all())); part != nullptr;
         part = part->rest.get()) {
      for (const auto& source : part->sources) {
        read = read || (source.kind == PointwiseGradient::Source::Kind::input && source.index == 0);
      }
    }
    const TensorImpl& s = impl(self_);
    replace(0, previous(self_, read));
    for (size_t i = 1; i < count_; ++i) {
      if (impl(*inputs_[i]).storage.get() == s.storage.get()) {
        replace(i, previous(*inputs_[i], true));
      }
    }
  }

 private:
  void replace(size_t i, Tensor with) {
    own_[i] = std::move(with);
    inputs_[i] = &own_[i];
  }

  static constexpr size_t kMost = 4;
  const Tensor& self_;
  size_t count_ = 0;
  std::array<const Tensor*, kMost> inputs_{};
  std::array<Tensor, kMost> own_;
};

void check_can_hold(const char* name, const Tensor& self, const PointwiseProgram& program,
                    const Plan& plan) {
  const TensorImpl& s = impl(self);
  if (plan.shape != s.shape) {
    throw ShapeError(fmt::format(
        "{}_: the result's shape {} is not that of the tensor to change, {}; work out of place",
        name, to_string(plan.shape), to_string(s.shape)));
  }
  if (kind_of(output_type(program, plan.type)) > kind_of(s.dtype)) {
    throw DTypeError(fmt::format(
        "{}_: the result is {}: it cannot be stored in {} {}; convert first with .to({})", name,
        ct::name(plan.type), ct::name(s.dtype), to_string(s.shape), ct::name(plan.type)));
  }
}

}  // namespace

DType result_type(TensorPtrs inputs, std::span<const Scalar> scalars) {
  // Three ranks of operands; a lower one matters only if its kind is higher.
  bool have[3] = {};
  DType types[3] = {};
  const auto merge = [&](int rank, DType dtype) {
    types[rank] = have[rank] ? promote_types(types[rank], dtype) : dtype;
    have[rank] = true;
  };
  for (const Tensor* t : inputs) merge(impl(*t).shape.empty() ? 1 : 0, impl(*t).dtype);
  for (const Scalar& s : scalars)
    merge(2, s.is_floating() ? float32 : s.is_boolean() ? bool_ : int64);
  bool any = false;
  DType result = float32;
  for (int rank = 0; rank < 3; ++rank) {
    if (!have[rank]) continue;
    if (!any) {
      result = types[rank];
    } else if (kind_of(types[rank]) > kind_of(result)) {
      result = promote_types(result, types[rank]);
    }
    any = true;
  }
  return result;
}

Operand broadcast_operand(const Tensor& t, const Shape& shape) {
  const TensorImpl& i = impl(t);
  if (is_complex(i.dtype)) detail::throw_no_complex(i);
  Operand o{i.buffer(), i.offset, i.dtype, {}};
  const int lead = shape.rank() - i.shape.rank();
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const bool own = axis >= lead && i.shape[axis - lead] == shape[axis];
    o.strides.push_back(own ? i.strides[axis - lead] : 0);
  }
  return o;
}

namespace {
/// `draw` gives the random state for a number of elements, once the result has its memory.
template <class Draw>
Tensor applied(const char* name, const ProgramPtr& program, TensorPtrs inputs,
               std::span<const Scalar> scalars, const Draw& draw) {
  if (autocast_state.mode.enabled && autocasts_to_float32(name, inputs)) [[unlikely]] {
    const Autocast cast(Autocast::Rule(Precision::float32));
    Tensors own;
    for (const Tensor* t : inputs) own.push_back(cast(*t));
    std::vector<const Tensor*> pointers;
    for (const Tensor& t : own) pointers.push_back(&t);
    return applied(name, program, pointers, scalars, draw);
  }
  const Plan plan = plan_of(name, *program, inputs, scalars);
  if (is_complex(plan.type)) return apply_complex(name, program, inputs, scalars, plan);
  const bool wide = is_narrow(plan.type) && results_wide(*program, inputs);
  const DType dtype = wide ? plan.compute : output_type(*program, plan.type);
  Tensor out = detail::make_tensor(plan.shape, dtype, *plan.backend);
  const RandomState random = draw(impl(out).numel);
  launch(*program, plan, inputs, {&out, 1}, scalars, random);
  record_program(name, program, inputs, {&out, 1}, scalars, random);
  if (wide) return out.to(plan.type);
  return out;
}
}  // namespace

Tensor apply(const char* name, const ProgramPtr& program, TensorPtrs inputs,
             std::span<const Scalar> scalars, RandomState random) {
  return applied(name, program, inputs, scalars, [&](int64_t) { return random; });
}

Tensor apply(const char* name, const ProgramPtr& program, TensorPtrs inputs,
             std::span<const Scalar> scalars, Generator& stream) {
  return applied(name, program, inputs, scalars, [&](int64_t n) { return stream.take(n); });
}

Tensor apply_creation(const ProgramPtr& program, const Shape& shape, DType dtype, Backend& backend,
                      std::span<const Scalar> scalars, Generator& stream) {
  const Plan plan{.shape = shape,
                  .type = dtype,
                  .compute = compute_type(dtype),
                  .backend = &backend,
                  .plain = true};
  Tensor out = detail::make_tensor(shape, dtype, backend);
  launch(*program, plan, {}, {&out, 1}, scalars, stream.take(out.numel()));
  return out;
}

void apply_in_place(const char* name, const ProgramPtr& program, const Tensor& self,
                    std::initializer_list<const Tensor*> others,
                    std::initializer_list<Scalar> scalar_list) {
  detail::check_defined(self, name, "self");
  InPlaceInputs inputs(self, others);
  const std::span<const Scalar> scalars(scalar_list.begin(), scalar_list.size());
  const Plan plan = plan_of(name, *program, inputs.all(), scalars);
  check_can_hold(name, self, *program, plan);
  check_in_place(name, self, others);
  check_no_overlap(name, self);
  if (is_complex(plan.type)) {  // made beside it, then copied over what the tape may still read
    std::vector<const Tensor*> all(inputs.all().begin(), inputs.all().end());
    Tensor before = self;
    if (autograd::recording(inputs.all())) before = self.clone();
    for (const Tensor*& t : all) {
      if (t->impl() == self.impl()) t = &before;
    }
    Tensor(self).copy_(apply_complex(name, program, all, scalars, plan));
    return;
  }
  inputs.copy_what_overlaps();
  const TensorImpl& s = impl(self);
  const bool record = is_floating(s.dtype) && autograd::recording(inputs.all());
  if (record) inputs.keep_what_was(*program);
  Tensor out = self;
  if (record && is_narrow(s.dtype) && results_wide(*program, inputs.all())) {
    out = detail::make_tensor(s.shape, plan.compute, s.backend());
  }
  launch(*program, plan, inputs.all(), {&out, 1}, scalars, {});
  if (out.impl() != &s) detail::copy_unrecorded(self, out);
  s.bump_version();
  if (!record) return;
  record_program(name, program, inputs.all(), {&out, 1}, scalars, {});
  if (out.impl() != &s) {
    Tensor rounded = self;
    autograd::record("to", {&rounded}, {&out}, [](const autograd::Recording&) {
      return [](std::span<const Tensor> g, autograd::Gradients& d) { d[0] = g[0]; };
    });
  }
  history_replaced(self);
}

}  // namespace ct::ops
