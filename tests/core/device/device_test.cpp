// Devices by strangers: registration, fall-backs that are counted, errors that name the devices.
#include "customtensor/device.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "customtensor/autograd.hpp"
#include "customtensor/backend.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"
#include "support/stranger_backend.hpp"

namespace ct {
namespace {

using test::message_of;
using ::testing::MatchesRegex;

/// Counts what reaches it, and has one kernel of its own.
class CountingBackend final : public Backend {
 public:
  std::string name() const override { return "counting"; }
  void* allocate(size_t bytes) override {
    ++live;
    return memory_.allocate(bytes);
  }
  void deallocate(void* buffer, size_t bytes) noexcept override {
    --live;
    memory_.deallocate(buffer, bytes);
  }
  void copy_from_host(void* b, size_t o, const void* s, size_t n) override {
    memory_.copy_from_host(b, o, s, n);
  }
  void copy_to_host(void* t, const void* b, size_t o, size_t n) override {
    memory_.copy_to_host(t, b, o, n);
  }
  void synchronize() override {}
  static inline int live = 0;

 private:
  test::StrangerBackend memory_;
};

Device counting() {
  static const Device device = register_backend(std::make_unique<CountingBackend>());
  return device;
}

TEST(Device, UnknownNamesListWhatThereIs) {
  EXPECT_THAT(message_of<DeviceError>([] { Device("warp"); }),
              MatchesRegex("Device: no device 'warp': there are: cpu.*; use one of these, or "
                           "register a backend"));
}

TEST(Device, NamesCompareByDevice) {
  EXPECT_EQ(Device("cpu"), Device());
  EXPECT_EQ(Device("cpu:0"), Device("cpu"));
  EXPECT_NE(counting(), Device("cpu"));
}

TEST(Device, SecondBackendOfANameGetsANumber) {
  const Device first = counting();
  const Device second = register_backend(std::make_unique<CountingBackend>());
  EXPECT_EQ(first.name(), "counting");
  EXPECT_EQ(second.name(), "counting:1");
  EXPECT_EQ(Device("counting:1"), second);
}

TEST(Device, BadBackendsAreRefused) {
  EXPECT_THROW(register_backend(nullptr), ValueError);
  EXPECT_THAT(message_of<BackendError>([] { load_backend("./no_such_library.so"); }),
              MatchesRegex("load_backend: cannot load './no_such_library.so': .*"));
}

TEST(Device, ALibraryOfAnotherAbiIsRefused) {
  EXPECT_EQ(message_of<BackendError>([] { load_backend(CT_REFUSING_BACKEND); }),
            fmt::format("load_backend: '{}' refused backend ABI {} of this library; rebuild it "
                        "against this version of CustomTensor",
                        CT_REFUSING_BACKEND, kBackendAbi));
}

TEST(Device, AMinimalBackendTrainsThroughCountedFallbacks) {
  reset_fallbacks();
  const Device d = counting();
  Tensor w = full({3, 2}, 0.5, {.device = d, .requires_grad = true});
  const Tensor x = tensor({{1.f, 2.f, 3.f}, {4.f, 5.f, 6.f}}, d);
  matmul(x, w).sum().backward();
  EXPECT_EQ(w.grad().device(), d);
  EXPECT_EQ(w.grad().to_vector<float>(), (std::vector<float>{5, 5, 7, 7, 9, 9}));
  bool matmul_counted = false;
  for (const FallbackCount& f : fallbacks()) {
    matmul_counted =
        matmul_counted || (f.device == "counting" && f.family == "matmul" && f.calls >= 2);
  }
  EXPECT_TRUE(matmul_counted);
}

TEST(Device, CpuNeverFallsBack) {
  reset_fallbacks();
  const Tensor x = rand({2, 3, 8, 8}, {.requires_grad = true});
  max_pool2d(conv2d(x, rand({4, 3, 3, 3})), 2).sum().backward();
  for (const FallbackCount& f : fallbacks()) EXPECT_NE(f.device, "cpu");
}

TEST(Device, BuffersAreGivenBack) {
  const Device d = counting();
  const int before = CountingBackend::live;
  {
    const Tensor a = ones({4}, d);
    const Tensor b = a + a;
    EXPECT_EQ(b.sum().item<float>(), 8.0f);
  }
  EXPECT_EQ(CountingBackend::live, before);
}

TEST(Device, OperandsOnDifferentDevicesAreReportedWithShapes) {
  const Tensor a = ones({2, 3});
  const Tensor b = ones({2, 3}, counting());
  EXPECT_EQ(message_of<DeviceError>([&] { a + b; }),
            "add: operands are on cpu (2, 3) and counting (2, 3); move one with .to(device)");
}

TEST(Device, CopiesCrossDevicesWithGradients) {
  Tensor a = tensor({1.f, 2.f}, {.requires_grad = true});
  const Tensor b = a.to(counting());
  (b * b).sum().backward();
  EXPECT_EQ(a.grad().device(), Device("cpu"));
  EXPECT_EQ(a.grad().to_vector<float>(), (std::vector<float>{2, 4}));
}

TEST(Device, DataOfADeviceTheHostCannotAddressIsAnError) {
  const Tensor a = ones({2}, counting());
  EXPECT_THROW(a.data<float>(), DeviceError);
}

TEST(Device, DefaultCanBeChanged) {
  set_default_device(counting());
  EXPECT_EQ(zeros({1}).device(), counting());
  set_default_device("cpu");
  EXPECT_EQ(zeros({1}).device(), Device("cpu"));
}

TEST(Device, AFamilyThatFindsNothingSaysWhatToInstall) {
  register_backend_family(
      "ghost", [] { return std::vector<std::unique_ptr<Backend>>(); }, "install the ghost driver");
  EXPECT_THAT(
      message_of<DeviceError>([] { Device("ghost"); }),
      MatchesRegex("Device: no device 'ghost': there are: cpu.*; install the ghost driver"));
}

}  // namespace
}  // namespace ct
