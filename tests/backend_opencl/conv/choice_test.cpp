// Which algorithm convolutions take on OpenCL devices.
#include "backend_opencl/conv/choice.hpp"

#include <gtest/gtest.h>

namespace ct::opencl {
namespace {

Profile device(Style style) {
  Profile profile;
  profile.style = style;
  profile.vector_bytes = 64;
  return profile;
}

/// A forward pass that keeps the size of its images.
ConvProduct product(int32_t channels, int32_t outputs, int32_t side, int32_t kernel = 3,
                    int32_t groups = 1) {
  ConvProduct p;
  p.images = 8;
  p.groups = groups;
  p.channels = channels;
  p.m = outputs;
  p.h = p.w = p.rows = p.columns = p.out_h = p.out_w = side;
  for (int i = 0; i < 2; ++i) {
    p.taps[i] = kernel;
    p.first[i] = -kernel / 2;
  }
  return p;
}

ConvWeights weights(int32_t channels, int32_t outputs, int32_t side, int32_t groups = 1) {
  return {.images = 8,
          .groups = groups,
          .m = outputs,
          .channels = channels,
          .h = side,
          .w = side,
          .oh = side,
          .ow = side,
          .kh = 3,
          .kw = 3,
          .step = {1, 1},
          .padding = {1, 1},
          .dilation = {1, 1},
          .parts = 1};
}

const Profile& cpu() {
  static const Profile profile = device(Style::cpu);
  return profile;
}
const Profile& gpu() {
  static const Profile profile = device(Style::gpu);
  return profile;
}

TEST(OpenClConvChoice, TakesWinogradFor3x3OfManyChannelsOnCpus) {
  EXPECT_EQ(choose_conv(product(64, 64, 32), cpu(), float32), ConvAlgorithm::winograd);
  EXPECT_EQ(choose_conv(product(64, 64, 32), cpu(), float64), ConvAlgorithm::panels);
  EXPECT_EQ(choose_conv(product(64, 64, 32, 5), cpu(), float32), ConvAlgorithm::panels);
  EXPECT_EQ(choose_conv(product(8, 64, 32), cpu(), float32), ConvAlgorithm::panels);
  EXPECT_EQ(choose_conv(product(64, 64, 32), gpu(), float32), ConvAlgorithm::tiles);
  EXPECT_EQ(choose_conv(weights(64, 64, 32), cpu(), float32), ConvAlgorithm::winograd);
  EXPECT_EQ(choose_conv(weights(64, 8, 32), cpu(), float32), ConvAlgorithm::panels);
  EXPECT_EQ(choose_conv(weights(64, 64, 32), gpu(), float32), ConvAlgorithm::tiles);
}

TEST(OpenClConvChoice, APhaseOfAStridedInputGradientIsNoCaseForWinograd) {
  ConvProduct phase = product(64, 64, 16);
  phase.out_step[0] = phase.out_step[1] = 2;
  phase.out_h = phase.out_w = 32;
  EXPECT_EQ(choose_conv(phase, cpu(), float32), ConvAlgorithm::panels);
  ConvProduct flipped = product(64, 64, 32);  // of step 1
  flipped.tap_step[0] = flipped.tap_step[1] = -1;
  EXPECT_EQ(choose_conv(flipped, cpu(), float32), ConvAlgorithm::winograd);
}

TEST(OpenClConvChoice, FewWeightsAGroupGoPlaneByPlane) {
  for (const Profile& profile : {cpu(), gpu()}) {
    EXPECT_EQ(choose_conv(product(1, 1, 56, 3, 64), profile, float32), ConvAlgorithm::direct);
    EXPECT_EQ(choose_conv(weights(2, 2, 56, 16), profile, float32), ConvAlgorithm::direct);
    EXPECT_NE(choose_conv(weights(2, 4, 56, 16), profile, float32), ConvAlgorithm::direct);
    EXPECT_NE(choose_conv(weights(1, 4, 56, 1), profile, float32), ConvAlgorithm::direct);
  }
}

TEST(OpenClConvChoice, FewOutputsGoDirectlyWhileTheirPlanesStayInTheCache) {
  EXPECT_EQ(choose_conv(product(64, 3, 32), cpu(), float32), ConvAlgorithm::direct);
  EXPECT_EQ(choose_conv(product(64, 5, 32, 5), cpu(), float32), ConvAlgorithm::panels);
  EXPECT_EQ(choose_conv(product(64, 3, 224), cpu(), float32), ConvAlgorithm::panels);
  EXPECT_EQ(choose_conv(product(64, 3, 224), gpu(), float32), ConvAlgorithm::direct);
}

}  // namespace
}  // namespace ct::opencl
