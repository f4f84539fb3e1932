// MultiheadAttention's options and transformer layers against PyTorch, and what they refuse.
#include "customtensor/nn/attention/transformer.hpp"

#include <gtest/gtest.h>

#include "conformance/devices.hpp"
#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/nn/summary.hpp"
#include "customtensor/ops/activation.hpp"
#include "reference/json_data.hpp"
#include "support/tolerance.hpp"

namespace ct::nn {
namespace {

using Json = nlohmann::json;
using test::message_of;
/// Seven decimals are stored.
constexpr double kStored = 1e-6;

class TransformerReference : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!test::device_available(GetParam())) GTEST_SKIP() << "DEVICE MISSING: " << GetParam();
    device_ = Device(GetParam());
    all_ = test::read_reference("transformer");
    ASSERT_FALSE(all_["cases"].empty());
  }
  void run_all(const std::string& kind);
  /// Sets the weights, runs and compares; `call(inputs)` gives all results.
  template <class M, class F>
  void compare(const Json& data, M& module, const F& call);
  /// Element i where (7 i + 3) % 5 < 2, but never a row's first key.
  Tensor left_out(const Shape& shape) const;
  AttentionMasks masks_of(const Json& data, int64_t batch, int64_t queries, int64_t keys) const;

  Device device_;
  Json all_;
};

Tensor TransformerReference::left_out(const Shape& shape) const {
  std::vector<int64_t> values(static_cast<size_t>(numel(shape)));
  for (size_t i = 0; i < values.size(); ++i) {
    const bool first = static_cast<int64_t>(i) % shape.back() == 0;
    values[i] = !first && (7 * i + 3) % 5 < 2 ? 1 : 0;
  }
  return tensor(std::span<const int64_t>(values), {.device = device_}).reshape(shape) > 0;
}

AttentionMasks TransformerReference::masks_of(const Json& data, int64_t batch, int64_t queries,
                                              int64_t keys) const {
  AttentionMasks masks;
  for (const std::string kind : data["masks"]) {
    if (kind == "bool") masks.attn_mask = left_out({queries, keys});
    if (kind == "float") {
      masks.attn_mask =
          test::wave(90, {batch * all_["heads"].get<int64_t>(), queries, keys}, device_);
    }
    if (kind == "padding") masks.key_padding_mask = left_out({batch, keys});
  }
  return masks;
}

template <class M, class F>
void TransformerReference::compare(const Json& data, M& module, const F& call) {
  module.to(device_);
  module.to(float64);
  int number = 0;
  {
    const NoGradGuard off;
    for (Tensor& p : module.parameters()) p.copy_(test::wave(number++, p.shape(), device_));
  }
  Tensors in;
  for (const Json& g : data["input_gradients"]) {
    const Shape shape(g["shape"].template get<std::vector<int64_t>>());
    in.push_back(test::wave(number++, shape, device_).requires_grad_());
  }
  const Tensors results = call(in);
  ASSERT_EQ(results.size(), data["outputs"].size());
  Tensor loss;
  for (size_t i = 0; i < results.size(); ++i) {
    EXPECT_TRUE(test::as_stored(results[i], data["outputs"][i], kStored)) << "result " << i;
    const Tensor sum = results[i].square().sum();
    loss = loss.defined() ? loss + sum : sum;
  }
  loss.backward();
  for (size_t i = 0; i < in.size(); ++i) {
    EXPECT_TRUE(test::as_stored(in[i].grad(), data["input_gradients"][i], kStored))
        << "input " << i;
  }
  const auto parameters = module.named_parameters();
  ASSERT_EQ(parameters.size(), data["gradients"].size());
  for (const auto& [name, p] : parameters) {
    ASSERT_TRUE(data["gradients"].contains(name)) << name;
    EXPECT_TRUE(test::as_stored(p.grad(), data["gradients"][name], kStored)) << name;
  }
}

