// Linear algebra. Inputs are made regular, symmetric or well apart inside of the rows, so that
// every draw has a derivative.
#include "customtensor/linalg.hpp"

#include <cmath>

#include "conformance/op_cases.hpp"

namespace ct::test {

namespace {
using Inputs = const Tensors&;
using linalg::NormOrder;

TensorOptions like(const Tensor& x) { return {.dtype = x.dtype(), .device = x.device()}; }
Tensor transposed(const Tensor& x) { return x.transpose(-2, -1); }
/// 1, 2, 3, … on the diagonal, beside which x is small: singular values are well apart. All of
/// these keep the type, so that the op itself decides which types it takes.
Tensor apart(const Tensor& x) {
  const Tensor steps = arange(1, x.size(-1) + 1, 1, like(x));
  return (x * 0.3 + eye(x.size(-2), x.size(-1), like(x)) * steps).to(x.dtype());
}
Tensor regular(const Tensor& x) { return x + eye(x.size(-1), like(x)) * 3; }
Tensor symmetric(const Tensor& x) { return apart(x) + transposed(apart(x)); }
Tensor definite(const Tensor& x) { return matmul(x, transposed(x)) + eye(x.size(-1), like(x)) * 2; }
Tensor joined(std::initializer_list<Tensor> parts) {
  Tensors flat;
  for (const Tensor& t : parts) flat.push_back(t.flatten());
  return cat(flat);
}
}  // namespace

void add_linalg_cases(std::vector<OpCase>& cases) {
  const auto add = [&](const char* name, std::vector<Shape> shapes,
                       std::function<Tensor(const Tensors&)> run) -> OpCase& {
    cases.push_back({name, std::move(shapes), std::move(run), -1, 1, kProduct32});
    cases.back().half = false;
    return cases.back();
  };
  using namespace linalg;  // NOLINT: the rows' names say it

  add("linalg::inv", {{4, 4}}, [](Inputs x) { return inv(regular(x[0])); });
  add("linalg::inv/batch", {{2, 3, 3, 3}}, [](Inputs x) { return inv(regular(x[0])); });
  add("linalg::solve", {{4, 4}, {4, 3}}, [](Inputs x) { return solve(regular(x[0]), x[1]); });
  add("linalg::solve/vector", {{4, 4}, {4}}, [](Inputs x) { return solve(regular(x[0]), x[1]); });
  add("linalg::solve/right", {{3, 3}, {2, 3}},
      [](Inputs x) { return solve(regular(x[0]), x[1], false); });
  add("linalg::solve/broadcast", {{2, 1, 3, 3}, {3, 3, 2}},
      [](Inputs x) { return solve(regular(x[0]), x[1]); });
  add("linalg::solve_triangular", {{4, 4}, {4, 3}},
      [](Inputs x) { return solve_triangular(regular(x[0]), x[1], true); });
  add("linalg::solve_triangular/lower_right", {{2, 3, 3}, {2, 4, 3}},
      [](Inputs x) { return solve_triangular(regular(x[0]), x[1], false, false); });
  add("linalg::solve_triangular/unit", {{3, 3}, {3, 2}},
      [](Inputs x) { return solve_triangular(x[0], x[1], false, true, true); });
  add("linalg::det", {{3, 3}}, [](Inputs x) { return det(regular(x[0])); });
  add("linalg::det/batch", {{5, 2, 2}}, [](Inputs x) { return det(regular(x[0])); });
  add("linalg::slogdet", {{2, 4, 4}}, [](Inputs x) { return slogdet(-regular(x[0])).logabsdet; });
  add("linalg::slogdet/sign", {{3, 3, 3}}, [](Inputs x) {
    return slogdet(-regular(x[0])).sign;
  }).differentiable = false;
  add("linalg::matrix_power", {{3, 3}}, [](Inputs x) { return matrix_power(x[0], 5); }).half = true;
  add("linalg::matrix_power/negative", {{2, 3, 3}},
      [](Inputs x) { return matrix_power(regular(x[0]), -2); });
  OpCase& zero =
      add("linalg::matrix_power/zero", {{3, 3}}, [](Inputs x) { return matrix_power(x[0], 0); });
  zero.differentiable = false;
  zero.half = true;
  add("linalg::cholesky", {{4, 4}}, [](Inputs x) { return cholesky(definite(x[0])); });
  add("linalg::cholesky/upper_batch", {{2, 3, 3}},
      [](Inputs x) { return cholesky(definite(x[0]), true); });

  const auto both = [](const Qr& d) { return joined({d.q, d.r}); };
  add("linalg::qr", {{5, 3}}, [both](Inputs x) { return both(qr(apart(x[0]))); });
  add("linalg::qr/wide_batch", {{2, 2, 4}}, [both](Inputs x) { return both(qr(apart(x[0]))); });
  add("linalg::qr/r", {{4, 3}}, [](Inputs x) { return qr(apart(x[0]), QrMode::r).r; });
  add("linalg::qr/complete", {{3, 4}},
      [both](Inputs x) { return both(qr(apart(x[0]), QrMode::complete)); });
  // Squares: the signs of the vectors are nobody's.
  const auto all = [](const Svd& d) { return joined({d.u.square(), d.s, d.vh.square()}); };
  add("linalg::svd", {{4, 4}}, [all](Inputs x) { return all(svd(apart(x[0]))); });
  add("linalg::svd/thin", {{5, 3}}, [all](Inputs x) { return all(svd(apart(x[0]), false)); });
  add("linalg::svd/wide_batch", {{2, 2, 4}},
      [all](Inputs x) { return all(svd(apart(x[0]), false)); });
  add("linalg::svd/values", {{3, 5}}, [](Inputs x) { return svd(apart(x[0])).s; });
  add("linalg::svd/pairs", {{4, 3}}, [](Inputs x) {
    // Signs of u and vh belong together.
    const auto [u, s, vh] = svd(apart(x[0]), false);
    return matmul(u * s.sqrt().unsqueeze(-2), vh);
  });
  add("linalg::svdvals", {{2, 4, 3}}, [](Inputs x) { return svdvals(apart(x[0])); });
  add("linalg::svdvals/large", {{21, 19}}, [](Inputs x) { return svdvals(apart(x[0])); }).twice =
      false;
  add("linalg::eigh", {{4, 4}}, [](Inputs x) {
    const auto [w, v] = eigh(symmetric(x[0]));
    return joined({w, v.square()});
  });
  add("linalg::eigh/upper_batch", {{2, 3, 3}}, [](Inputs x) {
    const auto [w, v] = eigh(symmetric(x[0]), true);
    return matmul(v * (w.square() + 1.0).unsqueeze(-2), transposed(v));
  });
  add("linalg::eigvalsh", {{2, 3, 3}}, [](Inputs x) { return eigvalsh(symmetric(x[0])); });

  add("linalg::matrix_rank", {{2, 4, 3}}, [](Inputs x) {
    return matrix_rank(apart(x[0]));
  }).differentiable = false;
  add("linalg::pinv", {{5, 3}}, [](Inputs x) { return pinv(apart(x[0])); });
  add("linalg::pinv/wide_batch", {{2, 2, 4}}, [](Inputs x) { return pinv(apart(x[0])); });
  add("linalg::pinv/hermitian", {{3, 3}},
      [](Inputs x) { return pinv(symmetric(x[0]), {.hermitian = true}); });
  add("linalg::pinv/rank_one", {{4}, {3}},
      [](Inputs x) { return pinv(outer(x[0] + 2, x[1] + 2), {.rtol = 1e-4}); });
  add("linalg::lstsq", {{5, 3}, {5, 2}},
      [](Inputs x) { return lstsq(apart(x[0]), x[1]).solution; });
  add("linalg::lstsq/wide_vector", {{2, 4}, {2}},
      [](Inputs x) { return lstsq(apart(x[0]), x[1]).solution; });

  add("linalg::norm", {{3, 4}}, [](Inputs x) { return linalg::norm(x[0]); }).half = true;
  add("linalg::norm/matrix", {{3, 4}}, [](Inputs x) { return linalg::norm(x[0], 1); }).half = true;
  add("linalg::norm/axis", {{3, 4}}, [](Inputs x) {
    return linalg::norm(x[0], 3, {1}, true);
  }).half = true;
  add("linalg::vector_norm", {{2, 3, 4}}, [](Inputs x) {
    return vector_norm(x[0], 2.5, {0, 2});
  }).half = true;
  const auto matrix_norms = [&](const char* name, NormOrder order, bool half) {
    add(name, {{2, 3, 4}}, [order](Inputs x) {
      return matrix_norm(apart(x[0]), order, {-2, -1}, true);
    }).half = half;
  };
  matrix_norms("linalg::matrix_norm/fro", "fro", true);
  matrix_norms("linalg::matrix_norm/nuc", "nuc", false);
  matrix_norms("linalg::matrix_norm/one", 1, true);
  matrix_norms("linalg::matrix_norm/minus_one", -1, true);
  matrix_norms("linalg::matrix_norm/two", 2, false);
  matrix_norms("linalg::matrix_norm/minus_two", -2, false);
  matrix_norms("linalg::matrix_norm/infinity", INFINITY, true);
  matrix_norms("linalg::matrix_norm/minus_infinity", -INFINITY, true);
  add("linalg::matrix_norm/axes", {{3, 2, 4}}, [](Inputs x) {
    return matrix_norm(x[0], 1, {2, 0});
  }).half = true;
}

}  // namespace ct::test
