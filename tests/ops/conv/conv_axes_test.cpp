// Convolutions of one axis and transposed ones: PyTorch's numbers, and what misuse is answered
// with.
#include <gtest/gtest.h>

#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/ops/conv1d.hpp"
#include "customtensor/ops/conv_transpose.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;

const std::vector<float> kLine{1, 2, 3, 4, 5, 0, -1, 2, 1, 3};
const std::vector<float> kFilters{1, 2, -1, 0, 1, 1, 2, 0, 1, -1, 1, 0};

Tensor line() { return tensor(kLine).reshape({2, 5}); }
Tensor filters() { return tensor(kFilters).reshape({2, 2, 3}); }
Tensor two() { return tensor({0.5F, -0.5F}); }

void expect_equal(const Tensor& actual, const Shape& shape, const std::vector<float>& values) {
  EXPECT_EQ(actual.shape(), shape);
  EXPECT_EQ(actual.to_vector<float>(), values);
}

TEST(Conv1d, StridesAndPads) {
  expect_equal(conv1d(line(), filters(), two(), {.stride = 2, .padding = 1}), {2, 3},
               {-0.5, 7.5, 17.5, 1.5, 10.5, 9.5});
}
TEST(Conv1d, Dilates) {
  expect_equal(conv1d(line(), filters(), two(), {.padding = 2, .dilation = 2}), {2, 5},
               {1.5, 0.5, 7.5, 11.5, 16.5, 2.5, 2.5, 8.5, 5.5, 6.5});
}
TEST(Conv1d, IsTheSameWithABatch) {
  const Tensor batch = stack({line(), -line()});
  const Tensor y = conv1d(batch, filters(), two(), {.padding = 1});
  expect_equal(y.select(0, 1), {2, 5},
               conv1d(-line(), filters(), two(), {.padding = 1}).to_vector<float>());
}
TEST(ConvTranspose1d, StridesPadsAndAddsPlacesAtTheEnd) {
  expect_equal(conv_transpose1d(line().narrow(1, 0, 3), filters(), two(),
                                {.stride = 2, .padding = 1, .output_padding = 1}),
               {2, 6}, {2.5, -0.5, 4.5, 4.5, 6.5, -0.5, 0.5, 1.5, 0.5, -0.5, 4.5, 2.5});
}
TEST(ConvTranspose1d, DilatesWithMoreOutputPaddingThanStride) {
  expect_equal(conv_transpose1d(line().narrow(1, 0, 2), filters(), Tensor(),
                                {.output_padding = 1, .dilation = 2}),
               {2, 7}, {1, 0, 2, 4, -1, -3, 0, 0, 1, 1, 1, 1, 2, 0});
}
TEST(ConvTranspose2d, StridesPadsAndAddsPlacesAtTheEnd) {
  const Tensor x = tensor({1.0F, 2.0F, 3.0F, 4.0F}).reshape({1, 2, 2});
  const Tensor w =
      tensor({1.0F, 2.0F, 3.0F, 0.0F, 1.0F, 0.0F, -1.0F, 0.0F, 1.0F}).reshape({1, 1, 3, 3});
  expect_equal(
      conv_transpose2d(x, w, tensor({1.0F}), {.stride = 2, .padding = 1, .output_padding = 1}),
      {1, 4, 4}, {2, 1, 3, 1, 7, 13, 9, 15, 4, 1, 5, 1, 1, 0, 1, 5});
}

TEST(ConvAxesMessage, Rank) {
  EXPECT_EQ(message_of<ShapeError>([] {
              conv1d(ones({3}), ones({2, 3, 3}));
            }),
            "conv1d: x must be (n, c, l) or (c, l) and weight (o, c / groups, k): x (3), weight "
            "(2, 3, 3), groups 1");
  EXPECT_EQ(message_of<ShapeError>([] {
              conv_transpose2d(ones({3, 4}), ones({3, 2, 3, 3}));
            }),
            "conv_transpose2d: x must be (n, c, h, w) or (c, h, w) and weight (c, o / groups, kh, "
            "kw): x (3, 4), weight (3, 2, 3, 3), groups 1");
}
TEST(ConvAxesMessage, Channels) {
  EXPECT_EQ(message_of<ShapeError>([] {
              conv_transpose1d(ones({3, 4}), ones({2, 3, 3}));
            }),
            "conv_transpose1d: channels and groups do not fit: x (3, 4), weight (2, 3, 3), groups "
            "1: weight's axis 0 must be c, and groups must divide c");
}
TEST(ConvAxesMessage, OutputPadding) {
  EXPECT_EQ(message_of<ValueError>([] {
              conv_transpose1d(ones({3, 4}), ones({3, 2, 3}), Tensor(), {.output_padding = 1});
            }),
            "conv_transpose1d: output_padding must be at least 0 and below stride or dilation: "
            "output_padding (1), stride (1), dilation (1)");
}
TEST(ConvAxesMessage, NothingLeft) {
  EXPECT_EQ(message_of<ShapeError>([] {
              conv_transpose1d(ones({3, 1}), ones({3, 2, 3}), Tensor(), {.padding = 2});
            }),
            "conv_transpose1d: nothing is left of the result: x (3, 1), weight (3, 2, 3), groups "
            "1, stride (1), padding (2), output_padding (0), dilation (1)");
}

}  // namespace
}  // namespace ct
