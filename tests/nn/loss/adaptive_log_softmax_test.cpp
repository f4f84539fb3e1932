// AdaptiveLogSoftmaxWithLoss: results, gradients and names against PyTorch, on meta, and what it
// refuses.
#include "customtensor/nn/loss/adaptive_log_softmax.hpp"

#include <gtest/gtest.h>

#include "conformance/devices.hpp"
#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "reference/json_data.hpp"
#include "support/compare.hpp"

namespace ct::nn {
namespace {

using Json = nlohmann::json;
using test::message_of;
/// Ten decimals are stored.
constexpr double kStored = 1e-9;

class AdaptiveLogSoftmaxOn : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!test::device_available(GetParam())) GTEST_SKIP() << "DEVICE MISSING: " << GetParam();
    device_ = Device(GetParam());
  }
  Tensor targets_of(const Json& json) const {
    if (json.is_number()) return tensor(json.get<int64_t>(), device_);
    const auto numbers = json.get<std::vector<int64_t>>();
    return tensor(std::span<const int64_t>(numbers), {.device = device_});
  }
  void compare(const Json& data) const;
  Device device_;
};

void AdaptiveLogSoftmaxOn::compare(const Json& data) const {
  const Json& options = data["options"];
  AdaptiveLogSoftmaxWithLoss layer(data["in"], data["classes"],
                                   data["cutoffs"].get<std::vector<int64_t>>(),
                                   {.div_value = options.value("div_value", 4.0),
                                    .head_bias = options.value("head_bias", false)});
  layer.to(device_);
  layer.to(float64);
  int number = 0;
  {
    const NoGradGuard off;
    for (Tensor& p : layer.parameters()) p.copy_(test::wave(number++, p.shape(), device_) * 3);
  }
  const Tensor targets = targets_of(data["targets"]);
  Shape shape = targets.shape();
  shape.push_back(data["in"]);
  const Tensor x = test::wave(number, shape, device_).requires_grad_();
  const auto [output, loss] = layer(x, targets);
  EXPECT_TRUE(test::as_stored(output, data["output"], kStored));
  EXPECT_TRUE(test::as_stored(loss, data["loss"], kStored));
  Tensor total = loss + output.square().sum();
  if (targets.dim() == 1) {
    const Tensor every = layer.log_prob(x);
    EXPECT_TRUE(test::as_stored(every, data["log_prob"], kStored));
    total = total + every.square().sum() / 10;
    EXPECT_EQ(layer.predict(x).to_vector<int64_t>(), data["predict"].get<std::vector<int64_t>>());
  }
  total.backward();
  EXPECT_TRUE(test::as_stored(x.grad(), data["input_gradient"], kStored));
  const auto parameters = layer.named_parameters();
  ASSERT_EQ(parameters.size(), data["gradients"].size());
  for (const auto& [name, p] : parameters) {
    ASSERT_TRUE(data["gradients"].contains(name)) << name;
    EXPECT_TRUE(test::as_stored(p.grad(), data["gradients"][name], kStored)) << name;
  }
}

// The file is made by reference/adaptive_log_softmax.py with PyTorch 2.13.
TEST_P(AdaptiveLogSoftmaxOn, AgreesWithPyTorch) {
  const Json all = test::read_reference("adaptive_log_softmax");
  ASSERT_FALSE(all["cases"].empty());
  for (size_t i = 0; i < all["cases"].size(); ++i) {
    SCOPED_TRACE("case " + std::to_string(i));
    compare(all["cases"][i]);
  }
}

TEST_P(AdaptiveLogSoftmaxOn, HasGradientsOfGradients) {
  manual_seed(3);
  AdaptiveLogSoftmaxWithLoss layer(4, 6, {2, 4}, 1.5, true);
  layer.to(device_);
  layer.to(float64);
  const Tensor targets = targets_of(Json{5, 0, 3});
  const Tensors x = {test::wave(1, {3, 4}, device_).requires_grad_()};
  const auto f = [&](const Tensors& in) { return layer(in[0], targets).loss; };
  EXPECT_TRUE(gradcheck(f, x));
  EXPECT_TRUE(gradgradcheck(f, x));
}

TEST_P(AdaptiveLogSoftmaxOn, TakesNarrowTypes) {
  manual_seed(3);
  AdaptiveLogSoftmaxWithLoss layer(8, 12, {3, 6}, 2.0);
  layer.to(device_);
  const Tensor x = randn({5, 8}, device_), targets = targets_of(Json{11, 0, 3, 6, 2});
  const Tensor expected = layer(x, targets).loss;
  layer.to(bfloat16);
  const auto narrow = layer(x.to(bfloat16), targets);
  EXPECT_EQ(narrow.output.dtype(), bfloat16);
  EXPECT_NEAR(narrow.loss.to(float32).item<float>(), expected.item<float>(), 0.05);
}

INSTANTIATE_TEST_SUITE_P(Devices, AdaptiveLogSoftmaxOn, ::testing::Values("cpu", "custom_gpu"),
                         [](const auto& p) { return p.param; });

