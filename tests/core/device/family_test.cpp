// A family of kernels as an exercise: its arguments with their views, a virtual function, a kernel.
// That it runs on a device without such kernels, on one without values, and is counted by a
// profile, all follows from the views.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/device/host_call.hpp"
#include "core/device/kernels.hpp"
#include "customtensor/customtensor.hpp"
#include "support/compare.hpp"
#include "support/scoped_environment.hpp"
#include "support/stranger_backend.hpp"

namespace ct::test {
namespace {

/// out = a + weight * (sum of others); total += the sum of out.
struct BlendArgs {
  double weight = 0.5;
  TensorView a, out, total;
  std::span<const TensorView> others;

  static void views(auto& args, auto&& visit) {
    visit(ViewRole::input, "a", args.a);
    visit(ViewRole::input, "others", args.others);
    visit(ViewRole::output, "out", args.out);
    visit(ViewRole::update, "total", args.total);
  }
};

/// The kernel, for vectors of float32 in memory of the host.
int blend_on_host(Backend& /*host*/, const BlendArgs& args) {
  const auto at = [](const TensorView& v, int64_t i) -> float& {
    return static_cast<float*>(v.buffer)[v.offset + i * v.strides[0]];
  };
  for (int64_t i = 0; i < args.out.shape[0]; ++i) {
    float sum = 0;
    for (const TensorView& other : args.others) sum += at(other, i);
    at(args.out, i) = at(args.a, i) + static_cast<float>(args.weight) * sum;
    if (args.total) at(args.total, 0) += at(args.out, i);
  }
  return 7;
}

/// Kernels that write one element too far, or too early.
void blend_too_far(Backend& /*host*/, const BlendArgs& args) {
  static_cast<float*>(args.out.buffer)[args.out.shape[0]] = 1;
}
void blend_too_early(Backend& /*host*/, const BlendArgs& args) {
  static_cast<float*>(args.total.buffer)[-1] = 1;
}

/// Where Backend would have the virtual function and its default.
class BlendBackend : public StrangerBackend {
 public:
  std::string name() const override { return "blending"; }
  int blend(const BlendArgs& args) { return run_on_host(*this, "blend", args, blend_on_host); }
  void copy_to_host(void* target, const void* buffer, size_t offset, size_t bytes) override {
    fetched += bytes;
    StrangerBackend::copy_to_host(target, buffer, offset, bytes);
  }
  size_t fetched = 0;
};

BlendBackend& blend_backend() {
  static const Device device = register_backend(std::make_unique<BlendBackend>());
  return static_cast<BlendBackend&>(device.backend());
}

/// A vector on the device, as a view of every step-th element.
struct Vector {
  explicit Vector(std::vector<float> values, int64_t step = 1) : size(values.size()) {
    const int64_t shown = (static_cast<int64_t>(size) + step - 1) / step;
    view = {blend_backend().allocate(size * sizeof(float)), 0, float32, {shown}, {step}};
    blend_backend().copy_from_host(view.buffer, 0, values.data(), size * sizeof(float));
  }
  Vector(const Vector&) = delete;
  Vector& operator=(const Vector&) = delete;
  ~Vector() { blend_backend().deallocate(view.buffer, size * sizeof(float)); }
  std::vector<float> values() const {
    std::vector<float> result(size);
    blend_backend().copy_to_host(result.data(), view.buffer, 0, size * sizeof(float));
    return result;
  }
  size_t size;
  TensorView view;
};

TEST(Family, ItsDefaultRunsOnTheHostAndIsCounted) {
  const Vector a({1, 2, 3}), b({10, 20, 30}), c({2, 4, 6}), out({0, 0, 0}), total({1000});
  const TensorView others[] = {b.view, c.view};
  reset_fallbacks();
  const int result = blend_backend().blend(
      {.weight = 0.5, .a = a.view, .out = out.view, .total = total.view, .others = others});
  EXPECT_EQ(result, 7);
  EXPECT_EQ(out.values(), (std::vector<float>{7, 14, 21}));
  EXPECT_EQ(total.values(), (std::vector<float>{1042}));
  EXPECT_EQ(a.values(), (std::vector<float>{1, 2, 3}));
  ASSERT_EQ(fallbacks().size(), 1U);
  EXPECT_EQ(fallbacks()[0].family, "blend");
  EXPECT_EQ(fallbacks()[0].calls, 1U);
}

TEST(Family, GapsOfAnOutputComeBackAsTheyWere) {
  const Vector a({1, 2, 3}), out({-1, -2, -3, -4, -5}, 2);
  blend_backend().blend({.a = a.view, .out = out.view, .total = {}, .others = {}});
  EXPECT_EQ(out.values(), (std::vector<float>{1, -2, 2, -4, 3}));
}

TEST(Family, WhatIsOnlyWrittenIsNotFetched) {
  const Vector a({1, 2, 3}), out({0, 0, 0}), total({0});
  blend_backend().fetched = 0;
  blend_backend().blend({.a = a.view, .out = out.view, .total = {}, .others = {}});
  EXPECT_EQ(blend_backend().fetched, 3 * sizeof(float));
  blend_backend().blend({.a = a.view, .out = out.view, .total = total.view, .others = {}});
  EXPECT_EQ(blend_backend().fetched, 7 * sizeof(float));
}

TEST(Family, AViewOfNothingIsRunToo) {
  const Vector a({1}), out({2}), total({3});
  BlendArgs args{.a = a.view, .out = out.view, .total = total.view, .others = {}};
  args.a.shape = args.out.shape = {0};
  blend_backend().blend(args);
  EXPECT_EQ(out.values(), (std::vector<float>{2}));
  EXPECT_EQ(total.values(), (std::vector<float>{3}));
}

TEST(Family, AProfileKnowsItsBytes) {
  const Vector a({1, 2, 3}), b({4, 5, 6}), out({0, 0, 0});
  TensorView repeated = b.view;
  repeated.strides = {0};
  const TensorView others[] = {b.view, repeated};
  const BlendArgs args{.a = a.view, .out = out.view, .total = {}, .others = others};
  EXPECT_EQ(profiling::bytes_of(args), 4 * (3 + 3 + 1 + 3));
  EXPECT_EQ(profiling::flops_of(args), 0);
}

TEST(Family, OnADeviceWithoutValuesItDoesNothing) {
  class Empty final : public BlendBackend {
    bool holds_values() const override { return false; }
  };
  const Vector a({1, 2, 3}), out({0, 0, 0});
  Empty device;
  reset_fallbacks();
  EXPECT_EQ(device.blend({.a = a.view, .out = out.view, .total = {}, .others = {}}), 0);
  EXPECT_EQ(out.values(), (std::vector<float>{0, 0, 0}));
  EXPECT_TRUE(fallbacks().empty());
}

TEST(Family, WritingAroundAViewIsAnErrorWhileMemoryIsChecked) {
  const ScopedEnvironment on("CT_CHECK_MEMORY", "1");
  const Vector a({1, 2, 3}), out({4, 5, 6}), total({7});
  const BlendArgs args{.a = a.view, .out = out.view, .total = total.view, .others = {}};
  EXPECT_EQ(
      message_of<BackendError>([&] { run_on_host(blend_backend(), "blend", args, blend_too_far); }),
      "blending: 'blend' on the host wrote behind the end of 'out' of 12 bytes: at byte 12");
  EXPECT_EQ(
      message_of<BackendError>(
          [&] { run_on_host(blend_backend(), "blend", args, blend_too_early); }),
      "blending: 'blend' on the host wrote before the start of 'total' of 4 bytes: at byte -1");
  EXPECT_EQ(out.values(), (std::vector<float>{4, 5, 6}));
  blend_backend().blend(args);
  EXPECT_EQ(total.values(), (std::vector<float>{13}));
}

TEST(Family, WhatIsNotWrittenIsNaNWhileMemoryIsChecked) {
  const ScopedEnvironment on("CT_CHECK_MEMORY", "1");
  const Vector a({1}), out({4});
  const BlendArgs args{.a = a.view, .out = out.view, .total = {}, .others = {}};
  run_on_host(blend_backend(), "blend", args, [](Backend&, const BlendArgs&) {});
  EXPECT_TRUE(std::isnan(out.values()[0]));
}

TEST(Family, AReductionsOutputHasItsOwnShape) {
  const Operand in{nullptr, 0, float32, {4, 1}};
  ReduceArgs args;
  args.shape = {3, 0};
  args.reduced = 2;
  args.inputs = {&in, 1};
  args.output.strides = {1, 0};
  std::map<std::string, Shape> shapes;
  for_each_view(args,
                [&](ViewRole, const char* field, const TensorView& v) { shapes[field] = v.shape; });
  EXPECT_EQ(shapes["inputs"], (Shape{3, 0}));
  EXPECT_EQ(shapes["output"], (Shape{3, 1}));
}

TEST(Family, WhatAConvolutionWritesDependsOnThePass) {
  int buffer = 0;
  const TensorView view{&buffer, 0, float32, {1}, {1}};
  const auto written = [&](auto args, Pass pass) {
    args.pass = pass;
    std::set<std::string> fields;
    for_each_view(args, [&](ViewRole role, const char* field, const TensorView&) {
      if (role == ViewRole::output) fields.insert(field);
    });
    return fields;
  };
  ConvArgs conv;
  conv.x = conv.w = conv.y = conv.bias = view;
  EXPECT_EQ(written(conv, Pass::forward), (std::set<std::string>{"y"}));
  EXPECT_EQ(written(conv, Pass::grad_input), (std::set<std::string>{"x"}));
  EXPECT_EQ(written(conv, Pass::grad_weight), (std::set<std::string>{"w"}));
  PoolArgs pool;
  pool.x = pool.y = pool.indices = view;
  EXPECT_EQ(written(pool, Pass::forward), (std::set<std::string>{"y", "indices"}));
  EXPECT_EQ(written(pool, Pass::grad_input), (std::set<std::string>{"x"}));
  GridSampleArgs sample;
  sample.x = sample.grid = sample.y = view;
  EXPECT_EQ(written(sample, Pass::forward), (std::set<std::string>{"y"}));
  EXPECT_EQ(written(sample, Pass::grad_input), (std::set<std::string>{"x"}));
  sample.grad_grid = view;
  EXPECT_EQ(written(sample, Pass::grad_weight), (std::set<std::string>{"grad_grid"}));
}

}  // namespace
}  // namespace ct::test
