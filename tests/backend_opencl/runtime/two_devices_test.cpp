// Two OpenCL devices in one process. PoCL shows the processor as two when it is asked to.
#include "backend_opencl/custom_gpu.hpp"
#include "customtensor/error.hpp"

namespace ct::test {
namespace {

using TwoOpenClDevices = CustomGpuTest;

TEST_F(TwoOpenClDevices, CopyAndComputeBesideEachOther) {
  if (gpu_.backend().description().find("Portable Computing Language") == std::string::npos) {
    GTEST_SKIP() << "DEVICE MISSING: PoCL, to have two devices";
  }
  EXPECT_EQ(run_again("POCL_DEVICES='pthread basic'", "*TwoOpenClDevices.DISABLED_*"), 0);
}

TEST_F(TwoOpenClDevices, DISABLED_InAProcessThatHasTwo) {
  const Device there("custom_gpu:1");
  const Tensor x = randn({37, 53}, {.device = gpu_});
  const Tensor view = x.t().slice(0, Slice(2, 50, 3));
  const Tensor y = view.to(there);
  EXPECT_EQ(y.device(), there);
  EXPECT_EQ(y.to_vector<float>(), view.to_vector<float>());
  EXPECT_EQ((y * 2).to(gpu_).to_vector<float>(), (view * 2).to_vector<float>());
  EXPECT_THROW(view + y, DeviceError);

  // A model in two parts.
  nn::Linear first(53, 8);
  nn::Linear second(8, 3);
  first.to(gpu_);
  second.to(there);
  const Tensor loss = second(relu(first(x)).to(there)).square().mean();
  loss.backward();
  EXPECT_EQ(first.weight.grad().device(), gpu_);
  EXPECT_EQ(second.weight.grad().device(), there);
  first.to(Device("cpu"));
  second.to(Device("cpu"));
  const Tensor gradient = first.weight.grad().clone();
  first.zero_grad();
  second(relu(first(x.to(Device("cpu"))))).square().mean().backward();
  const Tensor off = (first.weight.grad() - gradient).abs().amax();
  EXPECT_LE(off.item<float>(), 1e-6f);
}

}  // namespace
}  // namespace ct::test
