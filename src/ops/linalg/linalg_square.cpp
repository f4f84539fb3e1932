// Square systems: inverse, determinants, solving, Cholesky's decomposition, powers.
#include <fmt/format.h>

#include "core/view/sizes.hpp"
#include "customtensor/error.hpp"
#include "customtensor/linalg.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/matmul.hpp"
#include "customtensor/ops/reduce.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/autocast.hpp"
#include "ops/linalg/linalg_call.hpp"
#include "ops/pointwise/wide.hpp"
#include "ops/shape/leading.hpp"

namespace ct::linalg {

using autograd::Gradients;
using autograd::Recording;

namespace {

constexpr const char* kSingular = "is singular: pivot {info} of its LU decomposition is 0";

Tensor solve_batch(const Tensor& a, const Tensor& b, const char* op) {
  Call call(LinalgOp::solve, a, b);
  Tensor x = call.output(0, {b.size(-2), b.size(-1)});
  call.run_checked(op, kSingular);
  autograd::record(op, {&x}, {&a, &b}, [&](const Recording& r) {
    return [a = r.save(0), x = r.save_output(), op](std::span<const Tensor> g, Gradients& d) {
      const Tensor db = solve_batch(transposed(a.get()), g[0], op);
      if (d.needed(0)) d[0] = -matmul(db, transposed(x.get()));
      if (d.needed(1)) d[1] = db;
    };
  });
  return x;
}

Tensor triangular_batch(const Tensor& a, const Tensor& b, bool upper, bool unit) {
  Call call(LinalgOp::triangular, a, b);
  call.args().upper = upper;
  call.args().unit = unit;
  Tensor x = call.output(0, {b.size(-2), b.size(-1)});
  call.run_checked("solve_triangular", "is singular: element {info} of its diagonal is 0");
  autograd::record("solve_triangular", {&x}, {&a, &b}, [&](const Recording& r) {
    return
        [a = r.save(0), x = r.save_output(), upper, unit](std::span<const Tensor> g, Gradients& d) {
          const Tensor db = triangular_batch(transposed(a.get()), g[0], !upper, unit);
          if (d.needed(0)) {
            const Tensor da = -matmul(db, transposed(x.get()));
            const int64_t off = unit ? 1 : 0;
            d[0] = upper ? triu(da, off) : tril(da, -off);
          }
          if (d.needed(1)) d[1] = db;
        };
  });
  return x;
}

/// Checks b, gives both the same leading axes and calls fn on A X = B, whatever side and rank.
template <class F>
Tensor on_batches(const char* op, const Tensor& a, const Tensor& b, bool left, const F& fn) {
  check_square(op, a);
  check_same(op, a, b);
  const bool vector = b.dim() == 1 || (b.dim() == a.dim() - 1 && b.shape() == leading(a, 1));
  if (vector && !left) {
    throw ShapeError(
        fmt::format("{}: b {} is a vector: only A x = b can be solved for it; give it a "
                    "second axis",
                    op, to_string(b.shape())));
  }
  const Tensor matrix = vector ? b.unsqueeze(-1) : b;
  if (b.dim() == 0 || matrix.size(left ? -2 : -1) != a.size(-1)) {
    throw ShapeError(fmt::format("{}: a {} and b {} do not fit: b needs {} {}", op,
                                 to_string(a.shape()), to_string(b.shape()), a.size(-1),
                                 left ? "rows" : "columns"));
  }
  const Shape lead = ops::broadcast_leading(a.shape(), matrix.shape(), op);
  const auto spread = [&lead](const Tensor& t) {
    return t.expand(joined(lead, {t.size(-2), t.size(-1)}));
  };
  const Tensor x = fn(spread(a), spread(matrix));
  return vector ? x.squeeze(-1) : x;
}

}  // namespace

Tensor solve(const Tensor& a, const Tensor& b, bool left) {
  if (const ops::Autocast cast{"solve"}) return solve(cast(a), cast(b), left);
  return on_batches("solve", a, b, left, [left](const Tensor& m, const Tensor& rhs) {
    return left ? solve_batch(m, rhs, "solve")
                : transposed(solve_batch(transposed(m), transposed(rhs), "solve"));
  });
}

Tensor solve_triangular(const Tensor& a, const Tensor& b, bool upper, bool left,
                        bool unitriangular) {
  if (const ops::Autocast cast{"solve_triangular"})
    return solve_triangular(cast(a), cast(b), upper, left, unitriangular);
  return on_batches("solve_triangular", a, b, left, [&](const Tensor& m, const Tensor& rhs) {
    return left ? triangular_batch(m, rhs, upper, unitriangular)
                : transposed(
                      triangular_batch(transposed(m), transposed(rhs), !upper, unitriangular));
  });
}

Tensor inv(const Tensor& a) {
  if (const ops::Autocast cast{"inv"}) return inv(cast(a));
  check_square("inv", a);
  Call call(LinalgOp::solve, a);
  Tensor y = call.output(0, {a.size(-1), a.size(-1)});
  call.run_checked("inv", kSingular);
  autograd::record("inv", {&y}, {&a}, [](const Recording& r) {
    return [y = r.save_output()](std::span<const Tensor> g, Gradients& d) {
      const Tensor t = transposed(y.get());
      d[0] = -matmul(t, matmul(g[0], t));
    };
  });
  return y;
}

namespace {
Tensor cofactor(const Tensor& a) {
  Call call(LinalgOp::cofactor, a);
  Tensor c = call.output(0, {a.size(-1), a.size(-1)});
  call.run();
  return c;
}
/// A number for each matrix, beside its elements.
Tensor beside(const Tensor& g) { return g.unsqueeze(-1).unsqueeze(-1); }
}  // namespace

Tensor det(const Tensor& a) {
  if (const ops::Autocast cast{"det"}) return det(cast(a));
  check_square("det", a);
  Call call(LinalgOp::determinant, a);
  Tensor out = call.output(0, {});
  call.run();
  autograd::record("det", {&out}, {&a}, [](const Recording& r) {
    return [a = r.save(0), y = r.save_output()](std::span<const Tensor> g, Gradients& d) {
      d[0] = grad_enabled() ? beside(g[0] * y.get()) * transposed(inv(a.get()))
                            : beside(g[0]) * cofactor(a.get());
    };
  });
  return out;
}

Slogdet slogdet(const Tensor& a) {
  if (const ops::Autocast cast{"slogdet"}) return slogdet(cast(a));
  check_square("slogdet", a);
  Call call(LinalgOp::determinant, a);
  Slogdet out;
  out.sign = call.output(1, {});
  out.logabsdet = call.output(2, {});
  call.run();
  autograd::record("slogdet", {&out.logabsdet}, {&a}, [](const Recording& r) {
    return [a = r.save(0)](std::span<const Tensor> g, Gradients& d) {
      d[0] = beside(g[0]) * transposed(inv(a.get()));
    };
  });
  return out;
}

Tensor cholesky(const Tensor& a, bool upper) {
  if (const ops::Autocast cast{"cholesky"}) return cholesky(cast(a), upper);
  check_square("cholesky", a);
  if (upper) return transposed(cholesky(transposed(a)));
  Call call(LinalgOp::cholesky, a);
  Tensor out = call.output(0, {a.size(-1), a.size(-1)});
  call.run_checked("cholesky",
                   "is not positive definite: its leading minor of order {info} is not positive");
  autograd::record("cholesky", {&out}, {&a}, [](const Recording& r) {
    return [y = r.save_output()](std::span<const Tensor> g, Gradients& d) {
      // dA = (S + Sᵀ) / 2, S = L⁻ᵀ P L⁻¹, P the lower part of Lᵀ g with half its diagonal.
      const Tensor l = y.get();
      const Tensor product = matmul(transposed(l), g[0]);
      const Tensor p = (tril(product) + tril(product, -1)) * 0.5;
      const Tensor half = solve_triangular(transposed(l), p, true);
      const Tensor s = solve_triangular(l, half, false, /*left=*/false);
      d[0] = (s + transposed(s)) * 0.5;
    };
  });
  return out;
}

Tensor matrix_power(const Tensor& a, int64_t n) {
  if (const ops::Autocast cast{"matrix_power"}) return matrix_power(cast(a), n);
  detail::check_defined(a, "matrix_power", "a");
  if (a.dim() < 2 || a.size(-1) != a.size(-2)) {
    throw ShapeError(
        fmt::format("matrix_power: the matrices must be square: shape {}", to_string(a.shape())));
  }
  if (n == 0) {
    const Tensor one = eye(a.size(-1), {.dtype = a.dtype(), .device = a.device()});
    return one + triu(a, a.size(-1));  // zeros, so that the gradient is zeros too
  }
  Tensor square = n < 0 ? inv(a) : a;
  if (magnitude(n) > 1) square = ops::wide(square);
  Tensor product;
  for (uint64_t rest = magnitude(n); rest > 0; rest >>= 1) {
    if ((rest & 1) != 0) product = product.defined() ? matmul(product, square) : square;
    if (rest > 1) square = matmul(square, square);
  }
  return product.impl() == a.impl() ? a.clone() : product.to(a.dtype());
}

}  // namespace ct::linalg
