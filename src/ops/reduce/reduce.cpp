// Sums, means, extremes over axes, and their positions.
#include "customtensor/ops/reduce.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/view/collapse.hpp"
#include "core/view/sizes.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "ops/autocast.hpp"
#include "ops/index/index.hpp"
#include "ops/pointwise/complex.hpp"
#include "ops/pointwise/saved_program.hpp"
#include "ops/pointwise/wide.hpp"
#include "ops/reduce/reduce.hpp"

namespace ct {

using autograd::Gradients;
using autograd::Recording;
using detail::impl;

namespace ops {

uint32_t axis_mask(const Axes& axes, int rank, const char* op) {
  if (axes.empty()) return (1U << rank) - 1U;
  uint32_t mask = 0;
  for (const int64_t axis : axes) {
    // A number counts as one element.
    const uint32_t bit = 1U << normalize_axis(axis, std::max(rank, 1), op);
    if ((mask & bit) != 0) {
      throw ValueError(fmt::format("{}: axis {} is named twice: axes {} of {}", op, axis,
                                   to_string(axes), rank));
    }
    mask |= bit;
  }
  return rank == 0 ? 0 : mask;
}

Shape reduced_shape(const Shape& shape, uint32_t mask, bool keepdim) {
  Shape result;
  for (int i = 0; i < shape.rank(); ++i) {
    if ((mask >> i & 1U) == 0) {
      result.push_back(shape[i]);
    } else if (keepdim) {
      result.push_back(1);
    }
  }
  return result;
}

int64_t reduced_count(const Shape& shape, uint32_t mask) {
  int64_t n = 1;
  for (int i = 0; i < shape.rank(); ++i) {
    if ((mask >> i & 1U) != 0) n *= shape[i];
  }
  return n;
}

void check_floating(const char* op, const Tensor& x) {
  if (is_floating(x.dtype())) return;
  throw DTypeError(
      fmt::format("{}: the tensor is {}: it must be floating; convert with "
                  ".to(ct::float32)",
                  op, name(x.dtype())));
}

Tensor spread(const Tensor& g, const Shape& shape, uint32_t mask) {
  return g.reshape(reduced_shape(shape, mask, true)).expand(shape);
}

namespace {

/// The kernel call: out has the kept axes only.
void run_reduce(ReduceOp op, const PointwiseProgram* program, DType compute, const Shape& shape,
                TensorPtrs inputs, std::span<const Scalar> scalars, uint32_t mask,
                const Tensor& out, double scale) {
  constexpr size_t kMostOperands = 9;
  Operand operands[kMostOperands];
  size_t n = 0;
  for (const Tensor* t : inputs) operands[n++] = broadcast_operand(*t, shape);
  Operand& result = operands[n];
  result = {impl(out).buffer(), impl(out).offset, impl(out).dtype, {}};
  int kept = 0;
  for (int i = 0; i < shape.rank(); ++i) {
    const bool reduced = (mask >> i & 1U) != 0;
    result.strides.push_back(reduced ? 0 : impl(out).strides[kept++]);
  }
  ReduceArgs args;
  args.op = op;
  args.program = program;
  args.compute = compute;
  args.shape = shape;
  args.reduced = mask;
  collapse(args.shape, std::span(operands, n + 1), args.reduced);
  args.inputs = std::span<const Operand>(operands, n);
  args.scalars = scalars;
  args.output = operands[n];
  args.scale = scale;
  impl(out).kernels().reduce(args);
}

/// The kept axes alone: what run_reduce writes; keepdim is a view of it.
Tensor make_result(const Shape& shape, uint32_t mask, DType dtype, Backend& backend) {
  return detail::make_tensor(reduced_shape(shape, mask, false), dtype, backend);
}
Tensor with_ones(const Tensor& out, const Shape& shape, uint32_t mask, bool keepdim) {
  if (!keepdim) return out;
  const Shape kept = reduced_shape(shape, mask, true);
  return detail::make_view(out, kept, contiguous_strides(kept), 0);
}

class ReducedProgramNode final : public autograd::Node {
 public:
  ReducedProgramNode(const char* name, SavedProgram&& saved, const Shape& shape, uint32_t mask,
                     double scale, int inputs)
      : Node(name, inputs, 1),
        saved_(std::move(saved)),
        shape_(shape),
        mask_(mask),
        scale_(scale) {}
  void backward(std::span<const Tensor> grads, Gradients& result) override {
    const Tensor scaled = scale_ == 1.0 ? grads[0] : wide(grads[0]) * scale_;
    const Tensor g = spread(scaled, shape_, mask_);
    saved_.backward(name(), {&g, 1}, shape_, result);
  }
  void release_saved() override {
    if (!saved_.saves()) return;
    saved_.release();
    freed_ = true;
  }

