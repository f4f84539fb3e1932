// What becomes of tensors, memory and the device when a driver's call fails. The faults are those
// of backend_opencl/runtime/fault.hpp, on devices of the tests' own, so that a lost one harms no
// other test.
#include "backend_opencl/runtime/fault.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <memory>
#include <ostream>

#include "backend_opencl/custom_gpu.hpp"
#include "backend_opencl/device/discover.hpp"
#include "backend_opencl/source/binary_cache.hpp"
#include "customtensor/train/models.hpp"
#include "support/compare.hpp"
#include "support/scratch_folder.hpp"

namespace ct::test {
namespace {

using opencl::inject_faults;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// The machine's first OpenCL device with a context of its own. Never destroyed, as devices are.
Device new_device() { return Device(*opencl::discover().front().release()); }

class OpenClFault : public CustomGpuTest {
 protected:
  void TearDown() override {
    inject_faults("");
    if (!IsSkipped()) device().backend().synchronize();
  }

  /// Most tests share one.
  static Device device() {
    static const Device shared = new_device();
    return shared;
  }
  ScopedEnvironment unchecked_{"CT_CHECK_MEMORY", "0"};  // whose own calls would be counted
  size_t in_use() { return device().backend().memory_stats().in_use; }
};

TEST_F(OpenClFault, AFailedAllocationIsMadeAgainAfterTrimming) {
  Backend& backend = device().backend();
  backend.deallocate(backend.allocate(5000), 5000);
  ASSERT_GT(backend.memory_stats().cached, 0U);
  inject_faults("allocate:1:CL_MEM_OBJECT_ALLOCATION_FAILURE");
  void* buffer = backend.allocate(50000);
  EXPECT_EQ(backend.memory_stats().cached, 0U);
  backend.deallocate(buffer, 50000);
}

TEST_F(OpenClFault, OutOfMemorySaysWhoHoldsItAndTheNextCallWorks) {
  const Tensor held = ones({1 << 20}, device());
  device().backend().trim();
  const size_t before = in_use();
  inject_faults(
      "allocate:1:CL_MEM_OBJECT_ALLOCATION_FAILURE,allocate:2:CL_MEM_OBJECT_ALLOCATION_FAILURE");
  const std::string message = message_of<OutOfMemoryError>([&] { zeros({1000, 1000}, device()); });
  EXPECT_THAT(message, StartsWith("custom_gpu: out of memory: asked for 4000000 bytes, in use "));
  EXPECT_THAT(message, HasSubstr(" (most in 1 block of 4194304), cached 0 of at most "));
  EXPECT_THAT(message, HasSubstr(" at most in one block; use smaller batches"));
  EXPECT_EQ(in_use(), before);
  EXPECT_EQ(zeros({1000, 1000}, device()).sum().item<float>(), 0.f);
  EXPECT_EQ(held.sum().item<float>(), 1 << 20);
}

TEST_F(OpenClFault, ABufferThatTheDriverPlacesLateIsTriedAgain) {
  const Tensor x = arange(0, 6, 1, device());
  inject_faults("enqueue:1:CL_MEM_OBJECT_ALLOCATION_FAILURE");
  EXPECT_EQ((x * 2).to_vector<float>(), (std::vector<float>{0, 2, 4, 6, 8, 10}));
  inject_faults(
      "enqueue:1:CL_MEM_OBJECT_ALLOCATION_FAILURE,enqueue:2:CL_MEM_OBJECT_ALLOCATION_FAILURE");
  EXPECT_THAT(message_of<OutOfMemoryError>([&] { x * 2; }), HasSubstr("; memory: in use "));
}

/// A call that fails, how it is met, and what the error says.
struct Failure {
  const char* fault;
  void (*use)(const Tensor&);
  std::string message;  ///< a part of it
  friend std::ostream& operator<<(std::ostream& out, const Failure& f) { return out << f.fault; }
};
void multiply(const Tensor& x) { static_cast<void>(x * 2); }
void read(const Tensor& x) { static_cast<void>(x.to_vector<float>()); }
void wait(const Tensor& x) { x.device().backend().synchronize(); }
void write(const Tensor& x) { static_cast<void>(tensor({1.f, 2.f}, {.device = x.device()})); }
void write_much(const Tensor& x) { static_cast<void>(zeros({2 << 20}).to(x.device())); }
void map(const Tensor& x) { static_cast<void>(linalg::inv(eye(2, x.device()))); }
void copy(const Tensor& x) { static_cast<void>(x.clone()); }

class OpenClFailure : public OpenClFault, public ::testing::WithParamInterface<Failure> {};

TEST_P(OpenClFailure, IsAnErrorThatLeavesTensorsAndMemoryAsTheyWere) {
  const Failure& failure = GetParam();
  const Tensor x = arange(0, 6, 1, device());
  failure.use(x);  // what it builds is built
  const size_t before = in_use();
  inject_faults(failure.fault);
  EXPECT_THAT(message_of<BackendError>([&] { failure.use(x); }),
              AllOf(StartsWith("custom_gpu: "), HasSubstr(failure.message)));
  EXPECT_EQ(in_use(), before);
  failure.use(x);
  EXPECT_EQ((x + 1).to_vector<float>(), (std::vector<float>{1, 2, 3, 4, 5, 6}));
}

INSTANTIATE_TEST_SUITE_P(
    Calls, OpenClFailure,
    ::testing::Values(
        Failure{"argument:1:CL_INVALID_ARG_SIZE", multiply,
                "clSetKernelArg failed: CL_INVALID_ARG_SIZE (-51): "},
        Failure{"argument:3:-9", multiply, "argument 2 of "},
        Failure{"enqueue:1:CL_OUT_OF_RESOURCES", multiply,
                "clEnqueueNDRangeKernel failed: CL_OUT_OF_RESOURCES (-5): "},
        Failure{"enqueue:1:CL_INVALID_WORK_GROUP_SIZE", multiply, "items by group: "},
        Failure{"enqueue:1:CL_INVALID_WORK_GROUP_SIZE", multiply, "built with \"-cl-std=CL1.2 "},
        Failure{"read:1:CL_INVALID_VALUE", read,
                "clEnqueueReadBuffer failed: CL_INVALID_VALUE (-30): 24 bytes at 0"},
        Failure{"map:1:CL_MAP_FAILURE", map,
                "clEnqueueMapBuffer failed: CL_MAP_FAILURE (-12): a buffer"},
        Failure{"unmap:1:CL_INVALID_VALUE", map,
                "clEnqueueUnmapMemObject failed: CL_INVALID_VALUE (-30): a buffer"},
        Failure{"write:1:CL_OUT_OF_HOST_MEMORY", write,
                "clEnqueueWriteBuffer failed: CL_OUT_OF_HOST_MEMORY (-6): 8 bytes at 0; memory: "},
        Failure{"write:1:CL_INVALID_VALUE", write_much, "8388608 bytes at 0"},
        Failure{"copy:1:CL_MEM_COPY_OVERLAP", copy,
                "clEnqueueCopyBuffer failed: CL_MEM_COPY_OVERLAP (-8): 48 bytes from 0 to 0"},
        Failure{"finish:1:CL_OUT_OF_HOST_MEMORY", wait,
                "clFinish failed: CL_OUT_OF_HOST_MEMORY (-6)"}));

/// One step, with all that it queues; whether it came through.
bool train_step(nn::Module& model, const Tensor& x, const Tensor& y) {
  optim::SGD optimizer(model.parameters(), {.lr = 0.01});
  try {
    cross_entropy(model.forward(x), y).backward();
    optimizer.step();
  } catch (const BackendError&) {
    optimizer.zero_grad();
    return false;
  }
  optimizer.zero_grad();
  return true;
}

TEST_F(OpenClFault, NothingOfATrainingStepLeaksWhicheverLaunchFails) {
  manual_seed(1);
  const auto model = train::make_classifier("mlp", {.channels = 1, .height = 4, .width = 4});
  model->to(device());
  const Tensor x = rand({4, 1, 4, 4}, device());
  const Tensor y = zeros({4}, {.dtype = int64, .device = device()});
  ASSERT_TRUE(train_step(*model, x, y));
  const size_t before = in_use();
  int launches = 0;
  bool done = false;
  while (!done && ++launches < 1000) {
    inject_faults("enqueue:" + std::to_string(launches) + ":CL_OUT_OF_RESOURCES");
    done = train_step(*model, x, y);
    ASSERT_EQ(in_use(), before) << "launch " << launches;
  }
  EXPECT_GT(launches, 10);
  EXPECT_TRUE(done);
}

class OpenClBuildFault : public OpenClFault {
 protected:
  float product(Device on) {
    return matmul(ones({3, 3}, on), ones({3, 3}, on)).sum().item<float>();
  }

