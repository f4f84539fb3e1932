// Pointwise programs on the OpenCL device, interpreted and built, against the cpu device: every
// opcode, every dtype, random draws, layouts, and what a failed build says.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include "backend_opencl/custom_gpu.hpp"
#include "support/compare.hpp"
#include "support/opcode_programs.hpp"
#include "support/scratch_folder.hpp"

namespace ct::test {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// Runs in both ways: "always" interpreted, "never".
class OpenClPointwise : public CustomGpuTest, public ::testing::WithParamInterface<const char*> {
 protected:
  bool interpreted() const { return std::string(GetParam()) == "always"; }
  ScopedEnvironment mode_{"CT_OPENCL_INTERPRET", GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Ways, OpenClPointwise, ::testing::Values("always", "never"));

TEST_P(OpenClPointwise, EveryOpcodeAgreesWithTheCpu) {
  const Tensor a = tensor({-2.5f, -1.f, -0.5f, 0.f, 0.5f, 1.5f, 2.5f, 0.25f, kInfinity, kNan, 2.f});
  const Tensor b = tensor({2.f, -1.f, 0.f, 3.f, kNan, 1.5f, -2.f, 0.5f, 1.f, 2.f, 2.f});
  const Tensor c = tensor({1.f, 0.f, 3.f, kNan, 2.f, -1.5f, -2.f, 0.5f, -1.f, 7.f, 2.f});
  for (const DType dtype : {float32, float64, int32, int64}) {
    const bool integers = is_integral(dtype);
    Tensors inputs;
    for (const Tensor& t : {a, b, c}) {
      const Tensor finite = where(t.abs() < 1e9, t, full_like(t, 3.0));
      inputs.push_back(integers ? (finite * 7.0).to(dtype) : t.to(dtype));
    }
    for (int arity = 1; arity <= 3; ++arity) {
      for (const ProgramPtr& program : opcode_programs(arity, integers, interpreted() ? 5 : 32)) {
        Tensors here(inputs.begin(), inputs.begin() + arity);
        Tensors there;
        for (const Tensor& t : here) there.push_back(t.to(gpu_));
        const Tensors expected = pointwise(program, std::span<const Tensor>(here));
        const Tensors actual = pointwise(program, std::span<const Tensor>(there));
        for (size_t j = 0; j < expected.size(); ++j) {
          const double tolerance = integers ? 0.0 : dtype == float32 ? 2e-6 : 1e-12;
          EXPECT_TRUE(near(actual[j], expected[j], tolerance))
              << name(dtype) << " " << info(program->code()[j].op).name;
        }
      }
    }
  }
}

TEST_P(OpenClPointwise, IntegersWrapAndDivideByZeroToZero) {
  constexpr int32_t kLowest = std::numeric_limits<int32_t>::min();
  const Tensor a = tensor({5, kLowest, kLowest, -7}).to(int32).to(gpu_);
  const Tensor b = tensor({0, -1, 1, 2}).to(int32).to(gpu_);
  PointwiseBuilder program("integers", 2);
  program.output(program.apply(Opcode::div, program.input(0), program.input(1)));
  program.output(program.apply(Opcode::sub, program.input(0), program.input(1)));
  program.rule(TypeRule::same);
  const Tensor inputs[] = {a, b};
  const Tensors results = pointwise(program.build(), inputs);
  EXPECT_EQ(results[0].to_vector<int32_t>(), (std::vector<int32_t>{0, kLowest, kLowest, -3}));
  EXPECT_EQ(results[1].to_vector<int32_t>(),
            (std::vector<int32_t>{5, kLowest + 1, std::numeric_limits<int32_t>::max(), -9}));
}

// A program of one's own is not looked at; the ops are, and leave what they would have changed.
TEST_P(OpenClPointwise, OpsThatDivideIntegersByZeroAreErrors) {
  Tensor a = tensor({5, 6}).to(int32).to(gpu_);
  const Tensor b = tensor({0, 2}).to(int32).to(gpu_);
  EXPECT_THROW(floor_divide(a, b), ValueError);
  EXPECT_THROW(remainder(7, b), ValueError);
  EXPECT_THROW(div(a, b, RoundingMode::trunc), ValueError);
  EXPECT_THROW(a.fmod_(b), ValueError);
  EXPECT_EQ(a.to_vector<int32_t>(), (std::vector<int32_t>{5, 6}));
  EXPECT_EQ(remainder(a, b + 1).to_vector<int32_t>(), (std::vector<int32_t>{0, 0}));
}

TEST_P(OpenClPointwise, UniformDrawsAreThoseOfTheCpuBitForBit) {
  for (const DType dtype : {float32, float64}) {
    Generator here(123);
    Generator there(123);
    for (const int64_t n : {1001, 7}) {
      const Tensor expected = rand({n}, {.dtype = dtype}, &here);
      const Tensor actual = rand({n}, {.dtype = dtype, .device = gpu_}, &there);
      EXPECT_EQ(actual.to_vector<double>(), expected.to_vector<double>()) << name(dtype);
    }
  }
}

TEST_P(OpenClPointwise, NormalDrawsAreThoseOfTheCpu) {
  for (const DType dtype : {float32, float64}) {
    Generator here(5);
    Generator there(5);
    const Tensor expected = randn({1003}, {.dtype = dtype}, &here);
    const Tensor actual = randn({1003}, {.dtype = dtype, .device = gpu_}, &there);
    EXPECT_TRUE(near(actual, expected, dtype == float32 ? 2e-6 : 1e-14)) << name(dtype);
  }
}

TEST_P(OpenClPointwise, ReadsBroadcastReversedAndSteppedOperands) {
  const Tensor base = arange(0, 2 * 3 * 40).to(float32).reshape({6, 40});
  const auto compute = [](const Tensor& x) {
    const Tensor reversed = x.slice(1, Slice(std::nullopt, std::nullopt, -1));
    const Tensor row = x.select(0, 1);
    const Tensor column = x.slice(1, Slice(3, 4));
    return (reversed + row) * column - x.slice(0, Slice(0, 6)).reshape({40, 6}).t();
  };
  EXPECT_EQ(compute(base.to(gpu_)).to_vector<float>(), compute(base).to_vector<float>());
}

TEST_P(OpenClPointwise, WritesInPlaceAndLeavesNeighboursAlone) {
  const Tensor x = zeros({50}, gpu_);
  x.slice(0, Slice(3, 40)).add_(2.0);
  const auto values = x.to_vector<float>();
  for (size_t i = 0; i < values.size(); ++i)
    EXPECT_EQ(values[i], i >= 3 && i < 40 ? 2.f : 0.f) << i;
}

using OpenClPrograms = CustomGpuTest;

TEST_F(OpenClPrograms, ConvertBetweenAllDtypesAsTheCpuDoes) {
  const ScopedEnvironment mode("CT_OPENCL_INTERPRET", "always");
  const DType all[] = {float32, float64, float16, bfloat16, int32,  int64, uint8,
                       bool_,   int8,    int16,   uint16,   uint32, uint64};
  const Tensor values = tensor({0., 1., 2., 100., 255., 256., 300., -1., -2., -129., 2.5, 0.25,
                                -0.75, 65504., 1e-7, 3.14159, 1000.1});
  for (const DType from : all) {
    for (const DType to : all) {
      const Tensor source = values.to(from);
      EXPECT_EQ(source.to(gpu_).to(to).to_vector<double>(), source.to(to).to_vector<double>())
          << name(from) << " to " << name(to);
    }
  }
}

TEST_F(OpenClPrograms, LargeCallsCoverEveryElement) {
  const int64_t n = (int64_t{9} << 20) + 5;
  const Tensor x = arange(0, n, 1, {.dtype = int32}).to(gpu_);
  const Tensor wrong = (x * 2 - x - x) != 0;
  EXPECT_EQ(wrong.sum().item<int64_t>(), 0);
  EXPECT_EQ(x.to(int64).sum().item<int64_t>(), n * (n - 1) / 2);
}

TEST_F(OpenClPrograms, NothingOfTheseFallsBackToTheHost) {
  const Tensor x = ones({33, 17}, gpu_);
  reset_fallbacks();
  (matmul(x, x.t()) + 1.0).mean().item<float>();
  for (const FallbackCount& count : fallbacks())
    EXPECT_NE(count.device, "custom_gpu") << count.family;
}

TEST_F(OpenClPrograms, AFailedBuildNamesProgramOptionsAndLog) {
  const Tensor x = ones({4}, gpu_);
  const test::ScratchFolder scratch;
  const std::string folder = scratch.path().string();
  std::filesystem::create_directories(folder + "/pointwise");
  std::ofstream(folder + "/pointwise/pointwise.cl") << "V op_copy(V a) { return not_there(a); }\n";
  const ScopedEnvironment kernels("CT_KERNEL_DIR", folder);
  const ScopedEnvironment mode("CT_OPENCL_INTERPRET", "never");
  PointwiseBuilder b("broken one", 1);
  b.output(b.apply(Opcode::tanh, b.input(0) * 123.25) + 0.75);
  const ProgramPtr program = b.build();
  const std::string message = message_of<BackendError>([&] { pointwise(program, {x}); });
  EXPECT_EQ(
      message.find("custom_gpu: building pointwise 'broken one' with \"-cl-std=CL1.2 -DT=float"),
      0U)
      << message;
  EXPECT_NE(message.find("not_there"), std::string::npos) << message;
}

}  // namespace
}  // namespace ct::test