 private:
  SavedProgram saved_;
  Shape shape_;
  uint32_t mask_;
  double scale_;
};

/// Sums of one tensor, and what sum and mean share.
Tensor plain_sum(const char* name, const Tensor& x, uint32_t mask, bool keepdim, double scale) {
  const TensorImpl& t = impl(x);
  const DType dtype = sum_type(t.dtype);
  const Tensor full = make_result(t.shape, mask, dtype, t.backend());
  const Tensor* inputs[] = {&x};
  run_reduce(ReduceOp::sum, nullptr, compute_type(dtype), t.shape, inputs, {}, mask, full, scale);
  Tensor out = with_ones(full, t.shape, mask, keepdim);
  if (!is_floating(dtype)) return out;
  autograd::record(name, {&out}, {&x}, [&](const Recording&) {
    return [shape = t.shape, mask, scale](std::span<const Tensor> g, Gradients& d) {
      d[0] = spread(scale == 1.0 ? g[0] : g[0] * scale, shape, mask);
    };
  });
  return out;
}

/// `equal_nans`: a NaN that won has a gradient too, as PyTorch's max and min (but not amax and
/// amin).
Tensor extreme(const char* name, ReduceOp op, const Tensor& x, const Axes& axes, bool keepdim,
               bool equal_nans = false) {
  detail::check_defined(x, name, "x");
  const TensorImpl& t = impl(x);
  const uint32_t mask = axis_mask(axes, t.shape.rank(), name);
  if (reduced_count(t.shape, mask) == 0) {
    throw ValueError(
        fmt::format("{}: no elements to choose from: shape {}", name, to_string(t.shape)));
  }
  Tensor out = reduce_unrecorded(op, nullptr, x, mask, keepdim, compute_type(t.dtype), t.dtype);
  if (!is_floating(t.dtype)) return out;
  autograd::record(name, {&out}, {&x}, [&](const Recording& r) {
    return [x = r.save(0), y = r.save_output(), shape = t.shape, mask, equal_nans](
               std::span<const Tensor> g, Gradients& d) {
      // Equal extremes share the gradient.
      const Tensor from = x.get();
      const Tensor chosen = spread(y.get(), shape, mask);
      Tensor hit = from == chosen;
      if (equal_nans) hit = logical_or(hit, logical_and(isnan(from), isnan(chosen)));
      hit = hit.to(compute_type(g[0].dtype()));  // float16 cannot count far
      Axes reduced;
      for (int i = 0; i < shape.rank(); ++i) {
        if ((mask >> i & 1U) != 0) reduced.push_back(i);
      }
      const Tensor count = reduced.empty() ? hit : hit.sum(reduced, true);
      d[0] = hit / count * spread(g[0], shape, mask);
    };
  });
  return out;
}

std::pair<Tensor, Tensor> extreme_with_index(const char* name, bool largest, const Tensor& x,
                                             int64_t axis, bool keepdim, bool values_wanted) {
  detail::check_defined(x, name, "x");
  // A scalar counts as one element.
  const Tensor source = x.dim() == 0 ? x.reshape({1}) : x;
  const TensorImpl& t = impl(source);
  const int a = normalize_axis(axis, t.shape.rank(), name);
  if (t.shape[a] == 0) {
    throw ValueError(fmt::format("{}: no elements to choose from along axis {}: shape {}", name, a,
                                 to_string(t.shape)));
  }
  Shape kept = t.shape;
  kept[a] = 1;
  Tensor values = values_wanted ? detail::make_tensor(kept, t.dtype, t.backend()) : Tensor();
  Tensor indices = detail::make_tensor(kept, int64, t.backend());
  ArgReduceArgs args;
  args.largest = largest;
  args.axis = a;
  args.input = detail::view_of(source);
  if (values_wanted) args.values = detail::view_of(values);
  args.indices = detail::view_of(indices);
  t.kernels().arg_reduce(args);
  if (values_wanted && is_floating(t.dtype)) {
    autograd::record(name, {&values}, {&source}, [&](const Recording& r) {
      return [at = r.save_extra(indices), a, shape = t.shape](std::span<const Tensor> g,
                                                              Gradients& d) {
        d[0] = scatter_add(g[0], a, at.get(), shape);
      };
    });
  }
  if (!keepdim || x.dim() == 0) {
    if (values_wanted) values = values.squeeze(a);
    indices = indices.squeeze(a);
  }
  return {values, indices};
}

}  // namespace

Tensor reduce_unrecorded(ReduceOp op, const PointwiseProgram* program, const Tensor& x,
                         uint32_t mask, bool keepdim, DType compute, DType dtype) {
  const TensorImpl& t = impl(x);
  const Tensor full = make_result(t.shape, mask, dtype, t.backend());
  const Tensor* inputs[] = {&x};
  run_reduce(op, program, compute, t.shape, inputs, {}, mask, full, 1.0);
  return with_ones(full, t.shape, mask, keepdim);
}

Tensor sum_of_program(const char* name, const ProgramPtr& program, TensorPtrs inputs,
                      std::span<const Scalar> scalars, uint32_t mask, bool keepdim, double scale) {
  detail::check_defined(*inputs[0], name, "0");
  Shape shape = impl(*inputs[0]).shape;
  for (const Tensor* t : inputs) {
    detail::check_defined(*t, name, "input");
    detail::check_same_device(*inputs[0], *t, name);
    shape = broadcast_shapes(shape, impl(*t).shape, name);
  }
  checked_numel(name, shape);
  DType dtype = result_type(inputs, scalars);
  if (!is_floating(dtype))
    dtype = program->rule() == TypeRule::floating ? float32 : sum_type(dtype);
  const Tensor full = make_result(shape, mask, dtype, impl(*inputs[0]).backend());
  run_reduce(ReduceOp::sum, program.get(), compute_type(dtype), shape, inputs, scalars, mask, full,
             scale);
  Tensor out = with_ones(full, shape, mask, keepdim);
  if (autograd::recording(inputs) && is_floating(dtype)) {
    // The prologue's values have `shape`; a tensor of that shape without memory of its own stands
    // for them.
    auto* node = new ReducedProgramNode(name, SavedProgram(program, inputs, {}, scalars, {}), shape,
                                        mask, scale, static_cast<int>(inputs.size()));
    const GradNodeRef owner(node);
    for (size_t i = 0; i < inputs.size(); ++i) node->connect(static_cast<int>(i), *inputs[i]);
    autograd::set_history(out, node, 0);
  }
  return out;
}

Tensor total_of_program(const char* name, const ProgramPtr& program,
                        std::initializer_list<const Tensor*> inputs, double scale) {
  int rank = 0;
  for (const Tensor* t : inputs) {
    detail::check_defined(*t, name, "input");
    rank = std::max(rank, static_cast<int>(t->dim()));
  }
  return sum_of_program(name, program, TensorPtrs(inputs.begin(), inputs.size()), {},
                        (1U << rank) - 1U, false, scale);
}

}  // namespace ops

using ops::axis_mask;

namespace {
/// Sums or means of the parts of complex numbers.
template <class F>
Tensor of_parts(const char* op, const Tensor& x, const Axes& axes, const F& reduced) {
  const uint32_t mask = axis_mask(axes, impl(x).shape.rank(), op);
  Axes named;
  for (int i = 0; i < impl(x).shape.rank(); ++i) {
    if ((mask >> i & 1U) != 0) named.push_back(i);
  }
  if (named.empty()) return x.clone();  // a number
  return ops::by_pairs(x, [&](const Tensor& pairs) { return reduced(pairs, named); });
}
}  // namespace

Tensor sum(const Tensor& x, const Axes& axes, bool keepdim) {
  if (const ops::Autocast cast{"sum"}) return sum(cast(x), axes, keepdim);
  detail::check_defined(x, "sum", "x");
  if (is_complex(x.dtype())) {
    return of_parts("sum", x, axes,
                    [&](const Tensor& p, const Axes& a) { return sum(p, a, keepdim); });
  }
  return ops::plain_sum("sum", x, axis_mask(axes, impl(x).shape.rank(), "sum"), keepdim, 1.0);
}

Tensor mean(const Tensor& x, const Axes& axes, bool keepdim) {
  detail::check_defined(x, "mean", "x");
  if (is_complex(x.dtype())) {
    return of_parts("mean", x, axes,
                    [&](const Tensor& p, const Axes& a) { return mean(p, a, keepdim); });
  }
  ops::check_floating("mean", x);
  const uint32_t mask = axis_mask(axes, impl(x).shape.rank(), "mean");
  const auto n = static_cast<double>(ops::reduced_count(impl(x).shape, mask));
  return ops::plain_sum("mean", x, mask, keepdim, 1.0 / n);  // of nothing: 0 * inf is NaN
}

Tensor amax(const Tensor& x, const Axes& axes, bool keepdim) {
  return ops::extreme("amax", ReduceOp::maximum, x, axes, keepdim);
}
Tensor amin(const Tensor& x, const Axes& axes, bool keepdim) {
  return ops::extreme("amin", ReduceOp::minimum, x, axes, keepdim);
}
Tensor max(const Tensor& x) { return ops::extreme("max", ReduceOp::maximum, x, {}, false, true); }
Tensor min(const Tensor& x) { return ops::extreme("min", ReduceOp::minimum, x, {}, false, true); }
std::pair<Tensor, Tensor> max(const Tensor& x, int64_t axis, bool keepdim) {
  return ops::extreme_with_index("max", true, x, axis, keepdim, true);
}
std::pair<Tensor, Tensor> min(const Tensor& x, int64_t axis, bool keepdim) {
  return ops::extreme_with_index("min", false, x, axis, keepdim, true);
}
Tensor argmax(const Tensor& x) {
  detail::check_defined(x, "argmax", "x");
  return argmax(x.detach().reshape({-1}), 0);
}
Tensor argmax(const Tensor& x, int64_t axis, bool keepdim) {
  return ops::extreme_with_index("argmax", true, x, axis, keepdim, false).second;
}
Tensor argmin(const Tensor& x) {
  detail::check_defined(x, "argmin", "x");
  return argmin(x.detach().reshape({-1}), 0);
}
Tensor argmin(const Tensor& x, int64_t axis, bool keepdim) {
  return ops::extreme_with_index("argmin", false, x, axis, keepdim, false).second;
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  const Shape& from = x.shape();
  if (from == shape) return x;
  const int lead = from.rank() - shape.rank();
  if (lead < 0 || broadcast_shapes(from, shape, "sum_to") != from) {
    throw ShapeError(
        fmt::format("sum_to: {} was not broadcast from {}", to_string(from), to_string(shape)));
  }
  if (is_complex(x.dtype())) {
    Shape pairs = shape;
    pairs.push_back(2);
    return ops::by_pairs(x, [&](const Tensor& p) { return sum_to(p, pairs); });
  }
  uint32_t mask = 0;
  for (int i = 0; i < from.rank(); ++i) {
    if (i < lead || (shape[i - lead] == 1 && from[i] != 1)) mask |= 1U << i;
  }
  const Tensor out = ops::plain_sum("sum_to", x, mask, false, 1.0);
  return out.shape() == shape ? out : out.reshape(shape);
}

Tensor Tensor::sum(const Axes& axes, bool keepdim) const { return ct::sum(*this, axes, keepdim); }
Tensor Tensor::mean(const Axes& axes, bool keepdim) const { return ct::mean(*this, axes, keepdim); }
Tensor Tensor::amax(const Axes& axes, bool keepdim) const { return ct::amax(*this, axes, keepdim); }
Tensor Tensor::amin(const Axes& axes, bool keepdim) const { return ct::amin(*this, axes, keepdim); }
Tensor Tensor::max() const { return ct::max(*this); }
Tensor Tensor::min() const { return ct::min(*this); }
std::pair<Tensor, Tensor> Tensor::max(int64_t axis, bool keepdim) const {
  return ct::max(*this, axis, keepdim);
}
std::pair<Tensor, Tensor> Tensor::min(int64_t axis, bool keepdim) const {
  return ct::min(*this, axis, keepdim);
}
Tensor Tensor::argmax() const { return ct::argmax(*this); }
Tensor Tensor::argmax(int64_t axis, bool keepdim) const { return ct::argmax(*this, axis, keepdim); }
Tensor Tensor::argmin() const { return ct::argmin(*this); }
Tensor Tensor::argmin(int64_t axis, bool keepdim) const { return ct::argmin(*this, axis, keepdim); }

}  // namespace ct
