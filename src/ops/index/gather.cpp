// Picking along an axis: gather and its relatives.
#include <fmt/format.h>

#include "core/settings.hpp"
#include "core/view/index_check.hpp"
#include "core/view/sizes.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/indexing.hpp"
#include "ops/index/index.hpp"
#include "ops/pointwise/apply.hpp"
#include "ops/pointwise/complex.hpp"
#include "ops/shape/leading.hpp"

namespace ct {

using autograd::Gradients;
using autograd::Recording;
using detail::impl;

namespace ops {

IndexFacts check_index(const char* op, const Tensor& index, int64_t size, int axis, bool from_end) {
  if (index.dtype() != int64) {
    throw DTypeError(
        fmt::format("{}: the index is {}: it must be int64; convert with .to(ct::int64)", op,
                    name(index.dtype())));
  }
  const int64_t low = from_end ? -size : 0;
  const auto check = [&] {
    return IndexCheck{.op = op,
                      .axis = axis,
                      .size = size,
                      .first = low,
                      .count = size - low,
                      .shape = index.shape(),
                      .strides = index.strides()};
  };
  // Here where the host can read the values without waiting for a device, or is told to wait.
  const bool seen = impl(index).backend().host_pointer(impl(index).buffer()) != nullptr;
  if (!seen) {
    if (!detail::has_values(index)) return {true, {}};
    if (size > 0 && !settings::kCheckIndices.read().value_or(false)) return {true, check()};
  }
  const NoGradGuard off;
  const Tensor dense = (seen ? index : index.to("cpu")).contiguous();
  const auto* values = dense.data<int64_t>();
  const int64_t count = dense.numel();
  // Sign bits alone, which every vector unit can do: value - low and size - 1 - value are both not
  // negative inside (they wrap only outside). The culprit is looked for only when there is one.
  const auto first = static_cast<uint64_t>(low), last = static_cast<uint64_t>(size - 1);
  uint64_t signs = 0, beyond = 0;
  for (int64_t i = 0; i < count; ++i) {
    const auto value = static_cast<uint64_t>(values[i]);
    signs |= value;
    beyond |= (value - first) | (last - value);
  }
  const bool negative = signs >> 63 != 0, outside = beyond >> 63 != 0;
  for (int64_t i = 0; outside && i < count; ++i) {
    if (values[i] < low || values[i] >= size) throw_outside(check(), i, values[i]);
  }
  return {negative, {}};
}

Tensor counted_from_start(const Tensor& index, int64_t size, IndexFacts& facts) {
  if (!facts.negative) return index;
  Tensor at = where(index < 0, index + size, index);
  if (facts.check) {
    facts.check->first = 0;
    facts.check->count = facts.check->wrapped = size;
    facts.check->shape = at.shape();
    facts.check->strides = at.strides();
  }
  return at;
}

void check_on_device(const Tensor& index, const IndexCheck& check) {
  // A gather from a table of one byte that stands in every row: as many as make the kernel force
  // what is out of range, and negative ones, into another row, which is when it looks closer.
  const NoGradGuard off;
  Backend& backend = impl(index).backend();
  const Tensor flat = index.reshape({-1});
  IndexCheck of_flat = check;
  of_flat.shape = flat.shape();
  of_flat.strides = flat.strides();
  const int64_t n = flat.numel();
  if (n == 0) return;
  const Tensor row = detail::make_tensor({1}, uint8, backend);
  const Tensor picked = detail::make_tensor({1, n}, uint8, backend);
  GatherArgs args;
  args.src = {impl(row).buffer(), 0, uint8, {check.first + check.count, n}, {0, 0}};
  args.index = detail::view_of(flat);
  args.index.shape = {1, n};
  args.index.strides = {0, flat.strides()[0]};
  args.out = detail::view_of(picked);
  args.check = &of_flat;
  Kernels(backend).gather(args);
}

Tensor index_along(const Tensor& index, Shape shape, int axis) {
  Shape aligned = Shape::filled(shape.rank(), 1);
  aligned[axis] = index.numel();
  shape[axis] = index.numel();
  return index.reshape(aligned).expand(shape);
}

Tensor corner_of(const Tensor& x, const Shape& shape, int except) {
  Tensor corner = x;
  for (int i = 0; i < shape.rank(); ++i) {
    if (i != except && shape[i] != x.shape()[i]) corner = corner.narrow(i, 0, shape[i]);
  }
  return corner;
}

Tensor gather_checked(const char* name, const Tensor& x, int axis, const Tensor& index,
                      const IndexCheck* check) {
  if (is_complex(x.dtype())) {
    Shape both = index.shape();
    both.push_back(2);
    return by_pairs(x, [&](const Tensor& pairs) {
      return gather_checked(name, pairs, axis, index.unsqueeze(-1).expand(both), check);
    });
  }
  Tensor out = detail::make_tensor(index.shape(), x.dtype(), impl(x).backend());
  GatherArgs args;
  args.axis = axis;
  args.src = detail::view_of(x);
  args.index = detail::view_of(index);
  args.out = detail::view_of(out);
  args.check = check;
  if (out.numel() > 0) impl(x).kernels().gather(args);
  if (!is_floating(x.dtype())) return out;
  autograd::record(name, {&out}, {&x}, [&](const Recording& r) {
    return [at = r.save_extra(index), axis, shape = x.shape()](std::span<const Tensor> g,
                                                               Gradients& d) {
      d[0] = scatter_add(g[0], axis, at.get(), shape);
    };
  });
  return out;
}

Tensor scatter_add(const Tensor& src, int axis, const Tensor& index, const Shape& shape) {
  Tensor out = detail::make_tensor(shape, src.dtype(), impl(src).backend());
  detail::fill_unrecorded(out, 0);
  run_scatter(ScatterMode::add, out, axis, index, src);
  autograd::record("scatter_add", {&out}, {&src}, [&](const Recording& r) {
    return [at = r.save_extra(index), axis](std::span<const Tensor> g, Gradients& d) {
      d[0] = gather_checked("gather", g[0], axis, at.get());
    };
  });
  return out;
}

}  // namespace ops

namespace {
void check_operands(const char* op, const Tensor& x, const Tensor& index) {
  detail::check_defined(x, op, "x");
  detail::check_defined(index, op, "index");
  detail::check_same_device(x, index, op);
}
}  // namespace

Tensor gather(const Tensor& x, int64_t axis, const Tensor& index) {
  check_operands("gather", x, index);
  if (x.dim() == 0) return gather(ops::row_of(x), axis, ops::row_of(index)).reshape(index.shape());
  const int a = normalize_axis(axis, static_cast<int>(x.dim()), "gather");
  bool fits = index.dim() == x.dim();
  for (int i = 0; fits && i < x.shape().rank(); ++i) {
    fits = i == a || index.shape()[i] <= x.shape()[i];
  }
  if (!fits) {
    throw ShapeError(
        fmt::format("gather: index shape {} does not fit {}: it needs the same rank, and sizes no "
                    "larger on all axes but {}",
                    to_string(index.shape()), to_string(x.shape()), a));
  }
  const ops::IndexFacts facts = ops::check_index("gather", index, x.shape()[a], a);
  return ops::gather_checked("gather", ops::corner_of(x, index.shape(), a), a, index,
                             facts.unseen());
}

Tensor index_select(const Tensor& x, int64_t axis, const Tensor& index) {
  check_operands("index_select", x, index);
  const bool number = x.dim() == 0;
  if (index.dim() > 1 || (number && index.numel() != 1)) {
    throw ShapeError(fmt::format("index_select: the index has shape {}: it must have one axis{}",
                                 to_string(index.shape()),
                                 number ? " and, for a number, one element" : ""));
  }
  if (number) return index_select(ops::row_of(x), axis, index).reshape({});
  const int a = normalize_axis(axis, static_cast<int>(x.dim()), "index_select");
  const ops::IndexFacts facts = ops::check_index("index_select", index, x.shape()[a], a);
  return ops::gather_checked("index_select", x, a, ops::index_along(index, x.shape(), a),
                             facts.unseen());
}

Tensor take(const Tensor& x, const Tensor& index) {
  check_operands("take", x, index);
  const Tensor flat = x.reshape({-1});
  const Tensor row = index.reshape({-1});
  ops::IndexFacts facts = ops::check_index("take", row, flat.numel(), 0, true);
  const Tensor at = ops::counted_from_start(row, flat.numel(), facts);
  return ops::gather_checked("take", flat, 0, at, facts.unseen()).reshape(index.shape());
}

Tensor take_along_dim(const Tensor& x, const Tensor& index, std::optional<int64_t> axis) {
  check_operands("take_along_dim", x, index);
  if (!axis) return take_along_dim(x.reshape({-1}), index.reshape({-1}), 0);
  const int a = normalize_axis(*axis, static_cast<int>(x.dim()), "take_along_dim");
  if (index.dim() != x.dim()) {
    throw ShapeError(fmt::format("take_along_dim: index shape {} and {} must have the same rank",
                                 to_string(index.shape()), to_string(x.shape())));
  }
  const int64_t size = x.shape()[a];
  ops::IndexFacts facts = ops::check_index("take_along_dim", index, size, a, true);
  const Tensor at = ops::counted_from_start(index, size, facts);
  Shape table = x.shape();
  Shape list = index.shape();
  table[a] = list[a] = 1;
  if (const int axis = ops::conflicting_axis(table, list); axis != 0) {
    throw ShapeError(fmt::format(
        "take_along_dim: index {} and {} do not broadcast: axis {} has sizes {} and {}",
        to_string(index.shape()), to_string(x.shape()), axis, index.size(axis), x.size(axis)));
  }
  const Shape common = broadcast_shapes(table, list, "take_along_dim");
  table = list = common;
  table[a] = size;
  list[a] = index.shape()[a];
  return ops::gather_checked("take_along_dim", x.expand(table), a, at.expand(list), facts.unseen());
}

Tensor embedding(const Tensor& index, const Tensor& weight, std::optional<int64_t> padding_idx) {
  check_operands("embedding", weight, index);
  if (weight.dim() != 2) {
    throw ShapeError(fmt::format("embedding: the weight has shape {}: it must have two axes",
                                 to_string(weight.shape())));
  }
  const int64_t rows = weight.size(0);
  std::optional<int64_t> padding = padding_idx;
  if (padding && *padding < 0) *padding += rows;
  if (padding && (*padding < 0 || *padding >= rows)) {
    throw IndexError(
        fmt::format("embedding: padding_idx {} is out of range for {} rows", *padding_idx, rows));
  }
  const Tensor flat = index.reshape({-1});
  const ops::IndexFacts facts = ops::check_index("embedding", flat, rows, 0);
  const Tensor along = ops::index_along(flat, weight.shape(), 0);
  Tensor out;
  {
    const NoGradGuard off;
    out = ops::gather_checked("embedding", weight, 0, along, facts.unseen());
  }
  autograd::record("embedding", {&out}, {&weight}, [&](const Recording& r) {
    return [at = r.save_extra(along), shape = weight.shape(), padding](std::span<const Tensor> g,
                                                                       Gradients& d) {
      d[0] = ops::scatter_add(g[0], 0, at.get(), shape);
      if (padding) d[0].select(0, *padding).zero_();
    };
  });
  Shape shape = index.shape();
  shape.push_back(weight.size(1));
  return out.reshape(shape);
}

Tensor one_hot(const Tensor& index, int64_t classes) {
  detail::check_defined(index, "one_hot", "index");
  if (classes < -1 || classes == 0) {
    throw ValueError(fmt::format(
        "one_hot: the number of classes must be positive, or -1 for as many as needed: {}",
        classes));
  }
  if (classes == -1) {
    if (index.numel() == 0) {
      throw ValueError("one_hot: no index to count classes from; pass their number");
    }
    detail::check_has_values(index, "one_hot", "the index");
    classes = checked_add("one_hot", index.max().item<int64_t>(), 1);
  }
  const ops::IndexFacts facts =
      ops::check_index("one_hot", index, classes, static_cast<int>(index.dim()));
  if (facts.check) ops::check_on_device(index, *facts.check);
  static const ProgramPtr program = [] {
    PointwiseBuilder b("one_hot", 2);
    const auto equal = b.apply(Opcode::eq, b.input(0), b.input(1));
    b.output(b.apply(Opcode::select, equal, b.constant(1), b.constant(0)));
    b.rule(TypeRule::same);
    return b.build();
  }();
  const Tensor raised = index.unsqueeze(-1);
  const Tensor numbers = arange(classes, {.dtype = int64, .device = index.device()});
  return ops::apply("one_hot", program, {&raised, &numbers});
}

Tensor Tensor::gather(int64_t axis, const Tensor& index) const {
  return ct::gather(*this, axis, index);
}
Tensor Tensor::index_select(int64_t axis, const Tensor& index) const {
  return ct::index_select(*this, axis, index);
}
Tensor Tensor::take(const Tensor& index) const { return ct::take(*this, index); }
Tensor Tensor::take_along_dim(const Tensor& index, std::optional<int64_t> axis) const {
  return ct::take_along_dim(*this, index, axis);
}

}  // namespace ct
