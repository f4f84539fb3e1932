// Random programs of 30 ops: float32 against a replay in float64, and gradients against
// differences.
//
// CT_TEST_SEED=s CT_TEST_PROGRAMS=n runs programs s … s + n - 1 instead; a failure prints its own.
// On custom_gpu every program is interpreted, and a few are built, at a second each.
#include "conformance/random_program.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "conformance/devices.hpp"
#include "support/scoped_environment.hpp"

namespace ct::test {
namespace {

constexpr int kSteps = 30;
constexpr int kBuilt = 10;

int64_t from_environment(const char* name, int64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoll(text);
}

/// How far float32 may be from float64 is measured: by as much as a replay is off that rounds each
/// step's result to float32 once, times this. A step is up to ten roundings (a sum, a matrix
/// product, a function of 4 ulp), which need not cancel as those of the replay may.
constexpr double kRoundings = 64;
/// And at least by a few roundings of 1, which is what the steps' inner results are like.
constexpr double kLeast = 16 * 0x1p-24;

class RandomProgramTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!device_available(GetParam())) GTEST_SKIP() << "DEVICE MISSING: " << GetParam();
    device_ = Device(GetParam());
  }
  /// Calls `check` for each program.
  template <class F>
  void for_programs(F&& check) const {
    const int64_t first = from_environment("CT_TEST_SEED", 1);
    const int64_t count = from_environment("CT_TEST_PROGRAMS", 100);
    const int64_t built = GetParam() == "custom_gpu" ? std::min<int64_t>(count, kBuilt) : 0;
    for (int64_t i = 0; i < count + built && !HasFailure(); ++i) {
      const ScopedEnvironment mode("CT_OPENCL_INTERPRET", i < count ? "always" : "never");
      const int64_t seed = first + (i < count ? i : i - count);
      const RandomProgram program(static_cast<uint64_t>(seed), kSteps);
      SCOPED_TRACE(fmt::format("CT_TEST_SEED={} CT_TEST_PROGRAMS=1{}\n{}", seed,
                               i < count ? "" : ", built", program.text()));
      check(program);
    }
  }
  Device device_;
};

TEST_P(RandomProgramTest, Float32AgreesWithItsFloat64Replay) {
  for_programs([&](const RandomProgram& program) {
    const Tensors doubles = program.inputs(float64, Device("cpu"));
    const Tensors exact = program.run(doubles);
    const Tensors rounded =
        program.run(doubles, [](const Tensor& x) { return x.to(float32).to(float64); });
    const Tensors actual = program.run(program.inputs(float32, device_));
    ASSERT_EQ(actual.size(), exact.size());
    for (size_t k = 0; k < exact.size(); ++k) {
      ASSERT_EQ(actual[k].shape(), exact[k].shape());
      EXPECT_EQ(actual[k].dtype(), float32);
      const auto a = actual[k].to_vector<double>();
      const auto e = exact[k].to_vector<double>();
      const auto r = rounded[k].to_vector<double>();
      double scale = 1;
      double off = 0;
      for (size_t i = 0; i < e.size(); ++i) {
        scale = std::max(scale, std::abs(e[i]));
        off = std::max(off, std::abs(r[i] - e[i]));
      }
      for (size_t i = 0; i < e.size(); ++i) {
        ASSERT_LE(std::abs(a[i] - e[i]), kRoundings * off + kLeast * scale)
            << "result " << k << ", element " << i << ": " << a[i] << ", in float64 " << e[i];
      }
    }
  });
}

TEST_P(RandomProgramTest, GradientsMatchDifferences) {
  for_programs([&](const RandomProgram& program) {
    const std::function<Tensors(const Tensors&)> run = [&](const Tensors& inputs) {
      return program.run(inputs);
    };
    EXPECT_TRUE(gradcheck(run, program.inputs(float64, device_, true), {.max_elements = 3}));
  });
}

INSTANTIATE_TEST_SUITE_P(Conformance, RandomProgramTest, ::testing::ValuesIn(conformance_devices()),
                         [](const ::testing::TestParamInfo<std::string>& p) {
                           std::string name = p.param;
                           for (char& c : name) {
                             if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
                           }
                           return name;
                         });

}  // namespace
}  // namespace ct::test
