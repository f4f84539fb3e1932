// ct::linalg: decompositions put together again, edge cases, options, and what is refused.
#include "customtensor/linalg.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "conformance/devices.hpp"
#include "customtensor/autograd.hpp"
#include "customtensor/backend.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/threads.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;
using test::near;

Tensor random(const Shape& shape, DType dtype = float64, uint64_t seed = 5) {
  Generator g(seed);
  return randn(shape, {.dtype = dtype}, &g);
}
Tensor mt(const Tensor& x) { return x.transpose(-2, -1); }
Tensor identity(const Shape& lead, int64_t n) {
  Shape shape = lead;
  shape.push_back(n);
  shape.push_back(n);
  return eye(n, {.dtype = float64}).expand(shape);
}

TEST(Linalg, DecompositionsMultiplyToTheMatrix) {
  for (const Shape& shape :
       {Shape{4, 4}, Shape{7, 3}, Shape{3, 7}, Shape{2, 3, 5, 4}, Shape{40, 37}}) {
    const Tensor a = random(shape);
    const auto [q, r] = linalg::qr(a);
    EXPECT_TRUE(near(matmul(q, r), a, 1e-12));
    EXPECT_TRUE(near(matmul(mt(q), q),
                     identity(Shape(std::span(shape.begin(), shape.end() - 2)),
                              std::min(shape[shape.rank() - 2], shape.back())),
                     1e-12));
    const auto [u, s, vh] = linalg::svd(a, false);
    EXPECT_TRUE(near(matmul(u * s.unsqueeze(-2), vh), a, 1e-12));
    const auto full = linalg::svd(a);
    EXPECT_EQ(full.u.size(-1), shape[shape.rank() - 2]);
    EXPECT_EQ(full.vh.size(-2), shape.back());
    EXPECT_TRUE(near(full.s, s, 1e-12));
    EXPECT_TRUE(near(linalg::svdvals(a), s, 1e-12));
    const auto complete = linalg::qr(a, linalg::QrMode::complete);
    EXPECT_TRUE(near(matmul(complete.q, complete.r), a, 1e-12));
    const Tensor p = linalg::pinv(a);
    EXPECT_TRUE(near(matmul(a, matmul(p, a)), a, 1e-11));
    EXPECT_TRUE(near(matmul(p, matmul(a, p)), p, 1e-11));
  }
}
TEST(Linalg, SymmetricMatricesComeBackFromTheirParts) {
  const Tensor x = random({3, 6, 6});
  const Tensor a = matmul(x, mt(x)) + eye(6, {.dtype = float64});
  const auto [w, v] = linalg::eigh(a);
  EXPECT_TRUE(near(matmul(v * w.unsqueeze(-2), mt(v)), a, 1e-11));
  EXPECT_TRUE(near(linalg::eigvalsh(a, true), w, 1e-12));
  const Tensor l = linalg::cholesky(a);
  EXPECT_TRUE(near(matmul(l, mt(l)), a, 1e-12));
  const Tensor u = linalg::cholesky(a, true);
  EXPECT_TRUE(near(matmul(mt(u), u), a, 1e-12));
}
TEST(Linalg, OnlyOneTriangleIsRead) {
  const Tensor lower = tensor({{4.0, double{NAN}}, {2.0, 3.0}}, {.dtype = float64});
  EXPECT_TRUE(near(linalg::cholesky(lower), {2, 0, 1, std::sqrt(2.0)}, 1e-15));
  EXPECT_TRUE(near(linalg::cholesky(mt(lower), true), {2, 1, 0, std::sqrt(2.0)}, 1e-15));
  const Tensor upper = mt(lower);
  EXPECT_TRUE(near(linalg::eigvalsh(upper, true), linalg::eigvalsh(lower), 1e-15));
  const Tensor b = tensor({{8.0}, {5.0}}, {.dtype = float64});
  EXPECT_TRUE(near(linalg::solve_triangular(lower, b, false), {2, 1.0 / 3}, 1e-15));
  EXPECT_TRUE(near(linalg::solve_triangular(lower, b, false, true, true), {8, -11}, 1e-15));
}
TEST(Linalg, SolvesLeftRightAndForVectors) {
  const Tensor a = random({2, 4, 4});
  const Tensor b = random({2, 4, 3}, float64, 6);
  EXPECT_TRUE(near(matmul(a, linalg::solve(a, b)), b, 1e-12));
  EXPECT_TRUE(near(matmul(linalg::solve(a, mt(b), false), a), mt(b), 1e-12));
  const Tensor v = random({2, 4}, float64, 7);
  EXPECT_TRUE(near(matmul(a, linalg::solve(a, v).unsqueeze(-1)).squeeze(-1), v, 1e-12));
  EXPECT_EQ(linalg::solve(a, random({4})).shape(), (Shape{2, 4}));
  EXPECT_TRUE(near(matmul(a, linalg::inv(a)), identity({2}, 4), 1e-12));
}
TEST(Linalg, DeterminantsHaveTheirSigns) {
  const Tensor a =
      tensor({{{0.0, 1.0}, {1.0, 0.0}}, {{2.0, 1.0}, {1.0, 2.0}}, {{1.0, 2.0}, {2.0, 4.0}}},
             {.dtype = float64});
  EXPECT_TRUE(near(linalg::det(a), {-1, 3, 0}, 1e-15));
  const auto [sign, logabsdet] = linalg::slogdet(a);
  EXPECT_TRUE(near(sign, {-1, 1, 0}, 0));
  EXPECT_TRUE(near(logabsdet, {0, std::log(3.0), -INFINITY}, 1e-15));
  EXPECT_TRUE(std::isnan(linalg::det(full({2, 2}, NAN)).item<float>()));
}
TEST(Linalg, SingularMatricesHaveADeterminantGradient) {
  // Of rank 2: the cofactors. Of rank 1: nothing.
  Tensor a = tensor({{1.0, 2.0, 3.0}, {2.0, 4.0, 6.0}, {1.0, 0.0, 1.0}}, {.dtype = float64});
  a.requires_grad_();
  linalg::det(a).backward();
  EXPECT_TRUE(near(a.grad(), {4, 4, -4, -2, -2, 2, 0, 0, 0}, 1e-14));
  Tensor b = ones({3, 3}, {.dtype = float64, .requires_grad = true});
  linalg::det(b).backward();
  EXPECT_TRUE(near(b.grad(), std::vector<double>(9, 0.0), 1e-14));
}
TEST(Linalg, PowersIncludeZeroAndNegativeOnes) {
  const Tensor a = tensor({{1.0, 1.0}, {0.0, 1.0}}, {.dtype = float64});
  EXPECT_TRUE(near(linalg::matrix_power(a, 10), {1, 10, 0, 1}, 0));
  EXPECT_TRUE(near(linalg::matrix_power(a, 0), {1, 0, 0, 1}, 0));
  EXPECT_TRUE(near(linalg::matrix_power(a, -3), {1, -3, 0, 1}, 0));
  EXPECT_FALSE(linalg::matrix_power(a, 1).shares_storage(a));
  EXPECT_EQ(linalg::matrix_power(tensor({{1, 1}, {1, 0}}), 50).index({0, 1}).item<int64_t>(),
            12586269025);
}
TEST(Linalg, RankCountsWhatIsAboveTheBound) {
  const Tensor a = tensor({{1.0, 0.0}, {0.0, 1e-3}}, {.dtype = float64});
  EXPECT_EQ(linalg::matrix_rank(a).item<int64_t>(), 2);
  EXPECT_EQ(linalg::matrix_rank(a, {.rtol = 1e-2}).item<int64_t>(), 1);
  EXPECT_EQ(linalg::matrix_rank(a, {.atol = 2.0}).item<int64_t>(), 0);
  EXPECT_EQ(linalg::matrix_rank(-a, {.hermitian = true}).item<int64_t>(), 2);
  EXPECT_EQ(linalg::matrix_rank(zeros({3, 2, 2})).to_vector<int>(), (std::vector<int>{0, 0, 0}));
  EXPECT_EQ(linalg::matrix_rank(zeros({2, 0, 3})).to_vector<int>(), (std::vector<int>{0, 0}));
}
TEST(Linalg, LeastSquaresGiveResidualsAndRank) {
  const Tensor a = tensor({{1.0, 0.0}, {0.0, 1.0}, {0.0, 0.0}}, {.dtype = float64});
  const Tensor b = tensor({{1.0}, {2.0}, {3.0}}, {.dtype = float64});
  const auto fit = linalg::lstsq(a, b);
  EXPECT_TRUE(near(fit.solution, {1, 2}, 1e-15));
  EXPECT_TRUE(near(fit.residuals, {9}, 1e-14));
  EXPECT_EQ(fit.rank.item<int64_t>(), 2);
  EXPECT_EQ(fit.singular_values.numel(), 0);
  // Of rank 1: the solution of least norm, and no residuals.
  const auto least = linalg::lstsq(ones({3, 2}), ones({3}));
  EXPECT_TRUE(near(least.solution, {0.5, 0.5}, 1e-6));
  EXPECT_EQ(least.rank.item<int64_t>(), 1);
  EXPECT_EQ(least.residuals.numel(), 0);
}
TEST(Linalg, NormsAreTheDefinedOnes) {
  const Tensor a = tensor({{1.0, -2.0}, {-3.0, 4.0}}, {.dtype = float64});
  EXPECT_NEAR(linalg::norm(a).item<double>(), std::sqrt(30.0), 1e-14);
  EXPECT_NEAR(linalg::norm(a, "fro").item<double>(), std::sqrt(30.0), 1e-14);
  EXPECT_NEAR(linalg::norm(a, 1).item<double>(), 6, 1e-14);
  EXPECT_NEAR(linalg::norm(a, -1).item<double>(), 4, 1e-14);
  EXPECT_NEAR(linalg::norm(a, INFINITY).item<double>(), 7, 1e-14);
  EXPECT_NEAR(linalg::norm(a, -INFINITY).item<double>(), 3, 1e-14);
  EXPECT_NEAR(linalg::norm(a, 2).item<double>(), 5.464985704219043, 1e-14);
  EXPECT_NEAR(linalg::norm(a, -2).item<double>(), 0.3659661906262578, 1e-14);
  EXPECT_NEAR(linalg::norm(a, "nuc").item<double>(), 5.8309518948453, 1e-13);
  EXPECT_EQ(linalg::norm(ones({2, 3, 4}), 2, {0, 2}, true).shape(), (Shape{1, 3, 1}));
  EXPECT_EQ(linalg::norm(ones({2, 3, 4}), 1, {-1}).shape(), (Shape{2, 3}));
  EXPECT_NEAR(linalg::vector_norm(tensor({3.0, 0.0, -4.0}), 0).item<double>(), 2, 0);
}
TEST(Linalg, TheNormsGradientAtZeroIsZero) {
  Tensor x = zeros({3}, {.requires_grad = true});
  linalg::vector_norm(x).backward();
  EXPECT_TRUE(near(x.grad(), {0, 0, 0}, 0));
}