TEST(AdaptiveLogSoftmax, WorksOnMeta) {
  AdaptiveLogSoftmaxWithLoss layer(8, 12, {3, 6}, 2.0);
  layer.to(Device("meta"));
  const Tensor x = empty({5, 8}, Device("meta"));
  const auto [output, loss] = layer(x, empty({5}, {.dtype = int64, .device = Device("meta")}));
  EXPECT_EQ(output.shape(), (Shape{5}));
  EXPECT_EQ(layer.log_prob(x).shape(), (Shape{5, 12}));
  EXPECT_EQ(layer.predict(x).shape(), (Shape{5}));
  loss.backward();
  for (const Tensor& p : layer.parameters()) EXPECT_EQ(p.grad().shape(), p.shape());
}

TEST(AdaptiveLogSoftmax, SumsToOneAndPredictsTheLikeliest) {
  manual_seed(5);
  AdaptiveLogSoftmaxWithLoss layer(8, 20, {2, 9}, 2.0);
  const Tensor every = layer.log_prob(randn({30, 8}) * 4);
  EXPECT_TRUE(test::near(every.exp().sum({1}), std::vector<double>(30, 1.0), 1e-5));
  const Tensor x = randn({30, 8}) * 4;
  EXPECT_EQ(layer.predict(x).to_vector<int64_t>(),
            layer.log_prob(x).argmax(1).to_vector<int64_t>());
}

TEST(AdaptiveLogSoftmax, RefusesWhatItCannotBeMadeOf) {
  const auto of = [](int64_t in, int64_t classes, const std::vector<int64_t>& cutoffs, double div) {
    return message_of<ValueError>([&] { AdaptiveLogSoftmaxWithLoss(in, classes, cutoffs, div); });
  };
  EXPECT_EQ(
      of(8, 12, {3, 12}, 4),
      "AdaptiveLogSoftmaxWithLoss: cutoffs must ascend within 1 ... n_classes - 1, and be one "
      "at least: (3, 12), n_classes 12");
  const std::string ascend = "cutoffs must ascend";
  for (const std::vector<int64_t>& wrong :
       {std::vector<int64_t>{}, {0, 3}, {3, 3}, {4, 3}, {-1, 3}, {20}}) {
    EXPECT_NE(of(8, 12, wrong, 4).find(ascend), std::string::npos);
  }
  EXPECT_EQ(of(8, 12, {3, 6}, 4),
            "AdaptiveLogSoftmaxWithLoss: in_features / div_value^clusters must be 1 at least, and "
            "div_value above 0: in_features 8, div_value 4, clusters 2");
  EXPECT_NE(of(8, 12, {3, 6}, 0).find("div_value 0"), std::string::npos);
  EXPECT_NE(of(8, 12, {3, 6}, -4).find("div_value -4"), std::string::npos);
  EXPECT_NE(of(0, 12, {3, 6}, 4).find("in_features 0"), std::string::npos);
}

TEST(AdaptiveLogSoftmax, RefusesWhatItCannotBeCalledWith) {
  AdaptiveLogSoftmaxWithLoss layer(8, 12, {3, 6}, 2.0);
  const Tensor x = ones({2, 8});
  EXPECT_EQ(message_of<ShapeError>([&] {
              layer(x, tensor({1, 2, 3}));
            }),
            "AdaptiveLogSoftmaxWithLoss: x must be (n, 8) and targets (n), or (8) and (): (2, 8) "
            "and (3)");
  EXPECT_NE(message_of<ShapeError>([&] {
              layer(ones({2, 7}), tensor({1, 2}));
            }).find("(2, 7)"),
            std::string::npos);
  EXPECT_NE(message_of<ShapeError>([&] { layer(x, tensor(1)); }).find("and ()"), std::string::npos);
  EXPECT_EQ(message_of<DTypeError>([&] {
              layer(x, tensor({1.F, 2.F}));
            }),
            "AdaptiveLogSoftmaxWithLoss: targets must be int64: float32");
  EXPECT_EQ(message_of<DeviceError>(
                [&] { layer(x, empty({2}, {.dtype = int64, .device = Device("meta")})); }),
            "AdaptiveLogSoftmaxWithLoss: x is on cpu and targets on meta; move one with "
            ".to(device)");
  EXPECT_EQ(message_of<IndexError>([&] {
              layer(x, tensor({1, 12}));
            }),
            "AdaptiveLogSoftmaxWithLoss: target 1 is 12: it must be in [0, 11]");
  EXPECT_NE(message_of<IndexError>([&] {
              layer(x, tensor({-1, 2}));
            }).find("target 0 is -1"),
            std::string::npos);
  EXPECT_EQ(message_of<ShapeError>([&] { layer.log_prob(ones({8})); }),
            "AdaptiveLogSoftmaxWithLoss.log_prob: x must be (n, 8): (8)");
  EXPECT_EQ(message_of<ShapeError>([&] {
              layer.predict(ones({2, 7}));
            }),
            "AdaptiveLogSoftmaxWithLoss.predict: x must be (n, 8): (2, 7)");
}

}  // namespace
}  // namespace ct::nn
