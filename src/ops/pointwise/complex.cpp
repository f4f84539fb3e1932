// Complex tensors and their parts.
#include "ops/pointwise/complex.hpp"

#include <fmt/format.h>

#include "autograd/record.hpp"
#include "core/view/sizes.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/creation.hpp"
#include "ops/pointwise/apply.hpp"
#include "ops/shape/view.hpp"

namespace ct {

using autograd::Gradients;
using autograd::Recording;
using detail::impl;

namespace ops {

namespace {

bool holds_pairs(const TensorImpl& t) {
  const int last = t.shape.rank() - 1;
  if (last < 0 || t.shape[last] != 2 || t.strides[last] != 1 || t.offset % 2 != 0) return false;
  for (int axis = 0; axis < last; ++axis) {
    if (t.shape[axis] > 1 && t.strides[axis] % 2 != 0) return false;
  }
  return true;
}

DType complex_type(DType real) { return promote_types(real, complex64); }

void check_parts(const char* op, const Tensor& a, const Tensor& b) {
  detail::check_defined(a, op, "0");
  detail::check_defined(b, op, "1");
  detail::check_same_device(a, b, op);
  const auto fits = [](DType dtype) { return dtype == float32 || dtype == float64; };
  if (fits(a.dtype()) && fits(b.dtype())) return;
  throw DTypeError(fmt::format(
      "{}: the parts are {} and {}: they must be float32 or float64; convert with .to()", op,
      name(a.dtype()), name(b.dtype())));
}

/// Of two real tensors.
Tensor of_two(const char* op, const PartsProgram& program, const Tensor& a, const Tensor& b) {
  check_parts(op, a, b);
  const Shape shape = broadcast_shapes(a.shape(), b.shape(), op);
  const DType type = complex_type(promote_types(a.dtype(), b.dtype()));
  const Tensor parts[] = {a.to(real_type(type)), b.to(real_type(type))};
  return apply_parts(op, program, parts, shape, type, {});
}

/// A program with two inputs whose outputs `fill` gives.
template <class F>
PartsProgram two_inputs(const char* name, const F& fill, int im = 1) {
  PointwiseBuilder b(name, 2);
  fill(b, b.input(0), b.input(1));
  b.rule(TypeRule::same);
  return {b.build(), {{0, im}}};
}

}  // namespace

Tensor plain_part(const Tensor& z, int part) {
  const TensorImpl& t = impl(z);
  Strides strides;
  for (const int64_t stride : t.strides) strides.push_back(stride_times(stride, 2));
  Tensor out = detail::make_view(z, t.shape, strides, 2 * t.offset + part);
  impl(out).dtype = real_type(t.dtype);
  return out;
}

Tensor apply_parts(const char* name, const PartsProgram& program, std::span<const Tensor> parts,
                   const Shape& shape, DType type, std::span<const Scalar> scalars) {
  std::vector<const Tensor*> inputs;
  for (const Tensor& part : parts) inputs.push_back(&part);
  Plan plan = plan_of(name, *program.program, inputs, scalars);
  plan.type = plan.compute = real_type(type);
  plan.plain = false;
  const PartsProgram::Output& first = program.outputs[0];
  if (first.im < 0) {
    Tensor out =
        detail::make_tensor(shape, output_type(*program.program, plan.type), *plan.backend);
    launch(*program.program, plan, inputs, {&out, 1}, scalars, {});
    record_program(name, program.program, inputs, {&out, 1}, scalars, {});
    return out;
  }
  Tensor out = detail::make_tensor(shape, type, *plan.backend);
  const Tensor written[] = {plain_part(out, 0), plain_part(out, 1)};
  launch(*program.program, plan, inputs, written, scalars, {});
  record_program(name, program.program, inputs, written, scalars, {});
  autograd::record(name, {&out}, {&written[0], &written[1]}, [](const Recording&) {
    return [](std::span<const Tensor> g, Gradients& d) {
      if (d.needed(0)) d[0] = real(g[0]);
      if (d.needed(1)) d[1] = imag(g[0]);
    };
  });
  return out;
}

Tensor apply_complex(const char* name, const ProgramPtr& program, TensorPtrs inputs,
                     std::span<const Scalar> scalars, const Plan& plan) {
  InputSet complex;
  std::vector<Tensor> parts;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Tensor& t = *inputs[i];
    complex.set(i, is_complex(t.dtype()));
    if (!complex[i]) {
      parts.push_back(t);
    } else if (autograd::recording({&t})) {
      parts.push_back(real(t));
      parts.push_back(imag(t));
    } else {
      parts.push_back(plain_part(t, 0));
      parts.push_back(plain_part(t, 1));
    }
  }
  return apply_parts(name, translated(name, program, complex), parts, plan.shape, plan.type,
                     scalars);
}

Tensor as_gradient(const Tensor& g, DType dtype) {
  return is_complex(g.dtype()) && !is_complex(dtype) ? real(g).to(dtype) : g.to(dtype);
}

Tensor complex_of_pairs(const Tensor& pairs) {
  return view_as_complex(holds_pairs(impl(pairs)) ? pairs : pairs.clone());
}

}  // namespace ops

