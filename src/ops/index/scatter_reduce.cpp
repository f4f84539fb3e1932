// scatter_reduce: sums and means are scatter_add; products and extremes have kernels of their own,
// and gradients made of gathers and scatters.
#include <fmt/format.h>

#include <limits>

#include "core/tensor/dtype_range.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/indexing.hpp"
#include "ops/index/index.hpp"
#include "ops/pointwise/apply.hpp"
#include "ops/pointwise/copy.hpp"
#include "ops/pointwise/in_place.hpp"
#include "ops/pointwise/wide.hpp"

namespace ct {

using autograd::Gradients;
using autograd::Recording;

namespace {

// Gradients are computed on wide tensors (wide.hpp): float16 cannot even count how many tie.

/// The gradients of a product: of each factor, the product of the others. A zero's is the product
/// of the rest if it is the only zero of its place, and a place with two has none.
void product_gradients(const Tensor& g, const Tensor& x, int axis, const Tensor& index,
                       const Tensor& src, Gradients& d) {
  const Tensor x_zero = x == 0;
  const Tensor src_zero = src == 0;
  const Tensor zeros_at = x_zero.to(x.dtype()).scatter_add(axis, index, src_zero.to(x.dtype()));
  if (autograd::recording() && detail::has_values(x) &&
      (zeros_at > 1).to(int64).amax().item<int64_t>() > 0) {
    throw AutogradError(
        "scatter_reduce: a product with two zeros has no second derivative here; use create_graph "
        "only where at most one factor is zero");
  }
  // Of the factors that are not zero; differentiable, so that second derivatives follow.
  const Tensor rest =
      scatter_reduce(x.masked_fill(x_zero, 1), axis, index, src.masked_fill(src_zero, 1), "prod");
  const auto others = [&](const Tensor& product, const Tensor& zeros, const Tensor& factor,
                          const Tensor& is_zero) {
    const Tensor divided = product / factor.masked_fill(is_zero, 1);
    return divided.masked_fill(zeros - is_zero.to(zeros.dtype()) > 0, 0);
  };
  if (d.needed(0)) d[0] = g * others(rest, zeros_at, x, x_zero);
  if (d.needed(1)) {
    const auto pick = [&](const Tensor& t) {
      return ops::gather_checked("gather", ops::corner_of(t, index.shape(), axis), axis, index);
    };
    d[1] = pick(g) * others(pick(rest), pick(zeros_at), src, src_zero);
  }
}

/// The gradients of an extreme: ties share it.
void extreme_gradients(const Tensor& g, const Tensor& x, int axis, const Tensor& index,
                       const Tensor& src, const Tensor& result, Gradients& d) {
  const auto pick = [&](const Tensor& t) {
    return ops::gather_checked("gather", ops::corner_of(t, index.shape(), axis), axis, index);
  };
  const DType counted = compute_type(g.dtype());
  const Tensor from_x = (x == result).to(counted);
  const Tensor from_src = (src == pick(result)).to(counted);
  // A place whose result is NaN equals nothing: it passes no gradient on.
  const Tensor shared = g / from_x.scatter_add(axis, index, from_src).clamp(1);
  if (d.needed(0)) d[0] = shared * from_x;
  if (d.needed(1)) d[1] = pick(shared) * from_src;
}

/// x combined with src, of index's shape.
Tensor reduced(ScatterMode mode, const Tensor& x, int axis, const Tensor& index,
               const Tensor& src) {
  Tensor out = ops::dense_copy(x, x.dtype());
  {
    const NoGradGuard off;
    ops::run_scatter(mode, ops::corner_of(out, index.shape(), axis), axis, index, src);
  }
  if (!is_floating(x.dtype())) return out;
  autograd::record("scatter_reduce", {&out}, {&x, &src}, [&](const Recording& r) {
    return [mode, axis, at = r.save_extra(index), x = r.save(0), src = r.save(1),
            result = r.save_output()](std::span<const Tensor> g, Gradients& d) {
      if (mode == ScatterMode::multiply) {
        product_gradients(g[0], ops::wide(x.get()), axis, at.get(), ops::wide(src.get()), d);
      } else {
        extreme_gradients(g[0], x.get(), axis, at.get(), src.get(), result.get().detach(), d);
      }
    };
  });
  return out;
}

/// What a place starts from if its own value does not count.
Scalar neutral(ScatterMode mode, DType dtype) {
  if (mode == ScatterMode::add) return 0;
  if (mode == ScatterMode::multiply) return 1;
  const bool lowest = mode == ScatterMode::maximum;
  if (is_floating(dtype)) {
    const double infinity = std::numeric_limits<double>::infinity();
    return lowest ? -infinity : infinity;
  }
  if (lowest) return least_number(dtype);
  return greatest_number(dtype);
}

/// Sums, wide, divided by how many terms each has; of integers rounded down, as torch does. Counts
/// have a type of their own: uint8 cannot count far.
Tensor sums_over_counts(const Tensor& sums, int axis, const Tensor& index, bool include_self) {
  const bool floating = is_floating(sums.dtype());
  Tensor counts;
  {
    const NoGradGuard off;
    counts =
        ones(sums.shape(), {.dtype = floating ? sums.dtype() : int64, .device = sums.device()});
    if (!include_self) counts = scatter(counts, axis, index, 0);
    const Tensor one = ops::number_like(counts, 1, index.shape());
    counts = scatter_add(counts, axis, index, one).clamp(1);
  }
  const Tensor means =
      floating ? sums / counts
               : ops::apply("floor_divide", program_of(Opcode::floor_divide), {&sums, &counts});
  return means.to(sums.dtype());
}

}  // namespace

Tensor scatter_reduce(const Tensor& x, int64_t axis, const Tensor& index, const Tensor& src,
                      std::string_view reduce, bool include_self) {
  detail::check_defined(x, "scatter_reduce", "x");
  const bool mean = reduce == "mean";
  ScatterMode mode = ScatterMode::add;
  if (reduce == "prod") {
    mode = ScatterMode::multiply;
  } else if (reduce == "amax") {
    mode = ScatterMode::maximum;
  } else if (reduce == "amin") {
    mode = ScatterMode::minimum;
  } else if (reduce != "sum" && !mean) {
    throw ValueError(fmt::format(
        "scatter_reduce: unknown reduction '{}': it is sum, prod, mean, amax or amin", reduce));
  }
  detail::check_defined(index, "scatter_reduce", "index");
  detail::check_defined(src, "scatter_reduce", "src");
  if (x.dim() == 0) {
    return scatter_reduce(ops::row_of(x), axis, ops::row_of(index), ops::row_of(src), reduce,
                          include_self)
        .reshape({});
  }
  ops::IndexFacts facts;
  const int a = ops::check_scatter("scatter_reduce", x, axis, index, &src, facts);
  if (facts.check) ops::check_on_device(index, *facts.check);
  if (mean && x.dtype() == bool_) {
    throw DTypeError("scatter_reduce: bool has no mean; convert with .to(dtype)");
  }
  const Tensor part = ops::corner_of(src, index.shape());
  Tensor start = x;
  if (!include_self) start = scatter(x, a, index, neutral(mode, x.dtype()));
  if (mode != ScatterMode::add) return reduced(mode, start, a, index, part);
  if (!mean) return scatter_add(start, a, index, part);
  const Tensor sums = scatter_add(ops::wide(start), a, index, ops::wide(part));
  return sums_over_counts(sums, a, index, include_self).to(x.dtype());
}

Tensor Tensor::scatter_reduce(int64_t axis, const Tensor& index, const Tensor& src,
                              std::string_view reduce, bool include_self) const {
  return ct::scatter_reduce(*this, axis, index, src, reduce, include_self);
}
Tensor& Tensor::scatter_reduce_(int64_t axis, const Tensor& index, const Tensor& src,
                                std::string_view reduce, bool include_self) {
  detail::check_defined(*this, "scatter_reduce_", "self");
  ops::check_in_place("scatter_reduce", *this, {&src});
  const bool recorded = autograd::recording({this, &src});
  const Tensor before = recorded ? ops::previous(*this, true) : *this;
  const Tensor values = recorded && src.shares_storage(*this) ? src.clone() : src;
  return copy_(ct::scatter_reduce(before, axis, index, values, reduce, include_self));
}

}  // namespace ct
