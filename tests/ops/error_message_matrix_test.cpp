// What misuse of products and linear algebra is answered with.
#include <gtest/gtest.h>

#include <cmath>

#include "customtensor/error.hpp"
#include "customtensor/linalg.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;

TEST(MatrixMessage, LeadingAxes) {
  EXPECT_EQ(
      message_of<ShapeError>([] {
        matmul(ones({2, 3, 4}), ones({5, 4, 6}));
      }),
      "matmul: the leading axes of (2, 3, 4) and (5, 4, 6) do not broadcast: axis -3 has sizes "
      "2 and 5");
  EXPECT_EQ(
      message_of<ShapeError>([] {
        linalg::solve(ones({2, 3, 3}), ones({5, 3, 6}));
      }),
      "solve: the leading axes of (2, 3, 3) and (5, 3, 6) do not broadcast: axis -3 has sizes "
      "2 and 5");
  EXPECT_EQ(message_of<ShapeError>([] {
              linalg::lstsq(ones({7, 2, 3, 3}), ones({6, 1, 3, 6}));
            }),
            "lstsq: the leading axes of (7, 2, 3, 3) and (6, 1, 3, 6) do not broadcast: axis -4 "
            "has sizes "
            "7 and 6");
  const auto attend = [](const Shape& q, const Shape& k, const Shape& v) {
    return message_of<ShapeError>([&] { scaled_dot_product_attention(ones(q), ones(k), ones(v)); });
  };
  const std::string reason = "do not broadcast: axis -3 has sizes 2 and 3";
  const std::string op = "scaled_dot_product_attention: the leading axes of ";
  EXPECT_EQ(attend({2, 4, 5}, {3, 6, 5}, {6, 5}), op + "(2, 4, 5) and (3, 6, 5) " + reason);
  EXPECT_EQ(attend({2, 4, 5}, {6, 5}, {3, 6, 5}), op + "(2, 4, 5) and (3, 6, 5) " + reason);
  EXPECT_EQ(attend({4, 5}, {2, 6, 5}, {3, 6, 5}), op + "(2, 6, 5) and (3, 6, 5) " + reason);
}
TEST(MatrixMessage, EinsumOfNothing) {
  EXPECT_EQ(message_of<ValueError>([] { einsum("ij", std::span<const Tensor>{}); }),
            "einsum: no operands; pass at least one tensor");
}
TEST(MatrixMessage, EinsumTypes) {
  EXPECT_EQ(message_of<DTypeError>([] {
              einsum("i,i", {ones({2}), ones({2}, {.dtype = float64})});
            }),
            "einsum: operands are float32 (2) and float64 (2); convert one with .to(dtype)");
}
TEST(MatrixMessage, MatrixNormAxes) {
  EXPECT_EQ(message_of<ValueError>([] {
              linalg::matrix_norm(ones({2, 3}), "fro", {0});
            }),
            "matrix_norm: a matrix has two axes: 1 are named, (0)");
}
TEST(MatrixMessage, MatrixNormRank) {
  EXPECT_EQ(message_of<ShapeError>([] { linalg::matrix_norm(ones({2})); }),
            "matrix_norm: the tensor has shape (2): matrices need two axes");
}
TEST(MatrixMessage, MatrixNormTwice) {
  EXPECT_EQ(message_of<ValueError>([] {
              linalg::matrix_norm(ones({2, 3}), "fro", {0, -2});
            }),
            "matrix_norm: axis 0 is named twice: (0, -2)");
}
TEST(MatrixMessage, MatrixNormOrder) {
  EXPECT_EQ(message_of<ValueError>([] {
              linalg::matrix_norm(ones({2, 3}), 3);
            }),
            "matrix_norm: there is no order 3 for matrices; it is \"fro\", \"nuc\", 1, 2, "
            "infinity, or the negative of a number among them");
}
TEST(MatrixMessage, NormAxes) {
  EXPECT_EQ(message_of<ShapeError>([] {
              linalg::norm(ones({2, 3, 4}), 2);
            }),
            "norm: an order is for one axis or two: shape (2, 3, 4), axes ()");
}
TEST(MatrixMessage, NormOfAVector) {
  EXPECT_EQ(message_of<ValueError>([] { linalg::norm(ones({2}), "fro"); }),
            "norm: \"fro\" and \"nuc\" are for matrices: shape (2), axes ()");
}
TEST(MatrixMessage, QrGradient) {
  EXPECT_EQ(message_of<AutogradError>([] {
              linalg::qr(ones({3, 2}, {.requires_grad = true}), linalg::QrMode::complete)
                  .r.sum()
                  .backward();
            }),
            "qr: the complete decomposition of 3 x 2 matrices has no gradient: columns 2 to 2 of q "
            "are not unique; use QrMode::reduced");
}
TEST(MatrixMessage, SvdGradient) {
  EXPECT_EQ(message_of<AutogradError>([] {
              linalg::svd(randn({3, 2}, {.requires_grad = true})).u.sum().backward();
            }),
            "svd: the full matrices of 3 x 2 input have no gradient: some of their vectors are not "
            "unique; use svd(a, false)");
}
TEST(MatrixMessage, LstsqShapes) {
  EXPECT_EQ(message_of<ShapeError>([] {
              linalg::lstsq(ones({3, 2}), ones({2, 1}));
            }),
            "lstsq: a (3, 2) and b (2, 1) do not fit: b needs 3 rows");
}
TEST(MatrixMessage, SolveVector) {
  EXPECT_EQ(message_of<ShapeError>([] { linalg::solve(eye(2), ones({2}), false); }),
            "solve: b (2) is a vector: only A x = b can be solved for it; give it a second axis");
}
TEST(MatrixMessage, SingularMatrix) {
  EXPECT_EQ(message_of<ValueError>([] {
              linalg::inv(stack({eye(2), zeros({2, 2})}));
            }),
            "inv: matrix 1 of (2, 2, 2) is singular: pivot 1 of its LU decomposition is 0");
}
TEST(MatrixMessage, SingularTriangle) {
  EXPECT_EQ(message_of<ValueError>([] {
              linalg::solve_triangular(zeros({2, 2}), ones({2, 1}), true);
            }),
            "solve_triangular: the matrix (2, 2) is singular: element 1 of its diagonal is 0");
}
TEST(MatrixMessage, NotPositiveDefinite) {
  EXPECT_EQ(message_of<ValueError>([] { linalg::cholesky(-eye(2)); }),
            "cholesky: the matrix (2, 2) is not positive definite: its leading minor of order 1 is "
            "not positive");
}
TEST(MatrixMessage, NotFinite) {
  EXPECT_EQ(message_of<ValueError>([] {
              linalg::svd(full({2, 2}, std::nan("")));
            }),
            "svd: the matrix (2, 2) has elements that are not finite (or did not converge)");
}
TEST(MatrixMessage, MatrixPower) {
  EXPECT_EQ(message_of<ShapeError>([] {
              linalg::matrix_power(ones({2, 3}), 2);
            }),
            "matrix_power: the matrices must be square: shape (2, 3)");
}
TEST(MatrixMessage, Addmm) {
  EXPECT_EQ(message_of<ShapeError>([] {
              addmm(ones({5, 2, 4}), ones({2, 3}), ones({3, 4}));
            }),
            "addmm: input (5, 2, 4), a (2, 3) and b (3, 4) do not fit: a @ b is needed, and input "
            "must broadcast to it");
}
TEST(MatrixMessage, MatmulOfNumbers) {
  EXPECT_EQ(message_of<ShapeError>([] { matmul(tensor(1.0), ones({2})); }),
            "matmul: operands need an axis: () @ (2); multiply numbers with *");
}
TEST(MatrixMessage, LinearWeight) {
  EXPECT_EQ(message_of<ShapeError>([] {
              linear(ones({2, 3}), ones({4, 5}));
            }),
            "linear: x (2, 3) and weight (4, 5) do not fit: weight must be (out, in) with in the "
            "last size of x");
}
TEST(MatrixMessage, LinearBias) {
  EXPECT_EQ(message_of<ShapeError>([] {
              linear(ones({2, 3}), ones({4, 3}), ones({5}));
            }),
            "linear: bias (5) does not fit weight (4, 3): it must be (4)");
}
TEST(MatrixMessage, TensordotShapes) {
  EXPECT_EQ(message_of<ShapeError>([] {
              tensordot(ones({2, 3}), ones({4, 5}), 1);
            }),
            "tensordot: axis 1 of a, (2, 3), and axis 0 of b, (4, 5), differ in size: 3 and 4");
}
TEST(MatrixMessage, TensordotNumber) {
  EXPECT_EQ(message_of<ValueError>([] {
              tensordot(ones({2, 3}), ones({3, 4}), 3);
            }),
            "tensordot: cannot contract 3 axes of shapes (2, 3) and (3, 4)");
}
TEST(MatrixMessage, TensordotAxes) {
  EXPECT_EQ(message_of<ValueError>([] {
              tensordot(ones({2, 3}), ones({3, 2}), {0}, {0, 1});
            }),
            "tensordot: axes (0) of a and (0, 1) of b differ in number");
}
TEST(MatrixMessage, TensordotTwice) {
  EXPECT_EQ(message_of<ValueError>([] {
              tensordot(ones({2, 2}), ones({2, 2}), {0, 0}, {0, 1});
            }),
            "tensordot: axis 0 is named twice: (0, 0)");
}

}  // namespace
}  // namespace ct
