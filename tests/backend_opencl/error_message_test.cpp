// What the OpenCL device says of its settings and of calls that fail: whole messages. The faults
// are those of backend_opencl/runtime/fault.hpp, on devices of the tests' own.
#include <gmock/gmock.h>

#include <vector>

#include "backend_opencl/custom_gpu.hpp"
#include "backend_opencl/device/discover.hpp"
#include "backend_opencl/matmul/gemm.hpp"
#include "backend_opencl/runtime/fault.hpp"
#include "backend_opencl/source/binary_cache.hpp"
#include "support/compare.hpp"
#include "support/scratch_folder.hpp"

namespace ct::test {
namespace {

using opencl::inject_faults;
using ::testing::MatchesRegex;

TEST(OpenClSettingMessage, CacheSize) {
  const ScopedEnvironment setting("CT_CACHE_MB", "1 GB");
  EXPECT_EQ(message_of<ValueError>([] { opencl::BinaryCache::default_limit(); }),
            "custom_gpu: CT_CACHE_MB is '1 GB'; it must be a whole number of MiB, 0 for no cache");
}
TEST(OpenClSettingMessage, Products) {
  {
    const ScopedEnvironment setting("CT_OPENCL_GEMM", "clblast");
    EXPECT_EQ(message_of<ValueError>([] { opencl::forced_gemm(false); }),
              "custom_gpu: CT_OPENCL_GEMM is clblast, but the library was built without CLBlast; "
              "build it again where CLBlast is installed (libclblast-dev)");
    EXPECT_EQ(opencl::forced_gemm(true), opencl::GemmKernel::clblast);
  }
  const ScopedEnvironment setting("CT_OPENCL_GEMM", "own");
  EXPECT_EQ(opencl::forced_gemm(false), opencl::GemmKernel::own);
}
TEST(OpenClSettingMessage, Faults) {
  EXPECT_EQ(message_of<ValueError>([] { inject_faults("read:1:-5,rain"); }),
            "custom_gpu: 'rain' is no fault: write KIND:N:CODE, separated by commas, such as "
            "allocate:3:CL_OUT_OF_RESOURCES for the third; KIND is one of context, queue, "
            "allocate, window, program, build, kernel, argument, enqueue, write, read, map, unmap, "
            "copy, fill, finish, flush; CODE is the name or the number of one of OpenCL's errors");
}

class OpenClMessage : public CustomGpuTest {
 protected:
  void TearDown() override {
    inject_faults("");
    for (const Device& device : made_) {
      try {
        device.backend().synchronize();
      } catch (const Error&) {  // lost, or never to be used
      }
    }
  }
  /// With a context of its own, made when it is first used. Never destroyed, as devices are.
  Device new_device() {
    made_.emplace_back(*opencl::discover().front().release());
    return made_.back();
  }
  std::vector<Device> made_;

