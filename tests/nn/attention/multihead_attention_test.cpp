// MultiheadAttention: values, gradients and names against PyTorch, what it refuses.
#include "customtensor/nn/attention/multihead_attention.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "conformance/devices.hpp"
#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"
#include "support/tolerance.hpp"

namespace ct::nn {
namespace {

using Json = nlohmann::json;
using test::message_of;

Tensor tensor_of(const Json& json, Device device) {
  const auto numbers = json["values"].get<std::vector<double>>();
  const Tensor t = tensor(std::span<const double>(numbers), {.dtype = float64, .device = device})
                       .reshape(Shape(json["shape"].get<std::vector<int64_t>>()));
  return json.value("bool", false) ? t > 0 : t;
}

class MultiheadAttentionOn : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!test::device_available(GetParam())) GTEST_SKIP() << "DEVICE MISSING: " << GetParam();
    device_ = Device(GetParam());
  }
  void compare(const Json& data, int64_t embed_dim, int64_t num_heads) const;
  Device device_;
};

void MultiheadAttentionOn::compare(const Json& data, int64_t embed_dim, int64_t num_heads) const {
  const auto of = [&](const Json& json) { return tensor_of(json, device_); };
  const Json& options = data["options"];
  MultiheadAttention layer(
      embed_dim, num_heads,
      {.bias = options.value("bias", true), .batch_first = options.value("batch_first", false)});
  layer.to(device_);
  layer.to(float64);
  StateDict state;
  for (const auto& [name, values] : data["state"].items()) state.insert(name, of(values));
  layer.load_state_dict(state);
  Tensors in;
  for (const Json& values : data["inputs"]) in.push_back(of(values).requires_grad_());
  AttentionMasks masks;
  for (const auto& [name, values] : data["masks"].items()) {
    (name == "attn_mask" ? masks.attn_mask : masks.key_padding_mask) = of(values);
  }
  const Tensor y = layer(in[0], in[in.size() > 1 ? 1 : 0], in[in.size() > 1 ? 2 : 0], masks);
  const Tensor cpu = y.to(Device("cpu"));
  EXPECT_EQ(y.shape(), Shape(data["output"]["shape"].get<std::vector<int64_t>>()));
  EXPECT_TRUE(test::near(cpu, data["output"]["values"].get<std::vector<double>>(), 1e-9));
  y.square().sum().backward();
  for (size_t i = 0; i < in.size(); ++i) {
    EXPECT_TRUE(test::near(in[i].grad(),
                           data["input_gradients"][i]["values"].get<std::vector<double>>(), 1e-9))
        << "input " << i;
  }
  const auto parameters = layer.named_parameters();
  EXPECT_EQ(parameters.size(), data["gradients"].size());
  for (const auto& [name, p] : parameters) {
    EXPECT_TRUE(
        test::near(p.grad(), data["gradients"][name]["values"].get<std::vector<double>>(), 1e-9))
        << name;
  }
}

// The file is made by reference/multihead_attention.py with PyTorch 1.13.1.
TEST_P(MultiheadAttentionOn, AgreesWithPyTorch) {
  std::ifstream in(std::string(CT_TEST_DATA) + "/reference/multihead_attention.json");
  ASSERT_TRUE(in);
  const Json all = Json::parse(in);
  ASSERT_FALSE(all["cases"].empty());
  for (size_t i = 0; i < all["cases"].size(); ++i) {
    SCOPED_TRACE("case " + std::to_string(i));
    compare(all["cases"][i], all["embed_dim"], all["num_heads"]);
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, MultiheadAttentionOn, ::testing::Values("cpu", "custom_gpu"),
                         [](const ::testing::TestParamInfo<std::string>& p) { return p.param; });

TEST(MultiheadAttention, CausalIsTheMaskOfLaterKeys) {
  manual_seed(1);
  MultiheadAttention layer(4, 2, {.batch_first = true});
  const Tensor x = randn({2, 3, 4});
  const Tensor later = ones({3, 3}).triu(1) > 0;
  const Tensor causal = layer(x, x, x, {.is_causal = true});
  EXPECT_TRUE(test::near(causal, layer(x, x, x, {.attn_mask = later}), test::kProduct32));
  const Tensor padding = tensor({0, 0, 1, 0, 0, 0}, {.dtype = bool_}).reshape({2, 3});
  EXPECT_TRUE(test::near(layer(x, x, x, {.key_padding_mask = padding, .is_causal = true}),
                         layer(x, x, x, {.attn_mask = later, .key_padding_mask = padding}),
                         test::kProduct32));
}

TEST(MultiheadAttention, BeginsAsPyTorchDoes) {
  manual_seed(1);
  const MultiheadAttention layer(48, 4);
  // sqrt(6 / (fan in + fan out)) with 48 and 144, and 1 / sqrt(48).
  EXPECT_LE(layer.in_proj_weight.abs().max().item<float>(), 0.17678F);
  EXPECT_GT(layer.in_proj_weight.abs().max().item<float>(), 0.176F);
  EXPECT_EQ(layer.in_proj_bias.abs().max().item<float>(), 0.0F);
  EXPECT_GT(layer.out_proj.weight.abs().max().item<float>(), 0.14F);
  EXPECT_EQ(layer.out_proj.bias.abs().max().item<float>(), 0.0F);
  for (const Tensor& p : layer.parameters()) EXPECT_TRUE(p.requires_grad());
}

TEST(MultiheadAttention, DropsWeightsOnlyWhileTraining) {
  manual_seed(1);
  MultiheadAttention layer(4, 2, {.dropout = 0.5});
  const Tensor x = randn({5, 1, 4});
  EXPECT_FALSE(test::near(layer(x), layer(x), 0));
  layer.eval();
  EXPECT_TRUE(test::near(layer(x), layer(x), 0));
}

TEST(MultiheadAttentionMessage, Heads) {
  EXPECT_EQ(message_of<ValueError>([] { MultiheadAttention(6, 4); }),
            "MultiheadAttention: num_heads must divide embed_dim: embed_dim 6, num_heads 4");
}
TEST(MultiheadAttentionMessage, Dropout) {
  EXPECT_EQ(message_of<ValueError>([] { MultiheadAttention(4, 2, {.dropout = -0.1}); }),
            "MultiheadAttention: dropout must be a probability in [0, 1]: -0.1");
}
TEST(MultiheadAttentionMessage, Inputs) {
  EXPECT_EQ(message_of<ShapeError>([] {
              MultiheadAttention(4, 2)(ones({3, 2, 4}), ones({3, 1, 4}), ones({3, 1, 4}));
            }),
            "MultiheadAttention: query (3, 2, 4), key (3, 1, 4) and value (3, 1, 4) do not fit: "
            "they must be (L, N, E), (S, N, E) and (S, N, E) with E = 4");
}
TEST(MultiheadAttentionMessage, Mask) {
  EXPECT_EQ(message_of<ShapeError>([] {
              const Tensor x = ones({3, 2, 4});
              MultiheadAttention(4, 2)(x, x, x, {.attn_mask = ones({3})});
            }),
            "MultiheadAttention: attn_mask (3) does not fit: it must be (3, 3) or (4, 3, 3)");
}
TEST(MultiheadAttentionMessage, Padding) {
  EXPECT_EQ(message_of<ShapeError>([] {
              const Tensor x = ones({3, 2, 4});
              MultiheadAttention(4, 2)(x, x, x, {.key_padding_mask = ones({3, 2})});
            }),
            "MultiheadAttention: key_padding_mask (3, 2) does not fit: it must be (2, 3)");
}

}  // namespace
}  // namespace ct::nn
