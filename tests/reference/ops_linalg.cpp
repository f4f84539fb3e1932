// Ops that the reference data names: products, and linear algebra of matrices that are made
// regular, positive or symmetric as in op_tables/linalg.py.
#include "reference/op_data.hpp"

namespace ct::test {

namespace {

using In = const Tensors&;
using A = const Args&;

TensorOptions like(const Tensor& x) { return {.dtype = x.dtype(), .device = x.device()}; }
Tensor identity(const Tensor& x) { return eye(x.size(-1), like(x)); }
Tensor turned(const Tensor& x) { return x.transpose(-2, -1); }
Tensor regular(const Tensor& x) { return x + 3 * identity(x); }
Tensor positive(const Tensor& x) { return matmul(x, turned(x)) + identity(x); }
Tensor symmetric(const Tensor& x) {
  return x + turned(x) + 3 * identity(x) * arange(x.size(-1), like(x));
}

linalg::NormOrder order(A args) {
  const std::string text = args.is_text("ord") ? args.text("ord") : "";
  if (text == "fro" || text == "nuc") return std::string_view(text);
  return args.real("ord");
}

void add_decompositions(DataOps& ops) {
  ops["linalg::qr"] = [](In x, A) {
    const auto [q, r] = linalg::qr(x[0]);
    return Tensors{q, r};
  };
  ops["linalg::svd"] = [](In x, A) {
    const auto [u, s, vh] = linalg::svd(x[0], false);
    return Tensors{s, matmul(u * s.unsqueeze(-2), vh)};
  };
  ops["linalg::svdvals"] = [](In x, A) { return Tensors{linalg::svdvals(x[0])}; };
  ops["linalg::eigh"] = [](In x, A) {
    const auto [values, vectors] = linalg::eigh(symmetric(x[0]));
    return Tensors{values, matmul(vectors * values.unsqueeze(-2), turned(vectors))};
  };
  ops["linalg::eigvalsh"] = [](In x, A) { return Tensors{linalg::eigvalsh(symmetric(x[0]))}; };
  ops["linalg::cholesky"] = [](In x, A a) {
    return Tensors{linalg::cholesky(positive(x[0]), a.flag("upper"))};
  };
}

void add_products(DataOps& ops) {
  using Binary = Tensor (*)(const Tensor&, const Tensor&);
  for (const auto& [name, op] :
       std::initializer_list<std::pair<const char*, Binary>>{{"matmul", matmul},
                                                             {"mm", mm},
                                                             {"bmm", bmm},
                                                             {"mv", mv},
                                                             {"dot", dot},
                                                             {"outer", outer},
                                                             {"kron", kron}}) {
    ops[name] = [op = op](In x, A) { return Tensors{op(x[0], x[1])}; };
  }
  ops["trace"] = [](In x, A) { return Tensors{trace(x[0])}; };
  ops["linear"] = [](In x, A) {
    return Tensors{linear(x[0], x[1], x.size() > 2 ? x[2] : Tensor())};
  };
  ops["addmm"] = [](In x, A a) {
    return Tensors{addmm(x[0], x[1], x[2], a.scalar("beta"), a.scalar("alpha"))};
  };
  ops["baddbmm"] = [](In x, A a) {
    return Tensors{baddbmm(x[0], x[1], x[2], a.scalar("beta"), a.scalar("alpha"))};
  };
  ops["einsum"] = [](In x, A a) { return Tensors{einsum(a.text("equation"), x)}; };
  ops["tensordot"] = [](In x, A a) {
    return Tensors{a.has("axes") ? tensordot(x[0], x[1], a.integer("axes"))
                                 : tensordot(x[0], x[1], a.dims("dims_a"), a.dims("dims_b"))};
  };
}

}  // namespace

void add_linalg_ops(DataOps& ops) {
  add_products(ops);
  add_decompositions(ops);
  ops["linalg::inv"] = [](In x, A) { return Tensors{linalg::inv(regular(x[0]))}; };
  ops["linalg::det"] = [](In x, A) { return Tensors{linalg::det(regular(x[0]))}; };
  ops["linalg::slogdet"] = [](In x, A) {
    const auto [sign, logabsdet] = linalg::slogdet(regular(x[0]));
    return Tensors{sign, logabsdet};
  };
  ops["linalg::matrix_power"] = [](In x, A a) {
    return Tensors{linalg::matrix_power(regular(x[0]), a.integer("n"))};
  };
  ops["linalg::solve"] = [](In x, A) { return Tensors{linalg::solve(regular(x[0]), x[1])}; };
  ops["linalg::solve_triangular"] = [](In x, A a) {
    return Tensors{linalg::solve_triangular(regular(x[0]), x[1], a.flag("upper"))};
  };
  ops["linalg::pinv"] = [](In x, A) { return Tensors{linalg::pinv(x[0])}; };
  ops["linalg::matrix_rank"] = [](In x, A) { return Tensors{linalg::matrix_rank(x[0])}; };
  ops["linalg::lstsq"] = [](In x, A) { return Tensors{linalg::lstsq(x[0], x[1]).solution}; };
  ops["linalg::norm"] = [](In x, A) { return Tensors{linalg::norm(x[0])}; };
  ops["linalg::vector_norm"] = [](In x, A a) {
    return Tensors{linalg::vector_norm(x[0], a.real("p"), a.dims("dim"))};
  };
  ops["linalg::matrix_norm"] = [](In x, A a) {
    return Tensors{linalg::matrix_norm(x[0], order(a))};
  };
}

}  // namespace ct::test