  ScopedEnvironment unchecked_{"CT_CHECK_MEMORY", "0"};  // whose own calls would be counted
};

TEST_F(OpenClMessage, Style) {
  const ScopedEnvironment setting("CT_OPENCL_STYLE", "tpu");
  EXPECT_EQ(message_of<ValueError>([] { opencl::discover(); }),
            "custom_gpu: CT_OPENCL_STYLE is 'tpu'; it must be cpu or gpu");
}

TEST_F(OpenClMessage, VectorBits) {
  const ScopedEnvironment setting("CT_OPENCL_VECTOR_BITS", "128");
  EXPECT_EQ(message_of<ValueError>([] { opencl::discover(); }),
            "custom_gpu: CT_OPENCL_VECTOR_BITS is '128'; it must be 256 or 512");
}

TEST_F(OpenClMessage, ProductsOfAMisnamedKind) {
  const Device device = new_device();
  const ScopedEnvironment setting("CT_OPENCL_GEMM", "blas");
  EXPECT_EQ(message_of<ValueError>([&] { ones({2}, device); }),
            "custom_gpu: CT_OPENCL_GEMM is 'blas'; it must be own or clblast");
}

TEST_F(OpenClMessage, FailedCalls) {
  const Tensor x = ones({6}, new_device());
  inject_faults("read:1:CL_INVALID_VALUE");
  EXPECT_EQ(message_of<BackendError>([&] { x.to_vector<float>(); }),
            "custom_gpu: clEnqueueReadBuffer failed: CL_INVALID_VALUE (-30): 24 bytes at 0");
  inject_faults("read:1:CL_MEM_OBJECT_ALLOCATION_FAILURE,read:2:CL_MEM_OBJECT_ALLOCATION_FAILURE");
  EXPECT_THAT(message_of<OutOfMemoryError>([&] { x.to_vector<float>(); }),
              MatchesRegex("custom_gpu: clEnqueueReadBuffer failed: "
                           "CL_MEM_OBJECT_ALLOCATION_FAILURE \\(-4\\): 24 bytes at 0; memory: .*"));
}

TEST_F(OpenClMessage, ALostDevice) {
  const Device lost = new_device();
  const Tensor x = ones({6}, lost);
  inject_faults("read:1:CL_OUT_OF_RESOURCES");
  EXPECT_THAT(
      message_of<DeviceLostError>([&] { x.to_vector<float>(); }),
      MatchesRegex("custom_gpu: the device was lost at clEnqueueReadBuffer: "
                   "CL_OUT_OF_RESOURCES \\(-5\\): 24 bytes at 0.* on .*: a kernel before it "
                   "crashed, or the driver was reset; other devices still work, restart "
                   "the process to use it again"));
  EXPECT_EQ(message_of<DeviceLostError>([&] { ones({2}, lost); }),
            "custom_gpu: the device was lost at clEnqueueReadBuffer; other devices still work, "
            "restart the process to use it again");
}

TEST_F(OpenClMessage, AFailedBuild) {
  const ScratchFolder scratch;
  const ScopedEnvironment cache("CT_CACHE_DIR", scratch.path().string());
  const Device device = new_device();
  const Tensor x = ones({3, 3}, device);
  inject_faults("build:1:CL_BUILD_PROGRAM_FAILURE");
  EXPECT_THAT(message_of<BackendError>([&] { softmax(x, 1); }),
              MatchesRegex("custom_gpu: building softmax.* with \"-cl-std=CL1.2 -DT=float .*\" "
                           "failed: CL_BUILD_PROGRAM_FAILURE \\(-11\\)\n.*"));
}

TEST_F(OpenClMessage, AnInstructionWithoutAMeaningInTheType) {
  PointwiseBuilder b("half", 1);
  b.rule(TypeRule::same);
  b.output(b.apply(Opcode::exp, b.input(0)));
  const Tensor x = zeros({4}, {.dtype = int32, .device = gpu_});
  EXPECT_EQ(message_of<BackendError>([&] { pointwise(b.build(), {x}); }),
            "custom_gpu: program 'half' cannot run in int32: 'exp' has no meaning there");
}

class OpenClBlastMessage : public OpenClMessage {
 protected:
  void SetUp() override {
    if (!opencl::has_clblast()) GTEST_SKIP() << "CLBLAST MISSING: the library was built without it";
    OpenClMessage::SetUp();
  }
};

TEST_F(OpenClBlastMessage, AFailedProduct) {
  const ScopedEnvironment setting("CT_OPENCL_GEMM", "clblast");
  const Device device = new_device();
  const Tensor a = ones({3, 2}, device).t(), b = ones({3, 5}, device);
  inject_faults("enqueue:1:CL_INVALID_KERNEL");
  EXPECT_EQ(message_of<BackendError>([&] { matmul(a, b); }),
            "custom_gpu: CLBlast's Gemm failed with CL_INVALID_KERNEL (-48): (2, 3) transposed @ "
            "(3, 5) of float32; CT_OPENCL_GEMM=own does without CLBlast");
}

TEST_F(OpenClBlastMessage, ADriverWithWrongProducts) {
  const Device device = new_device();
  ones({2}, device);
  inject_faults("enqueue:1:CL_INVALID_KERNEL,enqueue:2:CL_INVALID_KERNEL");
  EXPECT_THAT(message_of<BackendError>([&] { device.backend().tune([](std::string_view) {}); }),
              MatchesRegex("custom_gpu: neither of the two products of float32 \\(64, 64\\) @ "
                           "\\(64, 64\\) is right on .*; the driver \\(.* .*\\) is not to be "
                           "trusted"));
}

}  // namespace
}  // namespace ct::test
