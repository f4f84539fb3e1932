// Norms of vectors and matrices, as sums, extremes and singular values.
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "core/tensor/tensor_impl.hpp"
#include "customtensor/error.hpp"
#include "customtensor/linalg.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/reduce.hpp"
#include "ops/autocast.hpp"
#include "ops/pointwise/wide.hpp"

namespace ct::linalg {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

void check_floating(const char* op, const Tensor& x) {
  detail::check_defined(x, op, "x");
  if (is_floating(x.dtype())) return;
  throw DTypeError(
      fmt::format("{}: the tensor is {}: it must be floating; convert with "
                  ".to(ct::float32)",
                  op, name(x.dtype())));
}

}  // namespace

NormOrder::Kind NormOrder::kind_of(std::string_view name) {
  if (name == "fro") return Kind::frobenius;
  if (name == "nuc") return Kind::nuclear;
  throw ValueError(
      fmt::format("norm: there is no order \"{}\"; it is \"fro\", \"nuc\" or a number", name));
}

Tensor vector_norm(const Tensor& x, double p, const Axes& axes, bool keepdim) {
  if (const ops::Autocast cast{"vector_norm"}) {
    return vector_norm(cast(x), p, axes, keepdim);
  }
  check_floating("vector_norm", x);
  return ct::norm(x, p, axes, keepdim);
}

Tensor matrix_norm(const Tensor& x, const NormOrder& order, const Axes& axes, bool keepdim) {
  if (const ops::Autocast cast{"matrix_norm"}) return matrix_norm(cast(x), order, axes, keepdim);
  check_floating("matrix_norm", x);
  const auto rank = static_cast<int>(x.dim());
  if (axes.rank() != 2) {
    throw ValueError(fmt::format("matrix_norm: a matrix has two axes: {} are named, {}",
                                 axes.rank(), to_string(axes)));
  }
  if (rank < 2) {
    throw ShapeError(fmt::format("matrix_norm: the tensor has shape {}: matrices need two axes",
                                 to_string(x.shape())));
  }
  const int row = normalize_axis(axes[0], rank, "matrix_norm");
  const int column = normalize_axis(axes[1], rank, "matrix_norm");
  if (row == column) {
    throw ValueError(fmt::format("matrix_norm: axis {} is named twice: {}", row, to_string(axes)));
  }
  if (order.kind() == NormOrder::Kind::frobenius || order.kind() == NormOrder::Kind::flat) {
    return vector_norm(x, 2, {row, column}, keepdim);
  }
  const double p = order.p();
  Tensor out;
  if (order.kind() == NormOrder::Kind::nuclear || std::abs(p) == 2) {
    Dims last;
    for (int axis = 0; axis < rank; ++axis) {
      if (axis != row && axis != column) last.push_back(axis);
    }
    last.push_back(row);
    last.push_back(column);
    const Tensor s = svdvals(x.permute(last));
    out = order.kind() == NormOrder::Kind::nuclear ? s.sum({-1})
          : p > 0                                  ? s.amax({-1})
                                                   : s.amin({-1});
  } else if (std::abs(p) == 1 || std::abs(p) == kInfinity) {
    const bool columns = std::abs(p) == 1;
    const int summed = columns ? row : column;
    int chosen = columns ? column : row;
    if (chosen > summed) --chosen;  // that axis is gone
    const Tensor sums = ops::wide(x).abs().sum({summed});
    out = (p > 0 ? sums.amax({chosen}) : sums.amin({chosen})).to(x.dtype());
  } else {
    throw ValueError(
        fmt::format("matrix_norm: there is no order {} for matrices; it is \"fro\", "
                    "\"nuc\", 1, 2, infinity, or the negative of a number among them",
                    p));
  }
  if (!keepdim) return out;
  return out.unsqueeze(std::min(row, column)).unsqueeze(std::max(row, column));
}

Tensor norm(const Tensor& x, const NormOrder& order, const Axes& axes, bool keepdim) {
  check_floating("norm", x);
  if (order.kind() == NormOrder::Kind::flat) return vector_norm(x, 2, axes, keepdim);
  if (axes.rank() > 2 || (axes.empty() && x.dim() != 1 && x.dim() != 2)) {
    throw ShapeError(fmt::format("norm: an order is for one axis or two: shape {}, axes {}",
                                 to_string(x.shape()), to_string(axes)));
  }
  const bool matrix = axes.rank() == 2 || (axes.empty() && x.dim() == 2);
  if (matrix) return matrix_norm(x, order, axes.empty() ? Axes{0, 1} : axes, keepdim);
  if (order.kind() != NormOrder::Kind::number) {
    throw ValueError(fmt::format("norm: \"fro\" and \"nuc\" are for matrices: shape {}, axes {}",
                                 to_string(x.shape()), to_string(axes)));
  }
  return vector_norm(x, order.p(), axes, keepdim);
}

}  // namespace ct::linalg
