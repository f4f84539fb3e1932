// LoRA's layers against NumPy in float64, by the paper's formula: results and gradients, apart and
// merged. The file is made by reference/lora.py.
#include <gtest/gtest.h>

#include "conformance/devices.hpp"
#include "customtensor/autograd.hpp"
#include "customtensor/nn/adapt/lora.hpp"
#include "reference/json_data.hpp"

namespace ct::nn {
namespace {

using Json = nlohmann::json;
/// Ten decimals are stored, of numbers up to some hundred.
constexpr double kStored = 1e-9;

class LoraReference : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!test::device_available(GetParam())) GTEST_SKIP() << "DEVICE MISSING: " << GetParam();
    device_ = Device(GetParam());
    all_ = test::read_reference("lora");
  }
  template <class F>
  void run_all(const std::string& kind, const F& make);
  template <class M>
  void compare(const Json& data, M layer) const;

  Device device_;
  Json all_;
};

template <class M>
void LoraReference::compare(const Json& data, M layer) const {
  layer.to(device_);
  layer.to(float64);
  int number = 0;
  {
    const NoGradGuard off;
    for (Tensor& p : layer.parameters()) p.copy_(test::wave(number++, p.shape(), device_));
  }
  const Shape shape(data["in"].get<std::vector<int64_t>>());
  Tensor x;
  if (data.contains("index")) {
    const auto index = data["index"].get<std::vector<int64_t>>();
    x = tensor(std::span<const int64_t>(index), {.device = device_}).reshape(shape);
  } else {
    x = test::wave(number, shape, device_).requires_grad_();
  }
  const Tensor y = layer(x);
  EXPECT_TRUE(test::as_stored(y, data["output"], kStored));
  y.square().sum().backward();
  EXPECT_TRUE(test::as_stored(layer.lora_A.grad(), data["lora_A"], kStored));
  EXPECT_TRUE(test::as_stored(layer.lora_B.grad(), data["lora_B"], kStored));
  EXPECT_FALSE(layer.base.weight.grad().defined());
  if (data.contains("input_gradient")) {
    EXPECT_TRUE(test::as_stored(x.grad(), data["input_gradient"], kStored));
  }
  layer.merge();
  EXPECT_TRUE(test::as_stored(layer(x), data["output"], kStored)) << "merged";
}

template <class F>
void LoraReference::run_all(const std::string& kind, const F& make) {
  int count = 0;
  for (const Json& data : all_["cases"]) {
    if (data["kind"] != kind) continue;
    SCOPED_TRACE(kind + " " + std::to_string(count++));
    compare(data, make(data, LoRAOptions{.rank = data["rank"], .alpha = data["alpha"]}));
  }
  EXPECT_GT(count, 1);
}

TEST_P(LoraReference, LinearLayersAgree) {
  run_all("linear", [](const Json& data, const LoRAOptions& options) {
    return LoRALinear(Linear(data["in"].back(), data["out"], {.bias = data["bias"]}), options);
  });
}

TEST_P(LoraReference, ConvolutionsAgree) {
  run_all("conv", [](const Json& data, const LoRAOptions& options) {
    const auto of = [&](const char* name) { return data[name].get<int64_t>(); };
    return LoRAConv2d(Conv2d(data["in"][1], of("out"), of("kernel"),
                             {.stride = of("stride"),
                              .padding = of("padding"),
                              .dilation = of("dilation"),
                              .bias = data["bias"]}),
                      options);
  });
}

TEST_P(LoraReference, TablesAgree) {
  run_all("embedding", [](const Json& data, const LoRAOptions& options) {
    return LoRAEmbedding(Embedding(data["count"], data["dim"]), options);
  });
}

INSTANTIATE_TEST_SUITE_P(Devices, LoraReference, ::testing::Values("cpu", "custom_gpu"),
                         [](const auto& p) { return p.param; });

}  // namespace
}  // namespace ct::nn