void TransformerReference::run_all(const std::string& kind) {
  const int64_t embed = all_["embed"], heads = all_["heads"];
  int count = 0;
  for (size_t i = 0; i < all_["cases"].size(); ++i) {
    const Json& data = all_["cases"][i];
    if (data["kind"] != kind) continue;
    ++count;
    const Json& o = data["options"];
    SCOPED_TRACE(kind + " " + o.dump() + " case " + std::to_string(i));
    const bool bias = o.value("bias", true), first = o.value("batch_first", false);
    const auto length = [&](const Tensor& t) { return t.size(first ? 1 : 0); };
    const auto batch = [&](const Tensor& t) { return t.size(first ? 0 : 1); };
    const auto masks = [&](const Tensors& in, size_t keys) {
      return masks_of(data, batch(in[0]), length(in[0]), length(in[keys]));
    };
    if (kind == "attention") {
      MultiheadAttention layer(embed, heads, 0.0, bias, o["add_bias_kv"], o["add_zero_attn"],
                               o.value("kdim", 0), o.value("vdim", 0), first);
      compare(data, layer, [&](const Tensors& in) {
        const AttentionMasks m = masks(in, 1);
        const auto r = layer.with_weights(in[0], in[1], in[2], m, o["average"]);
        EXPECT_TRUE(test::near(layer(in[0], in[1], in[2], m), r.output, test::kProduct32));
        return Tensors{r.output, r.weights};
      });
      continue;
    }
    const bool uses_gelu = o.value("activation", std::string("relu")) == "gelu";
    const std::function<Tensor(const Tensor&)> activation =
        uses_gelu ? [](const Tensor& x) { return gelu(x); }
                  : std::function<Tensor(const Tensor&)>();
    const TransformerLayerOptions options{.dim_feedforward = o["dim_feedforward"],
                                          .dropout = 0.0,
                                          .activation = activation,
                                          .layer_norm_eps = o.value("layer_norm_eps", 1e-5),
                                          .batch_first = first,
                                          .norm_first = o.value("norm_first", false),
                                          .bias = bias};
    const auto memory_masks = [&](const Tensors& in) {
      AttentionMasks m;
      for (const std::string mask : data["masks"]) {
        if (mask == "memory") m.attn_mask = left_out({length(in[0]), length(in[1])});
      }
      return m;
    };
    const auto decode = [&](auto& layer) {
      compare(data, layer, [&](const Tensors& in) {
        return Tensors{layer(in[0], in[1], masks(in, 0), memory_masks(in))};
      });
    };
    const auto encode = [&](auto& layer) {
      compare(data, layer, [&](const Tensors& in) { return Tensors{layer(in[0], masks(in, 0))}; });
    };
    if (kind == "encoder_layer") {
      TransformerEncoderLayer layer(embed, heads, options);
      encode(layer);
    } else if (kind == "decoder_layer") {
      TransformerDecoderLayer layer(embed, heads, options);
      decode(layer);
    } else if (kind == "encoder") {
      TransformerEncoder layers({embed, heads, options}, 2, LayerNorm(embed));
      encode(layers);
    } else if (kind == "decoder") {
      TransformerDecoder layers({embed, heads, options}, 2, LayerNorm(embed));
      decode(layers);
    } else {
      Transformer model({.d_model = embed,
                         .nhead = heads,
                         .num_encoder_layers = o["num_encoder_layers"],
                         .num_decoder_layers = o["num_decoder_layers"],
                         .dim_feedforward = options.dim_feedforward,
                         .dropout = 0.0,
                         .batch_first = first,
                         .norm_first = options.norm_first,
                         .bias = bias});
      compare(data, model, [&](const Tensors& in) {
        const Tensor later = generate_square_subsequent_mask(length(in[1]), device_, float64);
        return Tensors{model(in[0], in[1], {.target = {.attn_mask = later}})};
      });
    }
  }
  EXPECT_GT(count, 0);
}

TEST_P(TransformerReference, AttentionAgrees) { run_all("attention"); }
TEST_P(TransformerReference, EncoderLayerAgrees) { run_all("encoder_layer"); }
TEST_P(TransformerReference, DecoderLayerAgrees) { run_all("decoder_layer"); }
TEST_P(TransformerReference, EncoderAgrees) { run_all("encoder"); }
TEST_P(TransformerReference, DecoderAgrees) { run_all("decoder"); }
TEST_P(TransformerReference, WholeAgrees) { run_all("transformer"); }

INSTANTIATE_TEST_SUITE_P(Devices, TransformerReference, ::testing::Values("cpu", "custom_gpu"),
                         [](const ::testing::TestParamInfo<std::string>& p) { return p.param; });

TEST(Transformer, LayersOfAStackAreCopiesOfTheirOwn) {
  manual_seed(1);
  TransformerEncoder layers({4, 2, {.dim_feedforward = 8}}, 2);
  const Tensor a = layers.layers[0].linear1.weight, b = layers.layers[1].linear1.weight;
  EXPECT_TRUE(test::near(a, b, 0));
  EXPECT_NE(a.impl(), b.impl());
}

TEST(Transformer, IsSummarised) {
  TransformerEncoder model({4, 2, {.dim_feedforward = 8}}, 2);
  EXPECT_EQ(summary(model, {3, 2, 4}).layers[0].output, (Shape{3, 2, 4}));
}

TEST(TransformerMessage, Layers) {
  EXPECT_EQ(message_of<ValueError>([] {
              TransformerEncoder({4, 2, {.dim_feedforward = 8}}, 0);
            }),
            "TransformerEncoder: there must be at least one layer: num_layers 0");
}
TEST(TransformerMessage, MaskSize) {
  EXPECT_EQ(message_of<ValueError>([] { generate_square_subsequent_mask(-1); }),
            "generate_square_subsequent_mask: the size must not be negative: -1");
}
TEST(MultiheadAttentionMessage, Features) {
  EXPECT_EQ(message_of<ValueError>([] { MultiheadAttention(4, 2, {.kdim = -1}); }),
            "MultiheadAttention: kdim and vdim must be at least 1, or 0 for embed_dim: -1 and 0");
  EXPECT_EQ(message_of<ShapeError>([] {
              const Tensor x = ones({3, 2, 4});
              MultiheadAttention(4, 2, {.kdim = 3})(x, x, x);
            }),
            "MultiheadAttention: query (3, 2, 4), key (3, 2, 4) and value (3, 2, 4) do not fit: "
            "they must be (L, N, E), (S, N, E) and (S, N, E) with E = 4, of key 3, of value 4");
}

}  // namespace
}  // namespace ct::nn