  ScratchFolder scratch_;
  ScopedEnvironment cache_{"CT_CACHE_DIR", (scratch_ / "cache").string()};
};

TEST_F(OpenClBuildFault, NamesKernelAndOptionsAndTheNextCallBuilds) {
  const Device fresh = new_device();
  for (const char* fault : {"build:1:CL_BUILD_PROGRAM_FAILURE", "program:1:CL_OUT_OF_HOST_MEMORY",
                            "kernel:1:CL_INVALID_KERNEL_NAME"}) {
    const size_t before = fresh.backend().memory_stats().in_use;
    const Tensor x = ones({3, 3}, fresh);
    inject_faults(fault);
    EXPECT_THAT(message_of<BackendError>([&] { matmul(x, x); }), HasSubstr("matmul (multiply"))
        << fault;
    EXPECT_LE(fresh.backend().memory_stats().in_use, before + 64) << fault;
  }
  EXPECT_EQ(product(fresh), 27.f);
}

TEST_F(OpenClBuildFault, ABinaryThatTheDriverRefusesIsBuiltAgainSilently) {
  EXPECT_EQ(product(new_device()), 27.f);
  for (const char* fault : {"program:1:CL_INVALID_BINARY", "build:1:CL_BUILD_PROGRAM_FAILURE",
                            "kernel:1:CL_INVALID_KERNEL_NAME"}) {
    const Device fresh = new_device();
    const Tensor x = ones({3, 3}, fresh);
    inject_faults(fault);
    EXPECT_EQ(matmul(x, x).sum().item<float>(), 27.f) << fault;
    inject_faults("");
  }
}

TEST_F(OpenClBuildFault, ADamagedBinaryIsReplaced) {
  EXPECT_EQ(product(new_device()), 27.f);
  const std::string folder = (scratch_ / "cache" / "customtensor").string();
  const opencl::BinaryCache cache(folder, 1 << 30);
  std::vector<opencl::CacheKey> keys;
  const std::string garbage = "no binary of any driver";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().stem().string();
    if (entry.path().extension() != ".bin") continue;
    keys.push_back(
        {std::stoull(name.substr(0, 16), nullptr, 16), std::stoull(name.substr(16), nullptr, 16)});
    cache.store(keys.back(), garbage);
  }
  ASSERT_FALSE(keys.empty());
  EXPECT_EQ(product(new_device()), 27.f);
  size_t replaced = 0;
  for (const auto& key : keys) replaced += cache.load(key) != garbage ? 1 : 0;
  EXPECT_EQ(replaced, keys.size());
}

class OpenClLoss : public OpenClFault, public ::testing::WithParamInterface<Failure> {};

TEST_P(OpenClLoss, IsStickyAndHarmsNothingElse) {
  const Failure& failure = GetParam();
  const Device lost = new_device();
  {
    const Tensor x = arange(0, 6, 1, lost);
    failure.use(x);
    inject_faults(failure.fault);
    const std::string place = "custom_gpu: the device was lost at " + failure.message;
    const std::string advice = "; other devices still work, restart the process to use it again";
    EXPECT_THAT(message_of<DeviceLostError>([&] { failure.use(x); }),
                AllOf(StartsWith(place + ": "), HasSubstr("a kernel before it crashed"),
                      HasSubstr(advice)));
    inject_faults("");
    for (const auto use : {multiply, read, wait, write, write_much, copy}) {
      EXPECT_EQ(message_of<DeviceLostError>([&] { use(x); }), place + advice);
    }
    EXPECT_EQ(message_of<DeviceLostError>([&] { zeros({2}, lost); }), place + advice);
  }
  EXPECT_EQ(lost.backend().memory_stats().in_use, 0U);
  lost.backend().trim();
  EXPECT_EQ(ones({3}, device()).sum().item<float>(), 3.f);
  EXPECT_EQ(ones({3}).sum().item<float>(), 3.f);
}

INSTANTIATE_TEST_SUITE_P(
    Codes, OpenClLoss,
    ::testing::Values(Failure{"finish:1:CL_OUT_OF_RESOURCES", wait, "clFinish"},
                      Failure{"read:1:CL_OUT_OF_RESOURCES", read, "clEnqueueReadBuffer"},
                      Failure{"enqueue:1:CL_INVALID_COMMAND_QUEUE", multiply,
                              "clEnqueueNDRangeKernel"},
                      Failure{"write:1:CL_DEVICE_NOT_AVAILABLE", write, "clEnqueueWriteBuffer"},
                      Failure{"copy:1:-9999", copy, "clEnqueueCopyBuffer"}));

TEST_F(OpenClFault, AWrongSpecSaysTheSyntax) {
  for (const char* spec : {"allocate", "allocate:0:-5", "alocate:1:-5", "read:1:CL_NO_SUCH_CODE",
                           "read:x:-5", "read:1:5", "read:1:-5,,"}) {
    EXPECT_THAT(message_of<ValueError>([&] { inject_faults(spec); }),
                AllOf(HasSubstr("' is no fault: write KIND:N:CODE, separated by commas"),
                      HasSubstr("KIND is one of context, queue, allocate, window, ")))
        << spec;
  }
}

TEST(OpenClFaultInner, DISABLED_InnerWrongSpec) {
  EXPECT_THAT(message_of<ValueError>([] { zeros({2}, Device("custom_gpu")); }),
              StartsWith("custom_gpu: 'nonsense' is no fault"));
  EXPECT_EQ(ones({3}).sum().item<float>(), 3.f);
}
TEST(OpenClFaultInner, DISABLED_InnerNoContext) {
  const std::string message = message_of<BackendError>([] { zeros({2}, Device("custom_gpu")); });
  EXPECT_THAT(message, StartsWith("custom_gpu: clCreateContext failed: CL_DEVICE_NOT_AVAILABLE"));
  EXPECT_THAT(message, Not(HasSubstr("lost")));
  EXPECT_EQ(ones({3}, Device("custom_gpu")).sum().item<float>(), 3.f);  // a later one may have it
}
class OpenClFaultEnvironment : public CustomGpuTest {};
TEST_F(OpenClFaultEnvironment, IsReadWhenADeviceIsFirstUsed) {
  EXPECT_EQ(run_again("CT_OPENCL_FAULT=nonsense", "*.DISABLED_InnerWrongSpec"), 0);
  EXPECT_EQ(
      run_again("CT_OPENCL_FAULT=context:1:CL_DEVICE_NOT_AVAILABLE", "*.DISABLED_InnerNoContext"),
      0);
}

}  // namespace
}  // namespace ct::test
