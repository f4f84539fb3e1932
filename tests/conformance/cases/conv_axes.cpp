// Convolutions of one axis, unbatched inputs, and transposed convolutions.
#include "conformance/op_cases.hpp"
#include "customtensor/ops/conv1d.hpp"
#include "customtensor/ops/conv3d.hpp"
#include "customtensor/ops/conv_transpose.hpp"

namespace ct::test {

namespace {
using Inputs = const Tensors&;
}  // namespace

void add_conv_axes_cases(std::vector<OpCase>& cases) {
  const auto row = [&](const char* name, std::vector<Shape> shapes, int64_t bias, auto options,
                       auto op) {
    if (bias > 0) shapes.push_back({bias});
    cases.push_back(
        {name, std::move(shapes),
         [=](Inputs in) { return op(in[0], in[1], bias > 0 ? in[2] : Tensor(), options); }, -1, 1,
         kProduct32});
  };
  using One = ConvOptions1d;
  row("conv1d", {{2, 3, 9}, {4, 3, 3}}, 4, One{.padding = 1}, conv1d);
  row("conv1d/stride", {{2, 3, 11}, {4, 3, 4}}, 0, One{.stride = 3, .padding = 2}, conv1d);
  row("conv1d/dilation", {{2, 2, 12}, {3, 2, 3}}, 3, One{.padding = 4, .dilation = 3}, conv1d);
  row("conv1d/groups", {{2, 6, 8}, {4, 3, 3}}, 4, One{.padding = 1, .groups = 2}, conv1d);
  row("conv1d/depthwise", {{2, 4, 9}, {4, 1, 3}}, 4, One{.padding = 1, .groups = 4}, conv1d);
  row("conv1d/unbatched", {{3, 9}, {4, 3, 2}}, 4, One{}, conv1d);
  row("conv2d/unbatched", {{3, 6, 5}, {4, 3, 3, 3}}, 4, ConvOptions{.padding = 1}, conv2d);

  using Up1 = ConvTransposeOptions1d;
  row("conv_transpose1d", {{2, 3, 7}, {3, 4, 3}}, 4, Up1{}, conv_transpose1d);
  row("conv_transpose1d/stride", {{2, 3, 5}, {3, 2, 4}}, 2,
      Up1{.stride = 3, .padding = 1, .output_padding = 2}, conv_transpose1d);
  row("conv_transpose1d/dilation", {{2, 2, 6}, {2, 3, 3}}, 0,
      Up1{.padding = 1, .output_padding = 1, .dilation = 2}, conv_transpose1d);
  row("conv_transpose1d/groups", {{2, 4, 5}, {4, 3, 3}}, 6, Up1{.stride = 2, .groups = 2},
      conv_transpose1d);
  row("conv_transpose1d/unbatched", {{3, 5}, {3, 2, 3}}, 2, Up1{.stride = 2}, conv_transpose1d);
  using Up2 = ConvTransposeOptions;
  row("conv_transpose2d", {{2, 3, 5, 4}, {3, 4, 3, 3}}, 4, Up2{.padding = 1}, conv_transpose2d);
  row("conv_transpose2d/4x4s2", {{2, 3, 4, 5}, {3, 2, 4, 4}}, 2, Up2{.stride = 2, .padding = 1},
      conv_transpose2d);
  row("conv_transpose2d/5x5s2", {{2, 3, 4, 4}, {3, 2, 5, 5}}, 0,
      Up2{.stride = 2, .padding = 2, .output_padding = 1}, conv_transpose2d);
  row("conv_transpose2d/uneven", {{1, 2, 4, 3}, {2, 3, 2, 3}}, 3,
      Up2{.stride = {3, 1}, .padding = {0, 1}, .output_padding = {2, 1}, .dilation = {1, 2}},
      conv_transpose2d);
  row("conv_transpose2d/groups", {{2, 4, 4, 3}, {4, 2, 3, 3}}, 4, Up2{.stride = 2, .groups = 2},
      conv_transpose2d);
  row("conv_transpose2d/depthwise", {{2, 4, 4, 4}, {4, 1, 3, 3}}, 4,
      Up2{.stride = 2, .padding = 1, .groups = 4}, conv_transpose2d);
  row("conv_transpose2d/unbatched", {{3, 4, 4}, {3, 2, 2, 2}}, 2, Up2{.stride = 2},
      conv_transpose2d);

  row("conv1d/same", {{2, 3, 9}, {4, 3, 4}}, 4, One{.padding = "same", .dilation = 2}, conv1d);
  row("conv2d/same", {{2, 3, 5, 6}, {4, 3, 2, 3}}, 4, ConvOptions{.padding = "same"}, conv2d);
  using Three = ConvOptions3d;
  row("conv3d", {{2, 3, 4, 5, 6}, {4, 3, 3, 3, 3}}, 4, Three{.padding = 1}, conv3d);
  row("conv3d/stride", {{2, 2, 7, 6, 5}, {3, 2, 3, 2, 3}}, 0,
      Three{.stride = {3, 2, 1}, .padding = {2, 1, 0}}, conv3d);
  row("conv3d/dilation", {{1, 2, 7, 5, 6}, {3, 2, 2, 3, 2}}, 3,
      Three{.padding = {2, 1, 1}, .dilation = {4, 2, 3}}, conv3d);
  row("conv3d/stride and dilation", {{1, 2, 9, 5, 5}, {2, 2, 3, 3, 3}}, 2,
      Three{.stride = {4, 2, 2}, .padding = {4, 2, 2}, .dilation = {2, 2, 1}}, conv3d);
  row("conv3d/groups", {{2, 4, 3, 4, 5}, {6, 2, 3, 2, 2}}, 6,
      Three{.padding = {1, 0, 1}, .groups = 2}, conv3d);
  row("conv3d/depthwise", {{2, 3, 4, 4, 4}, {3, 1, 3, 3, 3}}, 3, Three{.padding = 1, .groups = 3},
      conv3d);
  row("conv3d/one tap", {{2, 5, 3, 4, 3}, {4, 5, 1, 1, 1}}, 4, Three{}, conv3d);
  row("conv3d/planes", {{2, 3, 4, 6, 5}, {4, 3, 1, 3, 3}}, 4, Three{.padding = {0, 1, 1}}, conv3d);
  row("conv3d/many channels", {{1, 20, 3, 6, 6}, {24, 20, 3, 3, 3}}, 24, Three{.padding = 1},
      conv3d);
  row("conv3d/same, unbatched", {{2, 5, 4, 3}, {3, 2, 4, 3, 2}}, 3, Three{.padding = "same"},
      conv3d);
  using Up3 = ConvTransposeOptions3d;
  row("conv_transpose3d", {{2, 3, 3, 4, 3}, {3, 4, 3, 3, 3}}, 4, Up3{.padding = 1},
      conv_transpose3d);
  row("conv_transpose3d/stride", {{2, 3, 3, 2, 4}, {3, 2, 4, 3, 2}}, 2,
      Up3{.stride = {2, 3, 2}, .padding = {1, 0, 1}, .output_padding = {1, 2, 0}},
      conv_transpose3d);
  row("conv_transpose3d/groups", {{1, 4, 3, 3, 2}, {4, 2, 2, 3, 3}}, 4,
      Up3{.stride = 2, .groups = 2, .dilation = {2, 1, 2}}, conv_transpose3d);
  row("conv_transpose3d/unbatched", {{3, 2, 3, 2}, {3, 2, 2, 2, 2}}, 2, Up3{.stride = 2},
      conv_transpose3d);
}

}  // namespace ct::test
