// Misuse is answered with what was wrong, all the facts, and what to do.
#include <gtest/gtest.h>

#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;

TEST(ErrorMessage, Broadcasting) {
  EXPECT_EQ(message_of<ShapeError>([] {
              ones({2, 3}) + ones({4});
            }),
            "add: cannot broadcast shapes (2, 3) and (4): axis -1 has sizes 3 and 4");
}
TEST(ErrorMessage, MatmulInner) {
  EXPECT_EQ(message_of<ShapeError>([] {
              matmul(ones({2, 3}), ones({4, 5}));
            }),
            "matmul: inner dimensions differ: (2, 3) @ (4, 5) needs 3 == 4");
}
TEST(ErrorMessage, MatmulTypes) {
  EXPECT_EQ(message_of<DTypeError>([] {
              matmul(ones({2, 3}), ones({3, 2}, {.dtype = float64}));
            }),
            "matmul: operands are float32 (2, 3) and float64 (3, 2); convert one with .to(dtype)");
}
TEST(ErrorMessage, Reshape) {
  EXPECT_EQ(message_of<ShapeError>([] {
              ones({2, 3}).reshape({4, -1});
            }),
            "reshape: 6 elements of shape (2, 3) do not fit shape (4, -1)");
}
TEST(ErrorMessage, Axes) {
  EXPECT_THROW(ones({2, 3}).sum({2}), IndexError);
  EXPECT_THROW(ones({2, 3}).transpose(0, 5), IndexError);
}
TEST(ErrorMessage, Indices) {
  EXPECT_EQ(message_of<IndexError>([] {
              ones({2, 3}).index({5});
            }),
            "select: index 5 is out of range for axis 0 of size 2: shape (2, 3)");
  EXPECT_THROW(ones({2}).index({0, 0}), IndexError);
}
TEST(ErrorMessage, Cat) {
  EXPECT_EQ(
      message_of<ShapeError>([] {
        cat({ones({2, 3}), ones({2, 4})}, 0);
      }),
      "cat: tensor 1 has shape (2, 4): it must agree with tensor 0, (2, 3), on all axes but 0");
}
TEST(ErrorMessage, GatherRange) {
  EXPECT_EQ(message_of<IndexError>([] {
              index_select(ones({2, 3}), 0, tensor({0, 2}));
            }),
            "index_select: index 2 at position 1 is out of range for axis 0 of size 2");
  EXPECT_THROW(gather(ones({2, 3}), 1, tensor({1})), ShapeError);
}
TEST(ErrorMessage, CrossEntropy) {
  EXPECT_EQ(message_of<IndexError>([] {
              cross_entropy(ones({2, 3}), tensor({0, 3}));
            }),
            "cross_entropy: target 3 at row 1 is out of range: there are 3 classes");
}
TEST(ErrorMessage, BatchNorm) {
  EXPECT_EQ(
      message_of<DTypeError>([] {
        batch_norm(ones({2, 3}, {.dtype = int32}), Tensor(), Tensor(), Tensor(), Tensor(), true);
      }),
      "batch_norm: x is int32: it must be floating; convert with .to()");
}
TEST(ErrorMessage, LayerNorm) {
  EXPECT_EQ(message_of<DTypeError>([] {
              layer_norm(ones({2, 3}, {.dtype = int64}), {3});
            }),
            "layer_norm: x is int64: it must be floating; convert with .to()");
  EXPECT_EQ(message_of<ShapeError>([] {
              layer_norm(ones({2, 3}), {4});
            }),
            "layer_norm: the last axes of x (2, 3) must be (4)");
}
TEST(ErrorMessage, Ranges) {
  EXPECT_THROW(bernoulli({2}, -0.1), ValueError);
  EXPECT_THROW(randint(3, 3, {2}), ValueError);
  EXPECT_THROW(arange(0, 5, 0), ValueError);
  EXPECT_THROW(rand({2}, {.dtype = int64}), DTypeError);
  EXPECT_THROW(tensor({{1.f, 2.f}, {3.f}}), ShapeError);
}
TEST(ErrorMessage, Mean) { EXPECT_THROW(tensor({1, 2}).mean(), DTypeError); }

TEST(ErrorMessage, AFailedOpChangesNothing) {
  Tensor t = ones({3});
  const uint32_t version = t.version();
  EXPECT_THROW(t += ones({2, 3}), ShapeError);
  EXPECT_EQ(t.version(), version);
  EXPECT_EQ(t.to_vector<float>(), (std::vector<float>{1, 1, 1}));
}

}  // namespace
}  // namespace ct
