// The state of float16 and bfloat16 parameters is float32: squares of small gradients, and means to
// which a thousandth is added, need it.
#include <gtest/gtest.h>

#include "conformance/devices.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/optim.hpp"
#include "support/compare.hpp"

namespace ct::optim {
namespace {

bool is_state(const std::string& key) {
  return key.starts_with("state.0.") && !key.ends_with(".step");
}

class NarrowState : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!test::device_available(GetParam())) GTEST_SKIP() << "DEVICE MISSING: " << GetParam();
    device_ = Device(GetParam());
  }
  Tensor filled(const Shape& shape, double value, DType dtype = float16) const {
    return full(shape, value, {.dtype = dtype, .device = device_}).requires_grad_();
  }
  Device device_;
};

TEST_P(NarrowState, OptimizersKeepWhatIsTooSmallForTheParameter) {
  for (const DType dtype : {float16, bfloat16}) {
    const auto run = [&](auto&& make, DType type) -> double {
      Tensor p = filled({3}, 1, type);
      auto optimizer = make(Tensors{p});
      for (int step = 0; step < 20; ++step) {
        p.set_grad(full({3}, 1e-4, {.dtype = dtype, .device = device_}).to(type));
        optimizer.step();
      }
      for (const auto& [key, state] : optimizer.state_dict()) {
        if (is_state(key)) {
          EXPECT_EQ(state.dtype(), float32) << key;
        }
      }
      return 1.0 - p.index({0}).item<double>();
    };
    const auto check = [&](const char* what, auto&& make) {
      EXPECT_NEAR(run(make, dtype) / run(make, float32), 1.0, 0.25) << what << ' ' << name(dtype);
    };
    // Steps of about 1/16 each: what is measured is the state, not how the parameter is rounded.
    check("Adam", [](Tensors p) { return Adam(std::move(p), {.lr = 0.0625, .eps = 1e-8}); });
    check("AdamW", [](Tensors p) {
      return AdamW(std::move(p), {.lr = 0.0625, .eps = 1e-8, .weight_decay = 0});
    });
    check("RMSprop", [](Tensors p) { return RMSprop(std::move(p), {.lr = 0.03125}); });
    check("SGD", [](Tensors p) { return SGD(std::move(p), {.lr = 64, .momentum = 0.9}); });
  }
}

TEST_P(NarrowState, OptimizerStateOfAnotherTypeIsTaken) {
  Tensor p = filled({3}, 1);
  Adam optimizer({p});
  p.set_grad(full({3}, 0.5, {.dtype = float16, .device = device_}));
  optimizer.step();
  StateDict saved;  // as it was written when the state had the parameter's type
  for (const auto& [key, state] : optimizer.state_dict()) {
    saved.insert(key, is_state(key) ? state.to(float16) : state);
  }
  Adam other({p});
  other.load_state_dict(saved);
  const Tensor* loaded = other.state_dict().find("state.0.exp_avg");
  ASSERT_NE(loaded, nullptr);
  EXPECT_EQ(loaded->dtype(), float32);
  EXPECT_TRUE(test::near(*loaded, std::vector<double>(3, 0.05), 1e-3));
}

INSTANTIATE_TEST_SUITE_P(Devices, NarrowState, ::testing::Values("cpu", "custom_gpu"),
                         [](const auto& p) { return p.param; });

}  // namespace
}  // namespace ct::optim