TEST(Linalg, EmptyMatricesAndBatchesPass) {
  EXPECT_EQ(linalg::det(ones({0, 0})).item<float>(), 1.0f);
  EXPECT_EQ(linalg::inv(ones({0, 3, 3})).shape(), (Shape{0, 3, 3}));
  EXPECT_EQ(linalg::inv(ones({2, 0, 0})).shape(), (Shape{2, 0, 0}));
  EXPECT_EQ(linalg::svd(ones({3, 0})).u.shape(), (Shape{3, 3}));
  EXPECT_EQ(linalg::qr(ones({0, 4})).r.shape(), (Shape{0, 4}));
  EXPECT_EQ(linalg::solve(ones({0, 0}), ones({0, 2})).shape(), (Shape{0, 2}));
  EXPECT_EQ(linalg::pinv(ones({3, 0})).shape(), (Shape{0, 3}));
  EXPECT_EQ(linalg::eigh(ones({0, 2, 2})).eigenvectors.shape(), (Shape{0, 2, 2}));
  EXPECT_EQ(linalg::lstsq(ones({4, 2}), ones({4, 0})).solution.shape(), (Shape{2, 0}));
}
TEST(Linalg, ResultsDoNotDependOnThreads) {
  const Tensor a = random({37, 9, 9}, float32);
  const int before = num_threads();
  set_num_threads(1);
  const auto inverse = linalg::inv(a).to_vector<float>();
  const auto values = linalg::svdvals(a).to_vector<float>();
  set_num_threads(5);
  EXPECT_EQ(linalg::inv(a).to_vector<float>(), inverse);
  EXPECT_EQ(linalg::svdvals(a).to_vector<float>(), values);
  set_num_threads(before);
}
TEST(Linalg, ADeviceWithoutKernelsCountsItsFallbacks) {
  (void)test::conformance_devices();
  const Tensor a = eye(3, Device("stranger")) * 2.0;
  reset_fallbacks();
  EXPECT_EQ(linalg::inv(a).device(), Device("stranger"));
  uint64_t calls = 0;
  for (const FallbackCount& count : fallbacks()) {
    if (count.family == "linalg") calls += count.calls;
  }
  EXPECT_EQ(calls, 1U);
}

