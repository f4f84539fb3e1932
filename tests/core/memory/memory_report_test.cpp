// Who holds a device's memory: the report, the table at the end of an error, and a limit.
#include <gtest/gtest.h>

#include <thread>

#include "conformance/devices.hpp"
#include "customtensor/customtensor.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;

constexpr int64_t kRows = 256, kColumns = 512;
constexpr int64_t kBytes = kRows * kColumns * 4;
constexpr int64_t kSide = 64, kSmall = kSide * kSide * 4;

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
  Tensor small() const { return ones({kSide, kSide}, device()); }
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
  EXPECT_GE(r.in_use, before_.in_use + 3 * kBytes);  // a, w and y
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

TEST_P(MemoryReportTest, ACheckpointSavesItsInputAlone) {
  const Tensor w = small().requires_grad_();
  const auto block = [&w](const Tensors& in) { return in[0].matmul(w).exp().sin().exp(); };
  const Tensor x = small().mul(0.01).requires_grad_().mul(1.0);
  const int64_t plain = [&] {
    const Tensor y = block({x});
    return (now().saved - before_.saved);
  }();
  EXPECT_GE(plain, 3 * kSmall);
  const Tensor y = autograd::checkpoint(block, {x});
  EXPECT_EQ((now().saved - before_.saved), kSmall);
  y.sum().backward();
  EXPECT_EQ((now().saved - before_.saved), 0);
}

TEST_P(MemoryReportTest, ManyThreadsSaveOneTensor) {
  const Tensor x = small();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const Tensor w = ones({1}, device()).requires_grad_();
      for (int k = 0; k < 50; ++k) {
        const Tensor y = x * w;
      }
    });
  }
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(now().saved, before_.saved);
}

TEST_P(MemoryReportTest, NewDataOfAParameterIsAParameter) {
  Tensor w = block().requires_grad_();
  w.set_data(zeros({kRows, kColumns}, device()));
  EXPECT_EQ(now().parameters - before_.parameters, kBytes);
}

TEST_P(MemoryReportTest, LoadingMovingAndClippingKeepTheirKinds) {
  {
    manual_seed(1);
    nn::Linear layer(kSide, kSide, {.bias = false});
    layer.to(device());
    EXPECT_EQ(now().parameters - before_.parameters, kSmall);
    optim::SGD optimizer(layer.parameters(), {.lr = 0.1, .momentum = 0.9});
    layer(small()).sum().backward();
    layer(small()).sum().backward();
    optim::clip_grad_norm_(optimizer.parameters(), 1.0);
    EXPECT_EQ(now().gradients - before_.gradients, kSmall);
    optimizer.step();
    EXPECT_EQ(now().optimizer - before_.optimizer, kSmall);
    optimizer.load_state_dict(optimizer.state_dict());
    EXPECT_EQ(now().optimizer - before_.optimizer, kSmall);
  }
  EXPECT_EQ(now().optimizer, before_.optimizer);
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
  Unlimited device;
  EXPECT_EQ(message_of<BackendError>([&] { device.set_memory_limit(5); }),
            "set_memory_limit: this device cannot limit its memory: unlimited, asked for 5 bytes");
}

TEST(MemoryReportTable, HasALineAKind) {
  const MemoryReport r{.device = "cpu",
                       .parameters = 4,
                       .gradients = 3,
                       .optimizer = 2,
                       .saved = 1,
                       .other = 5,
                       .in_use = 15,
                       .cached = 7,
                       .peak = 20,
                       .limit = 100};
  EXPECT_EQ(r.table(),
            "memory of cpu in bytes:\n"
            "  parameters                           4\n"
            "  gradients                            3\n"
            "  optimizer                            2\n"
            "  saved for backward                   1\n"
            "  other                                5\n"
            "  in use                              15\n"
            "  cached                               7\n"
            "  peak                                20\n"
            "  limit                              100\n");
}

TEST(MemoryReportTable, MetaCountsWhatTensorsWouldTake) {
  const Device meta("meta");
  const int64_t before = memory_report(meta).parameters;
  const Tensor w = zeros({1 << 20, 1 << 20}, meta).requires_grad_();
  EXPECT_EQ(memory_report(meta).parameters - before, int64_t{1} << 42);
}

}  // namespace
}  // namespace ct
