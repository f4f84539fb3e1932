// Checked memory: a kernel that writes outside of its buffer is named; fresh memory is NaN.
#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>

#include "backend_opencl/custom_gpu.hpp"
#include "backend_opencl/device/discover.hpp"
#include "support/compare.hpp"
#include "support/scratch_folder.hpp"

namespace ct::test {
namespace {

using ::testing::HasSubstr;

class OpenClGuard : public CustomGpuTest {
 protected:
  void SetUp() override {
    CustomGpuTest::SetUp();
    if (!IsSkipped()) checked_ = Device(*opencl::discover().front().release());
  }
  /// kernels/reduce/arg_reduce.cl with another place to write its result to, for checked_.
  void write_indices_at(const std::string& offset) {
    std::ifstream good(std::string(CT_TEST_DATA) + "/../kernels/reduce/arg_reduce.cl");
    std::string text{std::istreambuf_iterator<char>(good), std::istreambuf_iterator<char>()};
    const std::string moved = std::regex_replace(text, std::regex(R"(indices\[([^\]]*)\] =)"),
                                                 "indices[$1" + offset + "] =");
    ASSERT_NE(moved, text);
    std::filesystem::create_directories(scratch_ / "reduce");
    std::ofstream(scratch_ / "reduce/arg_reduce.cl") << moved;
  }

  ScratchFolder scratch_;
  ScopedEnvironment on_{"CT_CHECK_MEMORY", "1"};
  ScopedEnvironment kernels_{"CT_KERNEL_DIR", scratch_.path().string()};
  Device checked_;  ///< a device of its own
};

TEST_F(OpenClGuard, FindsNothingWrongWithTheKernelsAsTheyAre) {
  manual_seed(1);
  nn::Linear model(5, 3);
  model.to(checked_);
  const Tensor x = rand({7, 5}, checked_);
  EXPECT_NO_THROW(
      cross_entropy(model(x), zeros({7}, {.dtype = int64, .device = checked_})).backward());
  EXPECT_TRUE(near(argmax(x, 1).to("cpu"), argmax(x.to("cpu"), 1), 0));
}

TEST_F(OpenClGuard, NamesAKernelThatWritesBehindItsBuffer) {
  write_indices_at(" + 1");
  const Tensor x = tensor({1.f, 5.f, 3.f}, {.device = checked_});
  EXPECT_EQ(
      message_of<BackendError>([&] { argmax(x, 0); }),
      "custom_gpu: arg_reduce of float32 wrote behind the end of a buffer of 8 bytes: at byte "
      "8");
  // Told once; what is there is as it was.
  EXPECT_EQ((x + 1).to_vector<float>(), (std::vector<float>{2, 6, 4}));
}

TEST_F(OpenClGuard, NamesAKernelThatWritesBeforeItsBuffer) {
  write_indices_at(" - 2");
  const Tensor x = tensor({1.f, 5.f, 3.f}, {.device = checked_});
  // The written byte that is nearest to the buffer.
  EXPECT_EQ(message_of<BackendError>([&] { argmax(x, 0); }),
            "custom_gpu: arg_reduce of float32 wrote before the start of a buffer of 8 bytes: at "
            "byte -9");
}

TEST_F(OpenClGuard, FreshMemoryIsNaN) {
  Backend& backend = checked_.backend();
  float values[4] = {};
  void* buffer = backend.allocate(sizeof values);
  backend.copy_to_host(values, buffer, 0, sizeof values);
  backend.deallocate(buffer, sizeof values);
  for (const float value : values) EXPECT_TRUE(std::isnan(value));
}

TEST_F(OpenClGuard, MemoryComesBackToThePool) {
  Backend& backend = checked_.backend();
  const size_t before = backend.memory_stats().in_use;
  void* buffer = backend.allocate(1000);
  EXPECT_GE(backend.memory_stats().in_use, before + 1000);
  backend.deallocate(buffer, 1000);
  EXPECT_EQ(backend.memory_stats().in_use, before);
}

TEST_F(OpenClGuard, AWrongWishIsAnError) {
  const ScopedEnvironment wrong("CT_CHECK_MEMORY", "yes");
  EXPECT_EQ(message_of<ValueError>(
                [&] { Device(*opencl::discover().front().release()).backend().allocate(4); }),
            "custom_gpu: CT_CHECK_MEMORY is 'yes'; it must be 0 or 1");
}

}  // namespace
}  // namespace ct::test
