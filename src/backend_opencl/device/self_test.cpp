// See self_test.hpp: the steps, by family; what a step does is family_test.hpp's.
#include "backend_opencl/device/self_test.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <memory>
#include <utility>

#include "backend_opencl/device/discover.hpp"
#include "backend_opencl/device/family_test.hpp"
#include "customtensor/build_progress.hpp"

namespace ct::opencl {
namespace {

ProgramPtr chain() {
  PointwiseBuilder b("self_test", 2);
  const auto x = b.input(0);
  const auto y = b.input(1);
  b.output(b.apply(Opcode::exp, x) * y + b.apply(Opcode::tanh, y) / (x * x + 2.0));
  return b.build();
}

ProgramPtr whole_numbers() {
  PointwiseBuilder b("self_test_integers", 2);
  const auto x = b.input(0);
  b.output(b.apply(Opcode::select, b.apply(Opcode::lt, x, b.input(1)), x * x, x - b.input(1)));
  return b.build();
}

void test_pointwise(FamilyTest& t) {
  const Shape shape{40, 70};
  for (const DType dtype : {DType::float32, DType::float16, DType::float64}) {
    const TensorView in[] = {t.array(dtype, shape), t.array(dtype, shape)};
    const TensorView out = t.array(dtype, shape);
    t.pointwise("an elementwise program, interpreted", chain(), in, out, compute_type(dtype));
    const EagerBuilds built;
    t.pointwise("an elementwise program, built", chain(), in, out, compute_type(dtype));
  }
  for (const DType dtype : {DType::int64, DType::int32, DType::uint8}) {
    const EagerBuilds built;
    const TensorView in[] = {t.array(dtype, shape), t.array(dtype, shape)};
    t.pointwise("an elementwise program of integers", whole_numbers(), in, t.array(dtype, shape),
                compute_type(dtype));
  }
  TensorView transposed = t.array(DType::float32, {70, 40});
  std::swap(transposed.shape[0], transposed.shape[1]);
  std::swap(transposed.strides[0], transposed.strides[1]);
  t.pointwise("a transposed copy", program_of(Opcode::copy), {&transposed, 1},
              t.array(DType::float32, shape), DType::float32);
}

void test_reductions(FamilyTest& t) {
  const TensorView x = t.array(DType::float32, {30, 300});
  const Operand in{x.buffer, 0, x.dtype, x.strides};
  for (const ReduceOp op : {ReduceOp::sum, ReduceOp::maximum}) {
    for (const uint32_t reduced : {1U, 2U, 3U}) {
      ReduceArgs args;
      args.op = op;
      args.shape = x.shape;
      args.reduced = reduced;
      args.inputs = {&in, 1};
      const TensorView out = t.array(DType::float32, args.kept());
      args.output = {out.buffer, 0, out.dtype, out.strides};
      for (int i = 0; i < 2; ++i) {
        if ((reduced >> i & 1U) != 0) args.output.strides[i] = 0;
      }
      t.step("a reduction", "reduce", args, &Backend::reduce);
    }
  }
  for (const int axis : {0, 1}) {
    Shape kept = x.shape;
    kept[axis] = 1;
    t.step("argmax", "arg_reduce",
           ArgReduceArgs{
               .axis = axis, .input = x, .values = {}, .indices = t.array(DType::int64, kept)},
           &Backend::arg_reduce);
    t.step("a running sum", "scan",
           ScanArgs{.axis = axis,
                    .input = x,
                    .output = t.array(DType::float32, x.shape),
                    .factor = {},
                    .indices = {}},
           &Backend::scan);
    t.step("sorting", "sort",
           SortArgs{.axis = axis,
                    .input = x,
                    .values = t.array(DType::float32, x.shape),
                    .indices = t.array(DType::int64, x.shape)},
           &Backend::sort);
  }
}

void test_products(FamilyTest& t) {
  const auto product = [&](int64_t m, int64_t k, int64_t n, bool turned) {
    MatmulArgs args;
    args.a = t.array(DType::float32, {2, m, k});
    args.b = t.array(DType::float32, {2, k, n});
    if (turned) {
      args.b = t.array(DType::float32, {2, n, k});
      std::swap(args.b.shape[1], args.b.shape[2]);
      std::swap(args.b.strides[1], args.b.strides[2]);
    }
    args.out = t.array(DType::float32, {2, m, n});
    t.step("a matrix product", "matmul", args, &Backend::matmul);
  };
  product(5, 7, 3, false);
  product(130, 70, 90, true);
  product(200, 150, 260, false);
  product(1, 300, 400, true);

  const auto convolution = [&](int64_t channels, int64_t outputs, int64_t kernel, int64_t groups) {
    ConvArgs args;
    args.x = t.array(DType::float32, {2, channels, 14, 14});
    args.w = t.array(DType::float32, {outputs, channels / groups, kernel, kernel});
    args.y = t.array(DType::float32, {2, outputs, 14, 14});
    args.stride = args.dilation = {1, 1};
    args.padding = {kernel / 2, kernel / 2};
    args.groups = groups;
    t.step("a convolution", "conv", args, &Backend::conv_forward);
    args.pass = Pass::grad_input;
    t.step("a convolution's input gradient", "conv", args, &Backend::conv_grad_input);
    args.pass = Pass::grad_weight;
    t.step("a convolution's weight gradient", "conv", args, &Backend::conv_grad_weight);
  };
  convolution(16, 32, 3, 1);
  convolution(3, 8, 5, 1);
  convolution(16, 16, 3, 16);
}

void test_networks(FamilyTest& t) {
  for (const PoolKind kind : {PoolKind::max, PoolKind::average}) {
    PoolArgs args;
    args.kind = kind;
    args.x = t.array(DType::float32, {2, 3, 12, 12});
    args.y = t.array(DType::float32, {2, 3, 6, 6});
    if (kind == PoolKind::max) args.indices = t.array(DType::int32, {2, 3, 6, 6}, 144);
    args.kernel = args.stride = {2, 2};
    args.padding = {0, 0};
    args.dilation = {1, 1};
    t.step("pooling", "pool", args, &Backend::pool_forward);
    args.pass = Pass::grad_input;
    t.step("pooling's gradient", "pool", args, &Backend::pool_backward);
  }
  for (const NormKind kind : {NormKind::channel, NormKind::row}) {
    const bool rows = kind == NormKind::row;
    const Shape shape = rows ? Shape{20, 150} : Shape{4, 6, 50};
    const Shape weights = rows ? Shape{150} : Shape{6};
    const Shape statistics = rows ? Shape{20} : Shape{6};
    NormArgs args;
    args.kind = kind;
    args.x = t.array(DType::float32, shape);
    args.y = t.array(DType::float32, shape);
    args.weight = t.array(DType::float32, weights);
    args.bias = t.array(DType::float32, weights);
    args.mean = t.array(DType::float32, statistics);
    args.rstd = t.array(DType::float32, statistics);
    t.step("normalisation", "norm", args, &Backend::norm_forward);
    NormBackwardArgs back;
    back.kind = kind;
    back.grad_y = args.y;
    back.x = args.x;
    back.weight = args.weight;
    back.mean = args.mean;
    back.rstd = args.rstd;
    back.grad_x = t.array(DType::float32, shape);
    back.grad_weight = t.array(DType::float32, weights);
    back.grad_bias = t.array(DType::float32, weights);
    t.step("normalisation's gradient", "norm", back, &Backend::norm_backward);
  }
  for (const int axis : {0, 1}) {
    const TensorView x = t.array(DType::float32, {40, 90});
    const TensorView y = t.array(DType::float32, {40, 90});
    t.step("softmax", "softmax", SoftmaxArgs{.axis = axis, .x = x, .y = y},
           &Backend::softmax_forward);
    t.step("softmax's gradient", "softmax",
           SoftmaxBackwardArgs{
               .axis = axis, .y = x, .grad_y = y, .grad_x = t.array(DType::float32, {40, 90})},
           &Backend::softmax_backward);
  }
  const TensorView logits = t.array(DType::float32, {40, 90});
  const TensorView targets = t.array(DType::int64, {40}, 90);
  const TensorView losses = t.array(DType::float32, {40});
  const TensorView lse = t.array(DType::float32, {40});
  t.step("cross entropy", "cross_entropy",
         CrossEntropyArgs{.logits = logits, .targets = targets, .losses = losses, .lse = lse},
         &Backend::cross_entropy_forward);
  t.step("cross entropy's gradient", "cross_entropy",
         CrossEntropyBackwardArgs{.logits = logits,
                                  .targets = targets,
                                  .lse = lse,
                                  .grad_losses = losses,
                                  .grad_logits = t.array(DType::float32, {40, 90})},
         &Backend::cross_entropy_backward);
}

void test_indices(FamilyTest& t) {
  for (const DType dtype : {DType::float32, DType::uint8}) {
    GatherArgs args;
    args.src = t.array(dtype, {50, 70});
    args.index = t.array(DType::int64, {20, 70}, 50);
    args.out = t.array(dtype, {20, 70});
    t.step("gather", "gather", args, &Backend::gather);
  }
  ScatterArgs args;
  args.mode = ScatterMode::add;
  args.src = t.array(DType::float32, {20, 70});
  args.index = t.array(DType::int64, {20, 70}, 50);
  args.out = t.array(DType::float32, {50, 70});
  t.step("scatter", "scatter", args, &Backend::scatter);
  PointwiseBuilder b("self_test_random", 1);
  b.output(b.apply(Opcode::uniform) + b.input(0) * 0.0);
  const EagerBuilds built;
  const TensorView in = t.array(DType::float32, {1000});
  t.pointwise("random numbers", b.build(), {&in, 1}, t.array(DType::float32, {1000}),
              DType::float32);
}

void say(std::string_view line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

}  // namespace

std::string self_test(Backend& device, const std::function<void(std::string_view)>& begin) {
  FamilyTest test(device, begin);
  test_pointwise(test);
  test_reductions(test);
  test_products(test);
  test_networks(test);
  test_indices(test);
  return test.wrong();
}

int self_test_main(std::string_view platform, std::string_view name, std::string_view driver) {
  std::string failure;
  try {
    const std::unique_ptr<Backend> device = find_device(platform, name, driver);
    if (device == nullptr) {
      say("failed: there is no such device");
      return 1;
    }
    failure = self_test(*device, [](std::string_view step) { say(fmt::format("at {}", step)); });
    // Neither device nor runtime is destroyed: a driver may be unloaded by then.
  } catch (const std::exception& error) {
    failure = error.what();
  }
  std::string line = failure.substr(0, failure.find('\n'));
  say(line.empty() ? "passed" : "failed: " + line);
  return line.empty() ? 0 : 1;
}

}  // namespace ct::opencl
