// Norms of groups, samples and rows without a mean; activations and dropouts that draw or gate.
#include <cmath>

#include "conformance/op_cases.hpp"

namespace ct::test {

namespace {
using In = const Tensors&;
}  // namespace

void add_group_norm_cases(std::vector<OpCase>& cases) {
  const Shape image = {2, 6, 3, 3};
  const auto add = [&](const char* name, std::vector<Shape> shapes, auto run,
                       double tolerance = kGradient32) {
    cases.push_back(squared(name, std::move(shapes), run, tolerance));
  };
  add("group_norm", {image, {6}, {6}}, [](In x) { return group_norm(x[0], 3, x[1], x[2]); });
  add("group_norm/plain", {{2, 8}}, [](In x) { return group_norm(x[0], 2); });
  add("group_norm/bias", {image, {6}},
      [](In x) { return group_norm(x[0], 2, Tensor(), x[1], 0.1); });
  add("instance_norm", {image, {6}, {6}},
      [](In x) { return instance_norm(x[0], Tensor(), Tensor(), x[1], x[2]); });
  add("rms_norm", {{3, 4, 5}, {5}}, [](In x) { return rms_norm(x[0], {5}, x[1]); });
  add("rms_norm/axes", {{3, 4, 5}}, [](In x) { return rms_norm(x[0], {4, 5}, Tensor(), 0.1); });
  add("local_response_norm", {{2, 5, 3}},
      [](In x) { return local_response_norm(x[0], 3, 0.5, 0.75, 1.5); });
  add("normalize", {{3, 4, 2}}, [](In x) { return normalize(x[0]); });
  add("normalize/order", {{3, 4, 2}}, [](In x) { return normalize(x[0], 3, -1); });
  add("bilinear", {{4, 2}, {4, 3}, {5, 2, 3}, {5}},
      [](In x) { return bilinear(x[0], x[1], x[2], x[3]); });
  add("max_pool1d", {{2, 3, 9}},
      [](In x) { return max_pool1d(x[0], 3, {.stride = 2, .padding = 1}); });
  add("avg_pool1d", {{3, 9}},
      [](In x) { return avg_pool1d(x[0], 4, {.padding = 2, .count_include_pad = false}); });
  add("adaptive_avg_pool1d", {{2, 3, 9}}, [](In x) { return adaptive_avg_pool1d(x[0], 4); });
  add("adaptive_avg_pool2d", {{2, 3, 7, 5}}, [](In x) {
    return adaptive_avg_pool2d(x[0], {3, 2});
  });
  add("adaptive_avg_pool3d", {{2, 3, 4, 3, 2}}, [](In x) {
    return adaptive_avg_pool3d(x[0], {3, 2, 1});
  });
  add("lp_pool1d", {{2, 3, 9}}, [](In x) { return lp_pool1d(x[0], 2, 3, 2); });
  add("lp_pool2d", {{2, 3, 6, 5}}, [](In x) { return lp_pool2d(x[0], 2, {2, 3}); });
  add("swiglu", {{3, 8}}, [](In x) { return swiglu(x[0]); });
  add("softmin", {{3, 8}}, [](In x) { return softmin(x[0], 1); });
  const auto draws = [&](const char* name, const Shape& shape, auto run) {
    cases.push_back({name, {shape}, [run](In x) {
                       Generator g(7);
                       return run(x[0], &g);
                     }});
    // The mask is a function of the dtype's own draw, so only gradients can be compared across
    // dtypes.
    cases.back().tolerance = INFINITY;
  };
  draws("rrelu", {5, 9}, [](const Tensor& x, Generator* g) { return rrelu(x, .1, .3, true, g); });
  draws("gumbel_softmax", {5, 9},
        [](const Tensor& x, Generator* g) { return gumbel_softmax(x, 0.7, false, 1, g); });
  draws("dropout1d", {4, 9, 2},
        [](const Tensor& x, Generator* g) { return dropout1d(x, .4, true, g); });
  draws("dropout2d", {4, 3, 2, 2},
        [](const Tensor& x, Generator* g) { return dropout2d(x, .4, true, g); });
  draws("dropout3d", {4, 3, 2, 2, 1},
        [](const Tensor& x, Generator* g) { return dropout3d(x, .4, true, g); });
  draws("alpha_dropout", {5, 9},
        [](const Tensor& x, Generator* g) { return alpha_dropout(x, .4, true, g); });
  draws("feature_alpha_dropout", {5, 9, 2},
        [](const Tensor& x, Generator* g) { return feature_alpha_dropout(x, .4, true, g); });
  draws("drop_path", {9, 3},
        [](const Tensor& x, Generator* g) { return drop_path(x, .4, true, true, g); });
}

}  // namespace ct::test
