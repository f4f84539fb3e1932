// Convolution and pooling.
#include "conformance/op_cases.hpp"

namespace ct::test {

namespace {
using Inputs = const Tensors&;
}  // namespace

void add_conv_cases(std::vector<OpCase>& cases) {
  const auto add_case = [&](OpCase c) { cases.push_back(std::move(c)); };

  const auto composed = [&](const char* name, std::vector<Shape> shapes,
                            std::function<Tensor(const Tensors&)> run) {
    add_case({name, std::move(shapes), std::move(run), -1, 1, kProduct32});
  };
  const auto conv = [&](const char* name, Shape x, Shape w, ConvOptions options, bool bias) {
    std::vector<Shape> shapes{x, w};
    if (bias) shapes.push_back({w[0]});
    composed(name, shapes, [options, bias](Inputs in) {
      return conv2d(in[0], in[1], bias ? in[2] : Tensor(), options);
    });
  };
  conv("conv2d", {2, 3, 7, 6}, {4, 3, 3, 3}, {.padding = 1}, true);
  conv("conv2d/stride", {2, 3, 9, 8}, {4, 3, 3, 3}, {.stride = 2, .padding = 1}, false);
  conv("conv2d/stride_3_2", {1, 2, 11, 9}, {3, 2, 4, 3}, {.stride = {3, 2}, .padding = {2, 1}},
       true);
  conv("conv2d/dilation", {2, 2, 9, 9}, {3, 2, 3, 2}, {.padding = 2, .dilation = 2}, true);
  conv("conv2d/1x1", {2, 5, 4, 3}, {6, 5, 1, 1}, {}, true);
  conv("conv2d/1x1_stride", {2, 5, 5, 5}, {6, 5, 1, 1}, {.stride = 2}, false);
  conv("conv2d/groups", {2, 6, 5, 5}, {4, 3, 3, 3}, {.padding = 1, .groups = 2}, true);
  conv("conv2d/depthwise", {2, 4, 6, 6}, {4, 1, 3, 3}, {.padding = 1, .groups = 4}, true);
  conv("conv2d/depthwise_stride", {2, 3, 7, 7}, {6, 1, 3, 3}, {.stride = 2, .groups = 3}, false);
  conv("conv2d/5x5", {2, 1, 9, 9}, {3, 1, 5, 5}, {.padding = 2}, true);
  const auto pool = [&](const char* name, Shape shape, std::function<Tensor(const Tensors&)> run) {
    add_case({name, {shape}, std::move(run)});
  };
  pool("max_pool2d", {2, 3, 6, 8}, [](Inputs x) { return max_pool2d(x[0], 2); });
  pool("max_pool2d/3s2p1", {2, 3, 7, 9},
       [](Inputs x) { return max_pool2d(x[0], 3, {.stride = 2, .padding = 1}); });
  pool("max_pool2d/ceil", {1, 2, 7, 7},
       [](Inputs x) { return max_pool2d(x[0], 2, {.ceil_mode = true}); });
  pool("avg_pool2d", {2, 3, 6, 8}, [](Inputs x) { return avg_pool2d(x[0], 2); });
  pool("avg_pool2d/3s2p1", {2, 3, 7, 9},
       [](Inputs x) { return avg_pool2d(x[0], 3, {.stride = 2, .padding = 1}); });
  pool("avg_pool2d/exclude_pad", {2, 3, 7, 9}, [](Inputs x) {
    return avg_pool2d(x[0], 3, {.stride = 2, .padding = 1, .count_include_pad = false});
  });
  pool("global_avg_pool2d", {2, 3, 5, 4}, [](Inputs x) { return global_avg_pool2d(x[0]); });
}

}  // namespace ct::test
