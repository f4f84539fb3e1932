// Triangles and diagonals of matrices.
#include <fmt/format.h>

#include <algorithm>

#include "core/view/sizes.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/pointwise/apply.hpp"
#include "ops/pointwise/copy.hpp"
#include "ops/shape/view.hpp"

namespace ct {

namespace {

/// x where keep(column, row + diagonal), else 0. The mask, one for all matrices of a batch, is made
/// from whole numbers, which are exact at any size.
Tensor triangle(const char* name, Opcode keep, const Tensor& x, int64_t diagonal) {
  detail::check_defined(x, name, "x");
  if (x.dim() < 2) {
    throw ShapeError(fmt::format("{}: the tensor has shape {}: it needs at least two axes", name,
                                 to_string(x.shape())));
  }
  const TensorOptions options{.dtype = int64, .device = x.device()};
  // Beyond the corners nothing changes any more; the sums stay within int64.
  const Tensor row =
      arange(x.size(-2), options).unsqueeze(1) + std::clamp(diagonal, -x.size(-2), x.size(-1));
  const Tensor column = arange(x.size(-1), options);
  const Tensor mask = ops::apply(name, program_of(keep), {&column, &row});
  static const ProgramPtr program = [] {
    PointwiseBuilder b("triangle", 2);
    b.output(b.apply(Opcode::select, b.input(0), b.input(1), b.constant(0)));
    return b.build();
  }();
  return ops::apply(name, program, {&mask, &x});
}

}  // namespace

Tensor tril(const Tensor& x, int64_t diagonal) { return triangle("tril", Opcode::le, x, diagonal); }
Tensor triu(const Tensor& x, int64_t diagonal) { return triangle("triu", Opcode::ge, x, diagonal); }

Tensor diag_embed(const Tensor& x, int64_t offset, int64_t axis1, int64_t axis2) {
  detail::check_defined(x, "diag_embed", "x");
  const int rank = static_cast<int>(x.dim()) + 1;
  if (x.dim() == 0) throw ShapeError("diag_embed: a number has no axis to put on a diagonal");
  const int a = normalize_axis(axis1, rank, "diag_embed");
  const int b = normalize_axis(axis2, rank, "diag_embed");
  if (a == b) {
    throw ValueError(
        fmt::format("diag_embed: axes {} and {} of the result are the same", axis1, axis2));
  }
  const int64_t apart = offset < 0 ? checked_sub("diag_embed", 0, offset) : offset;
  const int64_t size = checked_add("diag_embed", x.size(-1), apart);
  Shape shape = x.shape();
  shape.resize(rank - 2);
  shape.insert(std::min(a, b), size);
  shape.insert(std::max(a, b), size);
  return ops::embed("diag_embed", x, shape,
                    [offset, a, b](const Tensor& t) { return t.diagonal(offset, a, b); });
}

Tensor diag(const Tensor& x, int64_t diagonal) {
  detail::check_defined(x, "diag", "x");
  if (x.dim() == 1) return diag_embed(x, diagonal);
  if (x.dim() == 2) return x.diagonal(diagonal).clone();
  throw ShapeError(fmt::format(
      "diag: the tensor has shape {}: it must have one or two axes; use diagonal() or diag_embed()",
      to_string(x.shape())));
}

Tensor Tensor::tril(int64_t diagonal) const { return ct::tril(*this, diagonal); }
Tensor Tensor::triu(int64_t diagonal) const { return ct::triu(*this, diagonal); }
Tensor Tensor::diag(int64_t diagonal) const { return ct::diag(*this, diagonal); }
Tensor Tensor::diag_embed(int64_t offset, int64_t axis1, int64_t axis2) const {
  return ct::diag_embed(*this, offset, axis1, axis2);
}

}  // namespace ct
