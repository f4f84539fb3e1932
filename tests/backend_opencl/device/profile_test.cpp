// Profiles of the OpenCL device: kernels by its own clock, launches, host waits.
#include "customtensor/profile.hpp"

#include <gmock/gmock.h>

#include "backend_opencl/custom_gpu.hpp"

namespace ct::test {
namespace {

class OpenClProfile : public CustomGpuTest {
 protected:
  void SetUp() override {
    CustomGpuTest::SetUp();
    if (!IsSkipped() && memory_is_checked()) GTEST_SKIP() << "launches wait: CT_CHECK_MEMORY";
  }
};

TEST_F(OpenClProfile, MeasuresKernelsOnTheDevice) {
  const Tensor a = ones({200, 200}, gpu_);
  (matmul(a, a) + a).to_vector<float>();  // what it builds and uploads, it does here
  auto profiler = profile();
  for (int i = 0; i < 3; ++i) {
    const ProfiledStep step;
    (matmul(a, a) + a).to_vector<float>();
  }
  const Profile result = profiler.stop();
  ASSERT_EQ(result.devices.size(), 1U);
  EXPECT_EQ(result.devices[0].device, gpu_.name());
  EXPECT_TRUE(result.devices[0].measured);
  EXPECT_GE(result.devices[0].step_launches, 6U);
  EXPECT_EQ(result.devices[0].step_host_waits, 3U);
  EXPECT_EQ(result.devices[0].launches, result.devices[0].step_launches);
  double flops = 0;
  for (const ProfileRow& row : result.families) {
    if (row.family == "matmul") {
      flops = row.flops;
      EXPECT_GT(row.device_seconds, 0);
      EXPECT_GT(row.gigaflops_per_second(), 0);
    }
  }
  EXPECT_EQ(flops, 3 * 2 * 8e6);
  uint64_t reads = 0;
  for (const ProfileRow& row : result.kernels) {
    if (row.kernel == "read") {
      reads = row.calls;
      EXPECT_EQ(row.bytes, 3 * 160000);
    }
  }
  EXPECT_EQ(reads, 3U);
  for (const ProfileEvent& event : result.events) {
    EXPECT_GE(event.start, -1e-3);
    EXPECT_LE(event.start + event.seconds, result.seconds + 1e-3);
  }
}

TEST_F(OpenClProfile, LeavesResultsAndOrderAsTheyAre) {
  Tensor x = zeros({1000}, gpu_);
  for (int i = 0; i < 10; ++i) {
    auto profiler = profile();
    for (int k = 0; k < 5; ++k) x = x + 1;
    if (i % 2 == 0) profiler.stop();
  }
  EXPECT_EQ(x.sum().item<float>(), 50000.f);
}

TEST_F(OpenClProfile, AStepWithoutAReadWaitsForNothing) {
  const Tensor x = ones({100}, gpu_);
  (x * 2).sum();
  const uint64_t before = gpu_.backend().counts().host_waits;
  const uint64_t launches = gpu_.backend().counts().launches;
  (x * 2).sum();
  EXPECT_EQ(gpu_.backend().counts().host_waits, before);
  EXPECT_GT(gpu_.backend().counts().launches, launches);
}

}  // namespace
}  // namespace ct::test
