// QR, singular values, eigenvalues of symmetric matrices, and what is made from them: rank,
// pseudo-inverse, least squares.
#include <fmt/format.h>

#include <algorithm>

#include "customtensor/error.hpp"
#include "customtensor/linalg.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/matmul.hpp"
#include "customtensor/ops/reduce.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/autocast.hpp"
#include "ops/linalg/linalg_call.hpp"
#include "ops/shape/leading.hpp"

namespace ct::linalg {

using autograd::Gradients;
using autograd::Recording;

namespace {

constexpr const char* kNotFinite = "has elements that are not finite (or did not converge)";

/// x with its columns (or rows) multiplied by the values of s.
Tensor columns_times(const Tensor& x, const Tensor& s) { return x * s.unsqueeze(-2); }
Tensor rows_times(const Tensor& s, const Tensor& x) { return s.unsqueeze(-1) * x; }
Tensor skew(const Tensor& x) { return x - transposed(x); }

/// values[j] - values[i], with ones on the diagonal.
Tensor gaps(const Tensor& values) {
  const Tensor one = eye(values.size(-1), {.dtype = values.dtype(), .device = values.device()});
  return values.unsqueeze(-2) - values.unsqueeze(-1) + one;
}

/// Gradient of A from those of the reduced U, S, Vh (each may be undefined), as in J. Townsend,
/// "Differentiating the singular value decomposition", 2016.
Tensor svd_gradient(const Tensor& u, const Tensor& s, const Tensor& vh, const Tensor& gu,
                    const Tensor& gs, const Tensor& gvh) {
  if (!gu.defined() && !gvh.defined()) return matmul(columns_times(u, gs), vh);
  const Tensor v = transposed(vh);
  const Tensor e = gaps(s.square());
  Tensor core = gs.defined() ? diag_embed(gs) : Tensor();
  const auto add = [](Tensor& sum, const Tensor& term) { sum = sum.defined() ? sum + term : term; };
  if (gu.defined()) add(core, columns_times(skew(matmul(transposed(u), gu)) / e, s));
  if (gvh.defined()) add(core, rows_times(s, skew(matmul(vh, transposed(gvh))) / e));
  Tensor result = matmul(u, matmul(core, vh));
  if (gu.defined() && u.size(-2) > u.size(-1)) {
    const Tensor part = columns_times(gu, reciprocal(s));
    add(result, matmul(part - matmul(u, matmul(transposed(u), part)), vh));
  }
  if (gvh.defined() && vh.size(-1) > vh.size(-2)) {
    const Tensor part = rows_times(reciprocal(s), gvh);
    add(result, matmul(u, part - matmul(matmul(part, v), vh)));
  }
  return result;
}

/// Gradient of a (m, n), m >= n, from those of its reduced q and r.
Tensor tall_qr_gradient(const Tensor& q, const Tensor& r, const Tensor& gq, const Tensor& gr) {
  Tensor m;
  if (gr.defined()) m = matmul(r, transposed(gr));
  if (gq.defined()) {
    const Tensor other = matmul(transposed(gq), q);
    m = m.defined() ? m - other : -other;
  }
  // Only its lower part counts, mirrored.
  const Tensor lower = tril(m);
  const Tensor mirrored = lower + transposed(tril(m, -1));
  Tensor sum = matmul(q, mirrored);
  if (gq.defined()) sum = sum + gq;
  return solve_triangular(transposed(r), sum, /*upper=*/false, /*left=*/false);
}

}  // namespace

Qr qr(const Tensor& a, QrMode mode) {
  if (const ops::Autocast cast{"qr"}) return qr(cast(a), mode);
  check_matrix("qr", a);
  const int64_t m = a.size(-2);
  const int64_t n = a.size(-1);
  const int64_t k = mode == QrMode::complete ? m : std::min(m, n);
  // R alone still needs Q for its gradient.
  const bool want_q = mode != QrMode::r || autograd::recording({&a});
  Call call(LinalgOp::qr, a);
  Qr out;
  if (want_q) out.q = call.output(0, {m, k});
  out.r = call.output(1, {k, n});
  call.run();
  if (!want_q) return out;
  autograd::record("qr", {&out.q, &out.r}, {&a}, [&](const Recording& rec) {
    return [a = rec.save_if(n > m, 0), q = rec.save_output(0), r = rec.save_output(1), m, n, k](
               std::span<const Tensor> g, Gradients& d) {
      if (k > n) {
        throw AutogradError(
            fmt::format("qr: the complete decomposition of {} x {} matrices has no gradient: "
                        "columns {} to {} of "
                        "q are not unique; use QrMode::reduced",
                        m, n, n, m - 1));
      }
      if (n <= m) {
        d[0] = tall_qr_gradient(q.get(), r.get(), g[0], g[1]);
        return;
      }
      // A = (X Y): X = Q U, Y = Q V, R = (U V).
      const Tensor qq = q.get();
      Tensor gq = g[0];
      Tensor gu;
      Tensor gy;
      if (g[1].defined()) {
        const Tensor gv = g[1].narrow(-1, m, n - m);
        const Tensor through = matmul(a.get().narrow(-1, m, n - m), transposed(gv));
        gq = gq.defined() ? gq + through : through;
        gu = g[1].narrow(-1, 0, m);
        gy = matmul(qq, gv);
      } else {
        gy = zeros_like(a.get().narrow(-1, m, n - m));
      }
      d[0] = cat({tall_qr_gradient(qq, r.get().narrow(-1, 0, m), gq, gu), gy}, -1);
    };
  });
  if (mode == QrMode::r) out.q = Tensor();
  return out;
}

Svd svd(const Tensor& a, bool full_matrices) {
  if (const ops::Autocast cast{"svd"}) return svd(cast(a), full_matrices);
  check_matrix("svd", a);
  const int64_t m = a.size(-2);
  const int64_t n = a.size(-1);
  const int64_t k = std::min(m, n);
  Call call(LinalgOp::svd, a);
  Svd out;
  out.u = call.output(0, {m, full_matrices ? m : k});
  out.s = call.output(1, {k});
  out.vh = call.output(2, {full_matrices ? n : k, n});
  call.run_checked("svd", kNotFinite);
  autograd::record("svd", {&out.u, &out.s, &out.vh}, {&a}, [&](const Recording& r) {
    return [a = r.save_if(full_matrices && m != n, 0), u = r.save_output(0), s = r.save_output(1),
            vh = r.save_output(2), m, n](std::span<const Tensor> g, Gradients& d) {
      if (!a.defined()) {
        d[0] = svd_gradient(u.get(), s.get(), vh.get(), g[0], g[1], g[2]);
        return;
      }
      if (g[0].defined() || g[2].defined()) {
        throw AutogradError(
            fmt::format("svd: the full matrices of {} x {} input have no gradient: some of their "
                        "vectors are not unique; use svd(a, false)",
                        m, n));
      }
      // Through the thin one, whose vectors have the gradient that this one's derivative needs.
      const auto thin = svd(a.get(), false);
      d[0] = svd_gradient(thin.u, thin.s, thin.vh, Tensor(), g[1], Tensor());
    };
  });
  return out;
}

Tensor svdvals(const Tensor& a) {
  if (const ops::Autocast cast{"svdvals"}) return svdvals(cast(a));
  check_matrix("svdvals", a);
  if (autograd::recording({&a})) return svd(a, false).s;
  Call call(LinalgOp::svd, a);
  Tensor s = call.output(1, {std::min(a.size(-2), a.size(-1))});
  call.run_checked("svdvals", kNotFinite);
  return s;
}

Eigh eigh(const Tensor& a, bool upper) {
  if (const ops::Autocast cast{"eigh"}) return eigh(cast(a), upper);
  check_square("eigh", a);
  const int64_t n = a.size(-1);
  Call call(LinalgOp::eigh, a);
  call.args().upper = upper;
  Eigh out;
  out.eigenvalues = call.output(0, {n});
  out.eigenvectors = call.output(1, {n, n});
  call.run_checked("eigh", kNotFinite);
  autograd::record("eigh", {&out.eigenvalues, &out.eigenvectors}, {&a}, [](const Recording& r) {
    return [w = r.save_output(0), v = r.save_output(1)](std::span<const Tensor> g, Gradients& d) {
      // dA = V (diag(gW) + (Vᵀ gV) / E) Vᵀ, E the gaps between the values.
      const Tensor vectors = v.get();
      Tensor core;
      if (g[1].defined()) {
        const Tensor inner = matmul(transposed(vectors), g[1]) / gaps(w.get());
        core = tril(inner, -1) + triu(inner, 1);
      }
      if (g[0].defined()) {
        const Tensor values = diag_embed(g[0]);
        core = core.defined() ? core + values : values;
      }
      d[0] = matmul(vectors, matmul(core, transposed(vectors)));
    };
  });
  return out;
}

Tensor eigvalsh(const Tensor& a, bool upper) {
  if (const ops::Autocast cast{"eigvalsh"}) return eigvalsh(cast(a), upper);
  check_square("eigvalsh", a);
  if (autograd::recording({&a})) return eigh(a, upper).eigenvalues;
  Call call(LinalgOp::eigh, a);
  call.args().upper = upper;
  Tensor values = call.output(0, {a.size(-1)});
  call.run_checked("eigvalsh", kNotFinite);
  return values;
}

namespace {

/// The bound below which a matrix's singular values s count as zero. Shapes: (..., k) -> (..., 1)
Tensor bound_of(const Tensor& a, const Tensor& s, const RankOptions& options) {
  const double atol = options.atol.value_or(0.0);
  const double usual = static_cast<double>(std::max(a.size(-2), a.size(-1))) * epsilon_of(a);
  const double rtol = options.rtol.value_or(atol > 0 ? 0.0 : usual);
  return clamp(s.amax({-1}, true) * rtol, atol);
}

/// Gradient of x from that of its pseudo-inverse p:
/// -Pᵀ g Pᵀ + (I - A P) gᵀ P Pᵀ + Pᵀ P gᵀ (I - P A). Source: Golub and Pereyra, 1973
Tensor pinv_gradient(const Tensor& x, const Tensor& p, const Tensor& g) {
  const Tensor pt = transposed(p);
  const Tensor gt = transposed(g);
  const Tensor left = matmul(matmul(gt, p), pt);
  const Tensor right = matmul(pt, matmul(p, gt));
  return (left - matmul(x, matmul(p, left))) + (right - matmul(matmul(right, p), x)) -
         matmul(matmul(pt, g), pt);
}

}  // namespace

Tensor matrix_rank(const Tensor& a, const RankOptions& options) {
  if (const ops::Autocast cast{"matrix_rank"}) return matrix_rank(cast(a), options);
  check_matrix("matrix_rank", a);
  const Unrecorded off;
  if (a.size(-1) == 0 || a.size(-2) == 0) {
    return zeros(leading(a), {.dtype = int64, .device = a.device()});
  }
  const Tensor s = options.hermitian ? eigvalsh(a).abs() : svdvals(a);
  return (s > bound_of(a, s, options)).sum({-1});
}

Tensor pinv(const Tensor& a, const RankOptions& options) {
  if (const ops::Autocast cast{"pinv"}) return pinv(cast(a), options);
  check_matrix("pinv", a);
  if (options.hermitian) check_square("pinv", a);
  Tensor out;
  {
    const Unrecorded off;
    if (a.numel() == 0) {
      out = zeros(joined(leading(a), {a.size(-1), a.size(-2)}),
                  {.dtype = a.dtype(), .device = a.device()});
    } else {
      const auto inverted = [&](const Tensor& s) {
        const Tensor zero = full({}, 0, {.dtype = s.dtype(), .device = s.device()});
        return where(s.abs() > bound_of(a, s.abs(), options), reciprocal(s), zero);
      };
      if (options.hermitian) {
        const auto [w, v] = eigh(a);
        out = matmul(columns_times(v, inverted(w)), transposed(v));
      } else {
        const auto [u, s, vh] = svd(a, false);
        out = matmul(columns_times(transposed(vh), inverted(s)), transposed(u));
      }
    }
  }
  autograd::record("pinv", {&out}, {&a}, [](const Recording& r) {
    return [a = r.save(0), y = r.save_output()](std::span<const Tensor> g, Gradients& d) {
      d[0] = pinv_gradient(a.get(), y.get(), g[0]);
    };
  });
  return out;
}

Lstsq lstsq(const Tensor& a, const Tensor& b, std::optional<double> rcond) {
  if (const ops::Autocast cast{"lstsq"}) return lstsq(cast(a), cast(b), rcond);
  check_matrix("lstsq", a);
  check_same("lstsq", a, b);
  const bool vector = b.dim() == 1 || (b.dim() == a.dim() - 1 && b.shape() == leading(a, 1));
  const Tensor matrix = vector ? b.unsqueeze(-1) : b;
  if (b.dim() == 0 || matrix.size(-2) != a.size(-2)) {
    throw ShapeError(fmt::format("lstsq: a {} and b {} do not fit: b needs {} rows",
                                 to_string(a.shape()), to_string(b.shape()), a.size(-2)));
  }
  const int64_t m = a.size(-2);
  const int64_t n = a.size(-1);
  const int64_t k = matrix.size(-1);
  const Shape lead = ops::broadcast_leading(a.shape(), matrix.shape(), "lstsq");
  const Tensor wide_a = a.expand(joined(lead, {m, n}));
  const Tensor wide_b = matrix.expand(joined(lead, {m, k}));
  Lstsq out;
  Call call(LinalgOp::least_squares, wide_a, wide_b);
  call.args().rcond =
      rcond.value_or(static_cast<double>(std::max({m, n, int64_t{1}})) * epsilon_of(a));
  Tensor x = call.output(0, {n, k});
  out.rank = call.output(1, {}, int64);
  call.run_checked("lstsq", kNotFinite);
  const TensorOptions options{.dtype = a.dtype(), .device = a.device()};
  {
    const Unrecorded off;
    // Where ranks are not known they count as full.
    const bool determined = m > n && out.rank.numel() > 0 &&
                            (!detail::has_values(out.rank) || out.rank.min().item<int64_t>() == n);
    out.residuals =
        determined ? (matmul(wide_a, x) - wide_b).square().sum({-2}) : empty({0}, options);
    if (determined && vector) out.residuals = out.residuals.squeeze(-1);
  }
  out.singular_values = empty({0}, options);
  autograd::record("lstsq", {&x}, {&wide_a, &wide_b}, [&](const Recording& r) {
    return [a = r.save(0), b = r.save(1), rcond = call.args().rcond](std::span<const Tensor> g,
                                                                     Gradients& d) {
      // As of pinv(A) B.
      const Tensor inverse = pinv(a.get(), {.rtol = rcond});
      if (d.needed(0)) {
        d[0] = pinv_gradient(a.get(), inverse, matmul(g[0], transposed(b.get())));
      }
      if (d.needed(1)) d[1] = matmul(transposed(inverse), g[0]);
    };
  });
  out.solution = vector ? x.squeeze(-1) : x;
  return out;
}

}  // namespace ct::linalg
