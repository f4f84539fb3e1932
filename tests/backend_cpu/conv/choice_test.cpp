// Which algorithm convolutions take on the CPU.
#include "backend_cpu/conv/choice.hpp"

#include <gtest/gtest.h>

namespace ct::cpu {
namespace {

/// A convolution that keeps the size of its images.
ConvSizes same_size(int64_t channels, int64_t side, int64_t kernel = 3, int64_t groups = 1) {
  return {.n = 8,
          .c = channels,
          .h = side,
          .w = side,
          .o = channels,
          .oh = side,
          .ow = side,
          .kh = kernel,
          .kw = kernel,
          .stride_h = 1,
          .stride_w = 1,
          .pad_h = kernel / 2,
          .pad_w = kernel / 2,
          .dilation_h = 1,
          .dilation_w = 1,
          .groups = groups};
}

constexpr Pass kPasses[] = {Pass::forward, Pass::grad_input, Pass::grad_weight};

TEST(ConvChoice, TakesWinogradFor3x3OfManyChannels) {
  for (const Pass pass : kPasses) {
    EXPECT_EQ(choose_conv(same_size(64, 32), pass, float32), ConvAlgorithm::winograd);
    EXPECT_EQ(choose_conv(same_size(64, 32), pass, float64), ConvAlgorithm::product);
    EXPECT_EQ(choose_conv(same_size(64, 32, 5), pass, float32), ConvAlgorithm::product);
    EXPECT_EQ(choose_conv(same_size(8, 32), pass, float32), ConvAlgorithm::product);
  }
}

TEST(ConvChoice, StepsAndGapsLeaveWinogradOut) {
  ConvSizes strided = same_size(64, 32);
  strided.stride_h = 2;
  strided.oh = 16;
  ConvSizes dilated = same_size(64, 32);
  dilated.dilation_w = 2;
  dilated.pad_w = 2;
  for (const Pass pass : kPasses) {
    EXPECT_EQ(choose_conv(strided, pass, float32), ConvAlgorithm::product);
    EXPECT_EQ(choose_conv(dilated, pass, float32), ConvAlgorithm::product);
  }
}

TEST(ConvChoice, LeavesSmallImagesOfManyChannelsToProducts) {
  ConvSizes small = same_size(512, 4);
  small.n = 1;
  for (const Pass pass : kPasses) {
    EXPECT_EQ(choose_conv(small, pass, float32), ConvAlgorithm::product);
  }
}

TEST(ConvChoice, AnInputGradientIsMeasuredByItsOwnPlanes) {
  // Valid 3x3 on 6 x 6: the forward pass makes one tile of 4 x 4, the input gradient four of 6 x 6.
  ConvSizes s = same_size(64, 6);
  s.n = 32;
  s.pad_h = s.pad_w = 0;
  s.oh = s.ow = 4;
  EXPECT_EQ(choose_conv(s, Pass::forward, float32), ConvAlgorithm::product);
  EXPECT_EQ(choose_conv(s, Pass::grad_input, float32), ConvAlgorithm::winograd);
}

TEST(ConvChoice, GroupsOfOneChannelGoPlaneByPlane) {
  for (const Pass pass : kPasses) {
    EXPECT_EQ(choose_conv(same_size(64, 32, 3, 64), pass, float32), ConvAlgorithm::depthwise);
    EXPECT_EQ(choose_conv(same_size(64, 32, 3, 32), pass, float64), ConvAlgorithm::product);
  }
  ConvSizes many = same_size(16, 32, 3, 16);
  many.o = 16 * 5;  // five outputs a group
  EXPECT_EQ(choose_conv(many, Pass::forward, float32), ConvAlgorithm::product);
}

TEST(ConvChoice, NothingAndIntegersComeFirst) {
  ConvSizes empty = same_size(64, 32, 3, 64);
  empty.n = 0;
  EXPECT_EQ(choose_conv(empty, Pass::grad_weight, float32), ConvAlgorithm::nothing);
  EXPECT_EQ(choose_conv(empty, Pass::grad_weight, int32), ConvAlgorithm::nothing);
  EXPECT_EQ(choose_conv(same_size(64, 32, 3, 64), Pass::forward, int64), ConvAlgorithm::integer);
}

TEST(ConvChoice, FewOutputsAreNotPackedUnlessTheirRowsAreShort) {
  EXPECT_TRUE(product_of_few_outputs(4, 8, 16));
  EXPECT_FALSE(product_of_few_outputs(4, 7, 16));
  EXPECT_FALSE(product_of_few_outputs(5, 64, 16));
}

}  // namespace
}  // namespace ct::cpu
