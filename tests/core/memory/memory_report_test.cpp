// Who holds a device's memory: the report, the table at the end of an error, and a limit.
#include <gtest/gtest.h>

#include "conformance/devices.hpp"
#include "customtensor/customtensor.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;

constexpr int64_t kRows = 256, kColumns = 512;
constexpr int64_t kBytes = kRows * kColumns * 4;

class MemoryReportTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!test::device_available(GetParam())) GTEST_SKIP() << "DEVICE MISSING: " << GetParam();
    before_ = memory_report(device());
  }
  void TearDown() override {
    if (test::device_available(GetParam())) set_memory_limit(device(), 0);
  }
  Device device() const { return Device(GetParam()); }
  Tensor block() const { return zeros({kRows, kColumns}, device()); }
  MemoryReport now() const { return memory_report(device()); }

  MemoryReport before_;
};

TEST_P(MemoryReportTest, NamesParametersGradientsAndTheStateOfOptimizers) {
  Tensor w = block();
  EXPECT_EQ(now().parameters, before_.parameters);
  w.requires_grad_();
  EXPECT_EQ(now().parameters, before_.parameters + kBytes);
  (w * 2.0).sum().backward();
  EXPECT_EQ(now().gradients, before_.gradients + kBytes);
  {
    optim::Adam adam({w}, {});
    adam.step();
    EXPECT_EQ(now().optimizer, before_.optimizer + 2 * kBytes);
  }
  EXPECT_EQ(now().optimizer, before_.optimizer);
  w = Tensor();
  EXPECT_EQ(now().parameters, before_.parameters);
  EXPECT_EQ(now().gradients, before_.gradients);
}

TEST_P(MemoryReportTest, CountsWhatIsSavedForBackwardUntilBackward) {
  Tensor x = block();
  Tensor w = block();
  w.requires_grad_();
  Tensor y = exp(w * x);  // keeps x, and the result of exp
  EXPECT_EQ(now().saved, before_.saved + 2 * kBytes);
  y.sum().backward();
  EXPECT_EQ(now().saved, before_.saved);
}

TEST_P(MemoryReportTest, CountsATensorThatIsSavedTwiceOnce) {
  const Tensor x = block();
  Tensor w = block();
  w.requires_grad_();
  const Tensor y = w * x + w * x;
  EXPECT_EQ(now().saved, before_.saved + kBytes);
}

TEST_P(MemoryReportTest, AddsUpToWhatIsInUse) {
  const Tensor a = block();
  Tensor w = block();
  w.requires_grad_();
  const Tensor y = (w * a).exp();
  const MemoryReport r = now();
  EXPECT_EQ(r.in_use, r.parameters + r.gradients + r.optimizer + r.saved + r.other);
  EXPECT_GE(r.in_use, before_.in_use + 3 * kBytes);
  EXPECT_GE(r.peak, r.in_use);
  EXPECT_EQ(r.limit, 0);
}

TEST_P(MemoryReportTest, MarksStateOfRulesOfOnesOwn) {
  const Tensor state = block();
  mark_memory(state, MemoryKind::optimizer);
  mark_memory(state, MemoryKind::optimizer);
  EXPECT_EQ(now().optimizer, before_.optimizer + kBytes);
  EXPECT_EQ(message_of<ValueError>([&] { mark_memory(state, MemoryKind::saved); }),
            "mark_memory: what is saved for backward is the tape's to say: tensor (256, 512)");
}

TEST_P(MemoryReportTest, ALimitGivesTheErrorOfAFullDeviceAndItsReport) {
  Tensor w = block();
  w.requires_grad_();
  set_memory_limit(device(), now().in_use + 2 * kBytes);
  EXPECT_EQ(memory_limit(device()), now().limit);
  const std::string message = message_of<OutOfMemoryError>([&] {
    zeros({64, kColumns, kRows}, device());
  });
  EXPECT_NE(message.find("\nmemory of " + device().name()), std::string::npos) << message;
  EXPECT_NE(message.find("parameters"), std::string::npos) << message;
  EXPECT_NE(message.find("saved for backward"), std::string::npos) << message;
  EXPECT_NE(message.find("limit"), std::string::npos) << message;
  EXPECT_NO_THROW(block());
  set_memory_limit(device(), 0);
  EXPECT_NO_THROW(zeros({64, kColumns, kRows}, device()));
}

TEST_P(MemoryReportTest, TheCacheGoesBeforeARequestIsRefused) {
  { const Tensor large = zeros({8, kColumns, kRows}, device()); }
  set_memory_limit(device(), now().in_use + 12 * kBytes);
  EXPECT_NO_THROW(zeros({10, kColumns, kRows}, device()));
}

INSTANTIATE_TEST_SUITE_P(Devices, MemoryReportTest,
                         ::testing::Values(std::string("cpu"), std::string("custom_gpu")),
                         [](const auto& info) { return info.param; });

class Unlimited final : public Backend {
 public:
  std::string name() const override { return "unlimited"; }
  void* allocate(size_t bytes) override { return ::operator new(bytes); }
  void deallocate(void* buffer, size_t /*bytes*/) noexcept override { ::operator delete(buffer); }
  void copy_from_host(void* /*b*/, size_t /*o*/, const void* /*s*/, size_t /*n*/) override {}
  void copy_to_host(void* /*t*/, const void* /*b*/, size_t /*o*/, size_t /*n*/) override {}
  void synchronize() override {}
};

TEST(MemoryLimit, IsRefusedWhereItCannotBeKept) {
  EXPECT_EQ(message_of<ValueError>([] { set_memory_limit("cpu", -1); }),
            "set_memory_limit: the limit must not be negative: -1 bytes");
  const Device device = register_backend(std::make_unique<Unlimited>());
  EXPECT_EQ(message_of<BackendError>([&] { set_memory_limit(device, 5); }),
            "set_memory_limit: this device cannot limit its memory: unlimited, asked for 5 bytes");
}

}  // namespace
}  // namespace ct
