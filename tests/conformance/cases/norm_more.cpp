// Norms of groups, samples and rows without a mean; activations and dropouts that draw or gate.
#include <array>
#include <cmath>

#include "conformance/op_cases.hpp"
#include "customtensor/ops/pool_indices.hpp"

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
  add("max_pool2d/unbatched", {{3, 6, 5}}, [](In x) { return max_pool2d(x[0], {2, 3}); });
  add("avg_pool2d/divisor", {{2, 3, 7, 6}}, [](In x) {
    return avg_pool2d(x[0], 3,
                      {.stride = 2, .padding = 1, .ceil_mode = true, .divisor_override = 5});
  });
  add("max_pool3d", {{2, 3, 4, 6, 4}}, [](In x) { return max_pool3d(x[0], 2); });
  add("max_pool3d/dilation", {{2, 2, 7, 6, 8}}, [](In x) {
    return max_pool3d(x[0], {3, 2, 3}, {.stride = {2, 1, 2}, .padding = 1, .dilation = {2, 3, 1}});
  });
  add("max_pool3d/ceil", {{3, 5, 4, 7}}, [](In x) {
    return max_pool3d(x[0], 2, {.stride = {2, 3, 2}, .ceil_mode = true});
  });
  add("avg_pool3d", {{2, 3, 4, 6, 4}}, [](In x) { return avg_pool3d(x[0], 2); });
  add("avg_pool3d/exclude_pad", {{1, 3, 5, 6, 4}}, [](In x) {
    return avg_pool3d(x[0], 3,
                      {.stride = {1, 2, 2}, .padding = {1, 0, 1}, .count_include_pad = false});
  });
  add("avg_pool3d/divisor", {{1, 2, 5, 4, 4}}, [](In x) {
    return avg_pool3d(x[0], {2, 3, 2}, {.padding = {1, 1, 0}, .divisor_override = 7});
  });
  add("adaptive_max_pool1d", {{2, 3, 9}}, [](In x) { return adaptive_max_pool1d(x[0], 4); });
  add("adaptive_max_pool2d", {{2, 3, 7, 5}}, [](In x) {
    return adaptive_max_pool2d(x[0], {3, 2});
  });
  add("adaptive_max_pool2d/even", {{3, 6, 4}}, [](In x) {
    return adaptive_max_pool2d(x[0], {3, 2});
  });
  add("adaptive_max_pool3d", {{2, 2, 4, 5, 3}}, [](In x) {
    return adaptive_max_pool3d(x[0], {3, 2, 0});
  });
  add("max_pool2d_with_indices", {{2, 3, 7, 6}},
      [](In x) { return max_pool2d_with_indices(x[0], 3, {.stride = 2, .padding = 1}).values; });
  add("max_pool1d_with_indices", {{2, 3, 7}},
      [](In x) { return max_pool1d_with_indices(x[0], 3, {.stride = 2, .padding = 1}).values; });
  add("max_pool3d_with_indices", {{1, 2, 4, 5, 3}},
      [](In x) { return max_pool3d_with_indices(x[0], 2, {.stride = 1}).values; });
  add("adaptive_max_pool1d_with_indices", {{2, 3, 7}},
      [](In x) { return adaptive_max_pool1d_with_indices(x[0], 3).values; });
  add("adaptive_max_pool2d_with_indices", {{2, 3, 7, 5}}, [](In x) {
    return adaptive_max_pool2d_with_indices(x[0], {3, 2}).values;
  });
  add("adaptive_max_pool3d_with_indices", {{1, 2, 4, 5, 3}}, [](In x) {
    return adaptive_max_pool3d_with_indices(x[0], {3, 2, 2}).values;
  });
  add("fractional_max_pool2d_with_indices", {{1, 2, 6, 5}}, [](In x) {
    const Tensor u = full({1, 2, 2}, 0.4, {.device = x[0].device()});
    return fractional_max_pool2d_with_indices(x[0], 2,
                                              {.output_size = Pair(3, 4), .random_samples = u})
        .values;
  });
  add("fractional_max_pool3d_with_indices", {{1, 2, 5, 4, 6}}, [](In x) {
    const Tensor u = full({1, 2, 3}, 0.7, {.device = x[0].device()});
    return fractional_max_pool3d_with_indices(x[0], 2,
                                              {.output_size = Triple(3, 2, 4), .random_samples = u})
        .values;
  });
  add("max_unpool1d", {{2, 3, 4}}, [](In x) {
    const Tensor at = tensor({0, 3, 4, 6}, {.dtype = int64, .device = x[0].device()});
    return max_unpool1d(x[0], at.expand({2, 3, 4}), 2);
  });
  add("max_unpool2d", {{1, 2, 2, 3}}, [](In x) {
    const Tensor at = tensor({7, 2, 5, 18, 14, 23}, {.dtype = int64, .device = x[0].device()});
    return max_unpool2d(x[0], at.reshape({2, 3}).expand({1, 2, 2, 3}), 2);
  });
  add("max_unpool3d", {{2, 2, 1, 2}}, [](In x) {
    const Tensor at = tensor({1, 2, 18, 31}, {.dtype = int64, .device = x[0].device()});
    return max_unpool3d(x[0], at.reshape({2, 1, 2}).expand({2, 2, 1, 2}), 2);
  });
  add("fractional_max_pool2d", {{2, 3, 7, 6}}, [](In x) {
    const Tensor u = tensor({0.1, 0.7, 0.35, 0.9, 0.55, 0.2, 0.8, 0.4, 0.6, 0.05, 0.25, 0.95})
                         .to(float32)
                         .reshape({2, 3, 2})
                         .to(x[0].device());
    return fractional_max_pool2d(x[0], {2, 3}, {.output_size = Pair(4, 3), .random_samples = u});
  });
  add("fractional_max_pool3d", {{1, 2, 5, 6, 4}}, [](In x) {
    const Tensor u = tensor({0.1, 0.7, 0.35, 0.9, 0.55, 0.2}).to(float32).reshape({1, 2, 3});
    return fractional_max_pool3d(
        x[0], 2,
        {.output_ratio = std::array{0.6, 0.5, 0.75}, .random_samples = u.to(x[0].device())});
  });
  add("lp_pool3d", {{1, 2, 4, 5, 3}}, [](In x) {
    return lp_pool3d(x[0], 2, {2, 2, 1}, {1, 2, 1});
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