TEST(LinalgErrors, NameTheMatrixOfTheBatch) {
  const Tensor a = stack({eye(2), ones({2, 2}), eye(2)});
  EXPECT_EQ(message_of<ValueError>([&] { linalg::inv(a); }),
            "inv: matrix 1 of (3, 2, 2) is singular: pivot 2 of its LU decomposition is 0");
  EXPECT_EQ(message_of<ValueError>([&] {
              linalg::solve(ones({2, 2}), ones({2}));
            }),
            "solve: the matrix (2, 2) is singular: pivot 2 of its LU decomposition is 0");
  EXPECT_EQ(
      message_of<ValueError>([&] { linalg::cholesky(a - eye(2) * 0.5); }),
      "cholesky: matrix 1 of (3, 2, 2) is not positive definite: its leading minor of order 2 is "
      "not positive");
  EXPECT_EQ(message_of<ValueError>([&] {
              linalg::solve_triangular(zeros({1, 2, 2}), ones({2, 1}), true);
            }),
            "solve_triangular: matrix 0 of (1, 2, 2) is singular: element 1 of its diagonal is 0");
  EXPECT_EQ(message_of<ValueError>([&] {
              linalg::svd(full({2, 2}, NAN));
            }),
            "svd: the matrix (2, 2) has elements that are not finite (or did not converge)");
  EXPECT_THROW(linalg::eigh(full({2, 2}, INFINITY)), ValueError);
  EXPECT_THROW(linalg::lstsq(full({2, 2}, NAN), ones({2, 1})), ValueError);
}
TEST(LinalgErrors, NameShapesAndTypes) {
  EXPECT_EQ(message_of<ShapeError>([] {
              linalg::inv(ones({2, 3}));
            }),
            "inv: the matrices must be square: shape (2, 3)");
  EXPECT_EQ(message_of<ShapeError>([] { linalg::svd(ones({3})); }),
            "svd: the tensor has shape (3): matrices need two axes");
  EXPECT_EQ(
      message_of<DTypeError>([] {
        linalg::det(tensor({{1, 2}, {3, 4}}));
      }),
      "det: the tensor is int64: it must be float32 or float64; convert with .to(ct::float32)");
  EXPECT_EQ(message_of<DTypeError>([] { linalg::solve(eye(2), ones({2}, {.dtype = float64})); }),
            "solve: operands are float32 (2, 2) and float64 (2); convert one with .to(dtype)");
  EXPECT_EQ(message_of<ShapeError>([] {
              linalg::solve(eye(2), ones({3, 1}));
            }),
            "solve: a (2, 2) and b (3, 1) do not fit: b needs 2 rows");
  EXPECT_THROW(linalg::solve(eye(2), ones({2}), false), ShapeError);
  EXPECT_THROW(linalg::solve(ones({3, 2, 2}), ones({2, 2, 1})), ShapeError);
  EXPECT_THROW(linalg::lstsq(ones({3, 2}), ones({2, 1})), ShapeError);
  EXPECT_THROW(linalg::matrix_power(ones({2, 3}), 2), ShapeError);
  EXPECT_THROW(linalg::matrix_norm(ones({3})), ShapeError);
  EXPECT_THROW(linalg::norm(tensor({1, 2})), DTypeError);
  EXPECT_THROW(linalg::inv(Tensor()), ValueError);
  EXPECT_EQ(message_of<ValueError>([] {
              linalg::norm(ones({2, 2}), "max");
            }),
            "norm: there is no order \"max\"; it is \"fro\", \"nuc\" or a number");
  EXPECT_THROW(linalg::norm(ones({2, 2}), 3), ValueError);
  EXPECT_THROW(linalg::norm(ones({2}), "nuc"), ValueError);
  EXPECT_THROW(linalg::norm(ones({2, 2, 2}), 1), ShapeError);
  EXPECT_THROW(linalg::matrix_norm(ones({2, 2}), 1, {0}), ValueError);
  EXPECT_THROW(linalg::matrix_norm(ones({2, 2}), 1, {0, -2}), ValueError);
}
TEST(LinalgErrors, GradientsThatDoNotExistSaySo) {
  Tensor a = random({4, 2}).requires_grad_();
  EXPECT_THROW(linalg::qr(a, linalg::QrMode::complete).q.sum().backward(), AutogradError);
  EXPECT_THROW(linalg::svd(a).u.sum().backward(), AutogradError);
  Tensor b = ones({2, 2}, {.requires_grad = true});
  EXPECT_THROW(linalg::slogdet(b).logabsdet.backward(), ValueError);
}

}  // namespace
}  // namespace ct
