// Memory and discovery of the OpenCL device.
#include <algorithm>
#include <vector>

#include "backend_opencl/custom_gpu.hpp"
#include "support/compare.hpp"

namespace ct::test {
namespace {

using OpenClMemory = CustomGpuTest;

TEST_F(OpenClMemory, TheSourceMayChangeAfterCopyFromHost) {
  Backend& backend = gpu_.backend();
  std::vector<int> source(1000, 7);
  void* buffer = backend.allocate(4000);
  for (int round = 0; round < 50; ++round) {
    std::fill(source.begin(), source.end(), round);
    backend.copy_from_host(buffer, 0, source.data(), 4000);
    std::fill(source.begin(), source.end(), -1);
  }
  backend.copy_to_host(source.data(), buffer, 0, 4000);
  backend.deallocate(buffer, 4000);
  EXPECT_EQ(source, std::vector<int>(1000, 49));
}

/// Large ones go by a kernel on CPUs; NaN payloads and denormals keep their bits.
TEST_F(OpenClMemory, LargeCopiesKeepEveryBit) {
  for (const int64_t n : {int64_t{9} << 20, (int64_t{9} << 20) + 3}) {
    Generator generator(5);
    const Tensor bits = randint(0, 256, {4 * n}, {.dtype = uint8}, &generator);
    const Tensor copied = bits.to(gpu_).narrow(0, 4, 4 * n - 8).clone();
    EXPECT_TRUE(bool(all(copied.to("cpu") == bits.narrow(0, 4, 4 * n - 8)).item<bool>()));
  }
}

TEST_F(OpenClMemory, CopiesBetweenBuffersAtOffsets) {
  Backend& backend = gpu_.backend();
  const int source[] = {1, 2, 3, 4};
  int target[] = {0, 0};
  void* a = backend.allocate(16);
  void* b = backend.allocate(16);
  backend.copy_from_host(a, 0, source, 16);
  backend.copy(b, 8, a, 4, 8);
  backend.copy_to_host(target, b, 8, 8);
  backend.deallocate(a, 16);
  backend.deallocate(b, 16);
  EXPECT_EQ(target[0], 2);
  EXPECT_EQ(target[1], 3);
}

TEST_F(OpenClMemory, FreedBuffersAreUsedAgainAndTrimmed) {
  Backend& backend = gpu_.backend();
  backend.trim();
  const MemoryStats before = backend.memory_stats();
  void* a = backend.allocate(100000);
  backend.deallocate(a, 100000);
  void* b = backend.allocate(100000);
  EXPECT_EQ(backend.memory_stats().misses, before.misses + 1);
  backend.deallocate(b, 100000);
  EXPECT_GE(backend.memory_stats().cached, 100000U);
  backend.trim();
  EXPECT_EQ(backend.memory_stats().cached, 0U);
}

TEST_F(OpenClMemory, AHugeRequestIsOutOfMemoryAndTheDeviceGoesOn) {
  const std::string message =
      message_of<BackendError>([&] { gpu_.backend().allocate(size_t{1} << 50); });
  EXPECT_EQ(message.find("custom_gpu: out of memory: asked for 1125899906842624 bytes"), 0U)
      << message;
  EXPECT_EQ(ones({3}, gpu_).sum().item<float>(), 3.f);
}

TEST_F(OpenClMemory, DescribesTheDevice) {
  const std::string text = gpu_.backend().description();
  EXPECT_NE(text.find("OpenCL"), std::string::npos) << text;
  EXPECT_NE(text.find("GiB"), std::string::npos) << text;
}

TEST_F(OpenClMemory, TheDescriptionNamesWhatRunsOnTheHost) {
  const std::string text = gpu_.backend().description();
  reset_fallbacks();
  const Tensor x = tensor({3.f, 1.f, 2.f}, {.device = gpu_});
  cumsum(x, 0);
  sort(x, 0);
  for (const FallbackCount& count : fallbacks()) {
    EXPECT_NE(text.find(count.family), std::string::npos) << count.family << ": " << text;
  }
}

TEST(OpenClDiscovery, DISABLED_InnerWithoutADriver) {
  const std::string message = message_of<DeviceError>([] { Device("custom_gpu"); });
  EXPECT_NE(message.find("pocl-opencl-icd"), std::string::npos) << message;
  EXPECT_EQ(ones({2}).sum().item<float>(), 2.f);
}
TEST(OpenClDiscovery, WithoutADriverTheErrorSaysWhatToInstall) {
  EXPECT_EQ(run_again("OCL_ICD_VENDORS=/nowhere", "OpenClDiscovery.DISABLED_InnerWithoutADriver"),
            0);
}

TEST(OpenClDiscovery, DISABLED_InnerChoiceThatFitsNothing) {
  EXPECT_THROW(Device("custom_gpu"), DeviceError);
}
TEST(OpenClDiscovery, AChoiceThatFitsNothingLeavesNoDevice) {
  EXPECT_EQ(run_again("CT_OPENCL_DEVICE=no-such-device",
                      "OpenClDiscovery.DISABLED_InnerChoiceThatFitsNothing"),
            0);
}

}  // namespace
}  // namespace ct::test
