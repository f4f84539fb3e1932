// Convolutions on the OpenCL device against the cpu device in float64: sizes that make each of its
// algorithms run, with their edges.
#include "backend_opencl/custom_gpu.hpp"
#include "support/compare.hpp"

namespace ct::test {
namespace {

struct Case {
  const char* name;
  Shape x, w;
  ConvOptions options;
};

class OpenClConv : public CustomGpuTest, public ::testing::WithParamInterface<Case> {};

Tensor numbers(const Shape& shape, uint64_t seed) {
  Generator generator(seed);
  return rand(shape, {}, &generator) - 0.5;
}

/// y and the gradients of x, w and bias for a fixed grad_y.
Tensors run(const Case& c, Device device, DType dtype) {
  Tensors inputs;
  for (const auto& [shape, seed] : {std::pair{c.x, 1}, {c.w, 2}, {Shape{c.w[0]}, 3}}) {
    inputs.push_back(
        numbers(shape, static_cast<uint64_t>(seed)).to(dtype).to(device).requires_grad_(true));
  }
  const Tensor y = conv2d(inputs[0], inputs[1], inputs[2], c.options);
  const Tensor g = numbers(y.shape(), 4).to(dtype).to(device);
  Tensors results = grad({y}, inputs, {.gradients = {g}});
  results.insert(results.begin(), y.detach());
  return results;
}

TEST_P(OpenClConv, AgreesWithFloat64) {
  const Tensors expected = run(GetParam(), Device("cpu"), float64);
  const Tensors actual = run(GetParam(), gpu_, float32);
  const char* names[] = {"y", "grad x", "grad w", "grad bias"};
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(near(actual[i], expected[i], 1e-5)) << names[i];
  }
}

TEST_P(OpenClConv, RepeatsBitForBit) {
  const Tensors first = run(GetParam(), gpu_, float32);
  const Tensors second = run(GetParam(), gpu_, float32);
  for (size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].to_vector<float>(), second[i].to_vector<float>());
  }
}

TEST_P(OpenClConv, DoesNotRunOnTheHost) {
  reset_fallbacks();
  run(GetParam(), gpu_, float32);
  EXPECT_TRUE(fallbacks().empty());
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, OpenClConv,
    ::testing::Values(
        Case{"Winograd", {3, 32, 16, 16}, {40, 32, 3, 3}, {.padding = 1}},
        Case{"WinogradOddSizes", {5, 17, 13, 30}, {35, 17, 3, 3}, {.padding = 1}},
        Case{"WinogradUnpadded", {2, 16, 14, 14}, {70, 16, 3, 3}, {}},
        Case{"WinogradWidePadding", {2, 16, 9, 11}, {16, 16, 3, 3}, {.padding = 2}},
        Case{"WinogradGroups", {4, 40, 12, 12}, {48, 20, 3, 3}, {.padding = 1, .groups = 2}},
        Case{"WinogradOneTileEach", {32, 64, 4, 4}, {130, 64, 3, 3}, {.padding = 1}},
        Case{"WinogradRowsOfNoWholePanels", {16, 64, 12, 12}, {64, 64, 3, 3}, {.padding = 1}},
        Case{"FewChannels", {4, 1, 28, 28}, {32, 1, 3, 3}, {.padding = 1}},
        Case{"ThreeChannels", {3, 3, 20, 20}, {64, 3, 3, 3}, {.padding = 1}},
        Case{"Stride", {4, 24, 16, 16}, {40, 24, 3, 3}, {.stride = 2, .padding = 1}},
        Case{"StrideOddSizes", {3, 19, 15, 11}, {33, 19, 3, 3}, {.stride = 2, .padding = 1}},
        Case{"PointwiseStride", {4, 33, 8, 8}, {20, 33, 1, 1}, {.stride = 2}},
        Case{"Pointwise", {3, 70, 5, 7}, {90, 70, 1, 1}, {}},
        Case{"PointwiseRowsOfFour", {3, 20, 6, 10}, {24, 20, 1, 1}, {}},
        Case{"PointwiseWholePanels", {2, 20, 16, 14}, {24, 20, 1, 1}, {}},
        Case{"FewOutputs", {2, 40, 12, 13}, {2, 40, 3, 3}, {.padding = 1}},
        Case{"FewOutputsLargePlanes", {1, 64, 96, 96}, {2, 64, 3, 3}, {.padding = 1}},
        Case{"FewInputsStride", {2, 3, 20, 18}, {16, 3, 7, 7}, {.stride = 2, .padding = 3}},
        Case{"Large", {2, 40, 40, 12}, {10, 40, 5, 5}, {.padding = 2}},
        Case{"Dilation", {2, 16, 13, 13}, {16, 16, 3, 3}, {.padding = 2, .dilation = 2}},
        Case{"StrideAndDilation",
             {2, 5, 17, 16},
             {6, 5, 3, 3},
             {.stride = {2, 3}, .padding = 3, .dilation = {3, 2}}},
        Case{"Depthwise", {3, 37, 14, 19}, {37, 1, 3, 3}, {.padding = 1, .groups = 37}},
        Case{"DepthwiseUnpadded", {2, 9, 8, 8}, {9, 1, 3, 3}, {.groups = 9}},
        Case{"DepthwiseStride",
             {2, 16, 15, 30},
             {16, 1, 3, 3},
             {.stride = 2, .padding = 1, .groups = 16}},
        Case{"DepthwiseSeveralOutputs", {3, 6, 11, 12}, {18, 1, 5, 5}, {.padding = 2, .groups = 6}},
        Case{"DepthwisePairs",
             {3, 12, 7, 7},
             {12, 2, 3, 2},
             {.stride = {3, 1}, .padding = {1, 2}, .dilation = {2, 1}, .groups = 6}},
        Case{"StrideLargerThanKernel", {2, 4, 13, 13}, {5, 4, 2, 2}, {.stride = 4}}),
    [](const ::testing::TestParamInfo<Case>& p) { return std::string(p.param.name); });

}  // namespace
}  // namespace ct::test
