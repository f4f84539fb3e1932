// Ops that the reference data names: pools.
#include "customtensor/ops/pool_indices.hpp"
#include "reference/op_data.hpp"

namespace ct::test {

namespace {

using In = const Tensors&;
using A = const Args&;

Tensors both(PooledMax pooled) { return {std::move(pooled.values), std::move(pooled.indices)}; }

/// A list of the arguments as sizes of one, two or three axes.
int64_t one(A a, const char* name, int64_t otherwise = 0) {
  return a.has(name) ? a.list(name).at(0) : otherwise;
}
Pair two(A a, const char* name, int64_t otherwise = 0) {
  if (!a.has(name)) return otherwise;
  const auto l = a.list(name);
  return {l.at(0), l.at(1)};
}
Triple three(A a, const char* name, int64_t otherwise = 0) {
  if (!a.has(name)) return otherwise;
  const auto l = a.list(name);
  return {l.at(0), l.at(1), l.at(2)};
}

Pool1dOptions options1(A a) {
  return {.stride = one(a, "stride"),
          .padding = one(a, "padding"),
          .dilation = one(a, "dilation", 1),
          .ceil_mode = a.flag("ceil_mode"),
          .count_include_pad = a.flag("count_include_pad", true)};
}
template <class Options, class Sizes>
Options options(A a, const Sizes& sizes) {
  return {.stride = sizes(a, "stride", 0),
          .padding = sizes(a, "padding", 0),
          .dilation = sizes(a, "dilation", 1),
          .ceil_mode = a.flag("ceil_mode"),
          .count_include_pad = a.flag("count_include_pad", true),
          .divisor_override = a.integer("divisor_override")};
}
PoolOptions options2(A a) { return options<PoolOptions>(a, two); }
PoolOptions3d options3(A a) { return options<PoolOptions3d>(a, three); }

constexpr const char* kKernel = "kernel_size";
constexpr const char* kSize = "output_size";

std::vector<int64_t> sizes_of(const Tensor& x) { return {x.shape().begin() + 2, x.shape().end()}; }

}  // namespace

void add_pool_ops(DataOps& ops) {
  ops["max_pool1d_with_indices"] = [](In x, A a) {
    return both(max_pool1d_with_indices(x[0], one(a, kKernel), options1(a)));
  };
  ops["max_pool2d_with_indices"] = [](In x, A a) {
    return both(max_pool2d_with_indices(x[0], two(a, kKernel), options2(a)));
  };
  ops["max_pool3d_with_indices"] = [](In x, A a) {
    return both(max_pool3d_with_indices(x[0], three(a, kKernel), options3(a)));
  };
  ops["max_pool2d"] = [](In x, A a) {
    return Tensors{max_pool2d(x[0], two(a, kKernel), options2(a))};
  };
  ops["avg_pool1d"] = [](In x, A a) {
    return Tensors{avg_pool1d(x[0], one(a, kKernel), options1(a))};
  };
  ops["avg_pool2d"] = [](In x, A a) {
    return Tensors{avg_pool2d(x[0], two(a, kKernel), options2(a))};
  };
  ops["avg_pool3d"] = [](In x, A a) {
    return Tensors{avg_pool3d(x[0], three(a, kKernel), options3(a))};
  };
  ops["adaptive_max_pool1d"] = [](In x, A a) {
    return both(adaptive_max_pool1d_with_indices(x[0], one(a, kSize)));
  };
  ops["adaptive_max_pool2d"] = [](In x, A a) {
    return both(adaptive_max_pool2d_with_indices(x[0], two(a, kSize)));
  };
  ops["adaptive_max_pool3d"] = [](In x, A a) {
    return both(adaptive_max_pool3d_with_indices(x[0], three(a, kSize)));
  };
  ops["lp_pool1d"] = [](In x, A a) {
    return Tensors{lp_pool1d(x[0], a.real("norm_type"), one(a, kKernel), one(a, "stride"),
                             a.flag("ceil_mode"))};
  };
  ops["lp_pool2d"] = [](In x, A a) {
    return Tensors{lp_pool2d(x[0], a.real("norm_type"), two(a, kKernel), two(a, "stride"),
                             a.flag("ceil_mode"))};
  };
  ops["lp_pool3d"] = [](In x, A a) {
    return Tensors{lp_pool3d(x[0], a.real("norm_type"), three(a, kKernel), three(a, "stride"),
                             a.flag("ceil_mode"))};
  };
  ops["pool_and_unpool1d"] = [](In x, A a) {
    const auto [y, at] = max_pool1d_with_indices(x[0], one(a, kKernel), options1(a));
    return Tensors{max_unpool1d(y * y, at, one(a, kKernel), one(a, "stride"), 0, sizes_of(x[0]))};
  };
  ops["pool_and_unpool2d"] = [](In x, A a) {
    const auto [y, at] = max_pool2d_with_indices(x[0], two(a, kKernel), options2(a));
    return Tensors{max_unpool2d(y * y, at, two(a, kKernel), two(a, "stride"), 0, sizes_of(x[0]))};
  };
  ops["pool_and_unpool3d"] = [](In x, A a) {
    const auto [y, at] = max_pool3d_with_indices(x[0], three(a, kKernel), options3(a));
    return Tensors{
        max_unpool3d(y * y, at, three(a, kKernel), three(a, "stride"), 0, sizes_of(x[0]))};
  };
  ops["fractional_max_pool2d"] = [](In x, A a) {
    return both(fractional_max_pool2d_with_indices(
        x[0], two(a, kKernel), {.output_size = two(a, kSize), .random_samples = x[1]}));
  };
  ops["fractional_max_pool3d"] = [](In x, A a) {
    return both(fractional_max_pool3d_with_indices(
        x[0], three(a, kKernel), {.output_size = three(a, kSize), .random_samples = x[1]}));
  };
}

}  // namespace ct::test