Tensor complex(const Tensor& re, const Tensor& im) {
  static const ops::PartsProgram program = ops::two_inputs("complex", [](auto& b, auto x, auto y) {
    b.output(x);
    b.output(y);
  });
  return ops::of_two("complex", program, re, im);
}

Tensor polar(const Tensor& abs, const Tensor& angle) {
  static const ops::PartsProgram program = ops::two_inputs("polar", [](auto& b, auto x, auto y) {
    b.output(x * b.apply(Opcode::cos, y));
    b.output(x * b.apply(Opcode::sin, y));
  });
  return ops::of_two("polar", program, abs, angle);
}

namespace {
void check_complex(const char* op, const Tensor& z) {
  detail::check_defined(z, op, "z");
  if (is_complex(z.dtype())) return;
  throw DTypeError(fmt::format(
      "{}: the tensor is {}: it must be complex; make one with ct::complex", op, name(z.dtype())));
}
}  // namespace

Tensor view_as_real(const Tensor& z) {
  check_complex("view_as_real", z);
  const TensorImpl& t = impl(z);
  Shape shape = t.shape;
  Strides strides;
  for (const int64_t stride : t.strides) strides.push_back(stride_times(stride, 2));
  shape.push_back(2);
  strides.push_back(1);
  Tensor out = detail::make_view(z, shape, strides, 2 * t.offset);
  impl(out).dtype = real_type(t.dtype);
  return ops::record_view("view_as_real", z, std::move(out),
                          [](const Tensor& g) { return ops::complex_of_pairs(g); });
}

Tensor view_as_complex(const Tensor& x) {
  detail::check_defined(x, "view_as_complex", "x");
  const TensorImpl& t = impl(x);
  if (t.dtype != float32 && t.dtype != float64) {
    throw DTypeError(fmt::format(
        "view_as_complex: the tensor is {}: it must be float32 or float64; convert with .to()",
        name(t.dtype)));
  }
  if (!ops::holds_pairs(t)) {
    throw ShapeError(
        fmt::format("view_as_complex: numbers do not lie in pairs: shape {}, strides {}, offset "
                    "{}; the last axis "
                    "needs size 2 and stride 1, all else even places: copy with contiguous() first",
                    to_string(t.shape), to_string(t.strides), t.offset));
  }
  Shape shape = t.shape;
  Strides strides;
  shape.erase(shape.rank() - 1);
  for (int axis = 0; axis < shape.rank(); ++axis) strides.push_back(t.strides[axis] / 2);
  Tensor out = detail::make_view(x, shape, strides, t.offset / 2);
  impl(out).dtype = ops::complex_type(t.dtype);
  return ops::record_view("view_as_complex", x, std::move(out),
                          [](const Tensor& g) { return view_as_real(g); });
}

Tensor real(const Tensor& z) {
  detail::check_defined(z, "real", "z");
  return is_complex(z.dtype()) ? view_as_real(z).select(-1, 0) : z;
}
Tensor imag(const Tensor& z) {
  check_complex("imag", z);
  return view_as_real(z).select(-1, 1);
}

Tensor conj(const Tensor& z) {
  detail::check_defined(z, "conj", "z");
  if (!is_complex(z.dtype())) return z;
  static const ops::PartsProgram program = ops::two_inputs("conj", [](auto& b, auto x, auto y) {
    b.output(x);
    b.output(-y);
  });
  const Tensor parts[] = {real(z), imag(z)};
  return ops::apply_parts("conj", program, parts, z.shape(), z.dtype(), {});
}

Tensor angle(const Tensor& z) {
  detail::check_defined(z, "angle", "z");
  static const ops::PartsProgram program = ops::two_inputs(
      "angle", [](auto& b, auto x, auto y) { b.output(b.apply(Opcode::atan2, y, x)); }, -1);
  if (is_complex(z.dtype())) {
    const Tensor parts[] = {real(z), imag(z)};
    return ops::apply_parts("angle", program, parts, z.shape(), z.dtype(), {});
  }
  static const ProgramPtr of_real = [] {
    PointwiseBuilder b("angle", 1);
    const auto x = b.input(0);
    const auto turned =
        b.apply(Opcode::select, b.apply(Opcode::lt, x, 0.0), 3.14159265358979323846, 0.0);
    b.output(b.apply(Opcode::select, b.apply(Opcode::is_nan, x), x, turned));
    b.rule(TypeRule::floating);
    return b.build();
  }();
  return ops::apply("angle", of_real, {&z});
}

}  // namespace ct
