// Warming up the OpenCL device: kernels are built then, and not in the step after it.
#include "customtensor/train/warmup.hpp"

#include "backend_opencl/custom_gpu.hpp"
#include "backend_opencl/device/discover.hpp"
#include "support/scratch_folder.hpp"

namespace ct::test {
namespace {

class OpenClWarmup : public CustomGpuTest {
 protected:
  ScratchFolder scratch_;
  ScopedEnvironment cache_{"CT_CACHE_DIR", scratch_.path().string()};
};

TEST_F(OpenClWarmup, BuildsWhatAStepNeeds) {
  const Device fresh(*opencl::discover().front().release());  // devices are never destroyed
  nn::Linear model(3, 2);
  model.to(fresh);
  uint64_t builds = 0;
  const auto count = [&](const KernelBuild& build) { builds += build.done ? 1 : 0; };
  warmup(model, {4, 3}, count);
  EXPECT_GT(builds, 2U);
  builds = 0;
  warmup(model, {4, 3}, count);
  EXPECT_EQ(builds, 0U);
  auto before = on_kernel_build(count);
  model(ones({4, 3}, fresh)).mean().backward();
  on_kernel_build(before);
  // Not even a program that would be interpreted at first.
  EXPECT_LE(builds, 1U);  // `ones` alone
  fresh.backend().synchronize();
}

}  // namespace
}  // namespace ct::test
