// Attention beyond the conformance suite's small shapes: several blocks, rows without keys,
// dropout, memory, and what it refuses.
#include <gtest/gtest.h>

#include <cmath>

#include "conformance/devices.hpp"
#include "customtensor/autograd.hpp"
#include "customtensor/backend.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"
#include "support/tolerance.hpp"

namespace ct {
namespace {

using test::message_of;

Tensor composed(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask = Tensor()) {
  Tensor scores = matmul(q, k.transpose(-2, -1)) / std::sqrt(static_cast<double>(q.size(-1)));
  if (mask.defined()) scores = where(mask, scores, -INFINITY);
  return matmul(softmax(scores, -1), v);
}

class Attention : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!test::device_available(GetParam())) GTEST_SKIP() << "DEVICE MISSING: " << GetParam();
    device_ = Device(GetParam());
  }
  /// Numbers in [-1, 1), the same on every device.
  Tensor numbers(const Shape& shape, uint64_t seed, bool requires_grad = false) const {
    Generator generator(seed);
    const Tensor t = (rand(shape, {}, &generator) * 2 - 1).to(device_);
    return requires_grad ? t.detach().requires_grad_() : t;
  }
  Device device_;
};

// More scores than a block has: rows of one item are split (the last piece is short), or items, or
// the items of an inner axis.
const Shape kBatches[] = {{}, {2}, {5, 3}, {2, 12}};
const int64_t kQueries[] = {1100, 1060, 420, 330};

TEST_P(Attention, BlocksMakeTheWholeResult) {
  for (size_t i = 0; i < 4; ++i) {
    Shape shape = kBatches[i];
    shape.push_back(kQueries[i]);
    shape.push_back(3);
    const Tensor q = numbers(shape, 1), k = numbers(shape, 2), v = numbers(shape, 3);
    EXPECT_TRUE(test::near(scaled_dot_product_attention(q, k, v), composed(q, k, v).to(float64),
                           test::kProduct32))
        << shape;
  }
}

TEST_P(Attention, GroupedQueriesAreThoseOfRepeatedKeys) {
  const Tensor q = numbers({2, 6, 5, 3}, 1), k = numbers({2, 2, 4, 3}, 2),
               v = numbers({2, 2, 4, 3}, 3);
  const Tensor grouped = scaled_dot_product_attention(q, k, v, {.enable_gqa = true});
  const Tensor all = composed(q, repeat_interleave(k, 3, 1), repeat_interleave(v, 3, 1));
  EXPECT_TRUE(test::near(grouped, all.to(float64), test::kProduct32));
}

TEST_P(Attention, CappedBlocksAreTheComposedForm) {
  Tensor q = numbers({1100, 3}, 1), k = numbers({1100, 3}, 2), v = numbers({1100, 3}, 3);
  const AttentionOptions options{.is_causal = true, .scale = 3.0, .softcap = 1.25};
  const Tensor blocks = scaled_dot_product_attention(q, k, v, options);
  const auto whole = scaled_dot_product_attention_with_scores(q, k, v, options);
  EXPECT_TRUE(test::near(blocks, whole.output.to(float64), test::kProduct32));
  EXPECT_TRUE(test::near(whole.scores.sum({-1}), ones({1100}), test::kProduct32));
  q.requires_grad_();
  EXPECT_TRUE(test::near(scaled_dot_product_attention(q, k, v, options), blocks.to(float64),
                         test::kProduct32));
}

TEST_P(Attention, BlocksOfACausalMaskMakeTheWholeResult) {
  for (const int64_t keys : {1000, 1300}) {
    const Tensor q = numbers({1200, 3}, 1), k = numbers({keys, 3}, 2), v = numbers({keys, 3}, 3);
    const Tensor mask = ones({1200, keys}, {.device = device_}).tril() > 0;
    const Tensor expected = composed(q, k, v, mask).to(float64);
    EXPECT_TRUE(test::near(scaled_dot_product_attention(q, k, v, {.is_causal = true}), expected,
                           test::kProduct32));
    EXPECT_TRUE(test::near(scaled_dot_product_attention(q, k, v, {.attn_mask = mask}), expected,
                           test::kProduct32));
  }
}

TEST_P(Attention, BlocksMakeTheWholeGradient) {
  for (size_t i = 0; i < 4; ++i) {
    Shape shape = kBatches[i];
    shape.push_back(kQueries[i]);
    shape.push_back(3);
    const Tensors in{numbers(shape, 1, true), numbers(shape, 2, true), numbers(shape, 3, true)};
    const Tensor g = numbers(shape, 4);
    const Tensors actual =
        grad({scaled_dot_product_attention(in[0], in[1], in[2])}, in, {.gradients = {g}});
    const Tensors expected = grad({composed(in[0], in[1], in[2])}, in, {.gradients = {g}});
    for (size_t k = 0; k < 3; ++k) {
      EXPECT_TRUE(test::near(actual[k], expected[k].to(float64), test::kGradient32))
          << shape << " input " << k;
    }
  }
}

TEST_P(Attention, OneInputsGradientAloneIsTheSame) {
  for (size_t wanted = 0; wanted < 4; ++wanted) {
    Tensors in{numbers({2, 4, 6}, 1), numbers({2, 5, 6}, 2), numbers({2, 5, 3}, 3),
               numbers({4, 5}, 4)};
    const auto run = [&] {
      return scaled_dot_product_attention(in[0], in[1], in[2], {.attn_mask = in[3]}).square().sum();
    };
    in[wanted].requires_grad_();
    const Tensor alone = grad({run()}, {in[wanted]})[0];
    for (Tensor& t : in) t.requires_grad_();
    EXPECT_TRUE(test::near(alone, grad({run()}, in)[wanted].to(float64), test::kGradient32))
        << wanted;
  }
}

TEST_P(Attention, AQueryWithoutKeysGivesZerosAndAddsNothingToGradients) {
  const Tensor rows = tensor({1, 0, 1}, {.dtype = bool_, .device = device_}).unsqueeze(1);
  const Tensor added = where(rows, tensor(0.0F, {.device = device_}), -INFINITY).expand({3, 5});
  for (const Tensor& mask : {rows, added}) {
    for (const double dropout_p : {0.0, 0.5}) {
      for (const bool create_graph : {false, true}) {
        const Tensors in{numbers({3, 4}, 1, true), numbers({5, 4}, 2, true),
                         numbers({5, 2}, 3, true)};
        const auto run = [&](const Tensor& query, const Tensor& given) {
          Generator generator(7);
          return scaled_dot_product_attention(
              query, in[1], in[2],
              {.attn_mask = given, .dropout_p = dropout_p, .generator = &generator});
        };
        const Tensor y = run(in[0], mask);
        EXPECT_TRUE(test::near(y.select(0, 1), {0, 0}, 0));
        const Tensors g = grad({y.square().sum()}, in, {.create_graph = create_graph});
        EXPECT_TRUE(test::near(g[0].select(0, 1), {0, 0, 0, 0}, 0));
        for (const Tensor& t : g) EXPECT_TRUE(isfinite(t).all().item<bool>());
        if (!create_graph) continue;
        for (const Tensor& t : grad({g[0].sum() + g[1].sum()}, in)) {
          EXPECT_TRUE(isfinite(t).all().item<bool>());
        }
      }
    }
  }
  // As if it were not there.
  const Tensors in{numbers({3, 4}, 1, true), numbers({5, 4}, 2, true), numbers({5, 2}, 3, true)};
  const Tensor others = cat({in[0].narrow(0, 0, 1), in[0].narrow(0, 2, 1)});
  const Tensors actual = grad(
      {scaled_dot_product_attention(in[0], in[1], in[2], {.attn_mask = rows}).square().sum()}, in);
  const Tensors expected =
      grad({scaled_dot_product_attention(others, in[1], in[2]).square().sum()}, in);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(test::near(actual[i], expected[i].to(float64), test::kGradient32)) << i;
  }
}

TEST_P(Attention, WhatAMaskHidesDoesNotMatter) {
  const Tensor q = numbers({3, 4}, 1), v = numbers({3, 2}, 3);
  Tensor k = numbers({3, 4}, 2);
  const Tensor expected = scaled_dot_product_attention(q, k, v, {.is_causal = true});
  k.select(0, 2).fill_(NAN);
  const Tensor actual = scaled_dot_product_attention(q, k, v, {.is_causal = true});
  EXPECT_TRUE(test::near(actual.narrow(0, 0, 2), expected.narrow(0, 0, 2).to(float64), 0.0));
}

TEST_P(Attention, NoKeysGiveZerosAndNoQueriesGiveNothing) {
  const Tensor none = scaled_dot_product_attention(numbers({2, 3, 4}, 1), numbers({2, 0, 4}, 2),
                                                   numbers({2, 0, 5}, 3));
  EXPECT_EQ(none.to_vector<float>(), std::vector<float>(30, 0.0f));
  const Tensors in{numbers({2, 0, 4}, 1, true), numbers({2, 3, 4}, 2, true),
                   numbers({2, 3, 5}, 3, true)};
  const Tensor empty = scaled_dot_product_attention(in[0], in[1], in[2]);
  EXPECT_EQ(empty.shape(), (Shape{2, 0, 5}));
  const Tensors d = grad({empty.sum()}, in);
  EXPECT_EQ(d[1].to_vector<float>(), std::vector<float>(24, 0.0f));
  EXPECT_EQ(d[2].to_vector<float>(), std::vector<float>(30, 0.0f));
}

TEST_P(Attention, DropoutDropsWeightsAndScalesTheRest) {
  // Equal scores: each weight is 1 / 1000, and values of 1 add up to the share that stays.
  const Tensor zero = zeros({64, 2}, {.device = device_});
  const Tensor keys = zeros({1000, 2}, {.device = device_});
  Generator generator(3);
  const Tensor y = scaled_dot_product_attention(zero, keys, keys + 1,
                                                {.dropout_p = 0.25, .generator = &generator});
  EXPECT_NEAR(y.mean().item<float>(), 1.0f, 0.01f);
  EXPECT_GT(y.std().item<float>(), 0.005f);
  const Tensor all = scaled_dot_product_attention(zero, keys, keys + 1, {.dropout_p = 1.0});
  EXPECT_EQ(all.abs().max().item<float>(), 0.0f);
}

TEST_P(Attention, RunsNothingOnTheHost) {
  if (GetParam() == "stranger") GTEST_SKIP() << "has no kernels";
  reset_fallbacks();
  const Tensors in{numbers({2, 4, 6}, 1, true), numbers({2, 4, 6}, 2, true),
                   numbers({2, 4, 6}, 3, true)};
  const Tensor mask = tensor({1, 0, 1, 1}, {.dtype = bool_, .device = device_});
  for (const AttentionOptions& options :
       {AttentionOptions{}, AttentionOptions{.attn_mask = mask},
        AttentionOptions{.is_causal = true}, AttentionOptions{.dropout_p = 0.5}}) {
    scaled_dot_product_attention(in[0], in[1], in[2], options).sum().backward();
  }
  for (const FallbackCount& count : fallbacks()) {
    ADD_FAILURE() << count.family << " ran on the host " << count.calls << " times";
  }
}

TEST_P(Attention, DoesNotHoldAllScores) {
  if (GetParam() == "stranger") GTEST_SKIP() << "keeps no statistics";
  const Tensor q = numbers({8, 1024, 16}, 1), k = numbers({8, 1024, 16}, 2);
  Backend& backend = device_.backend();
  const auto memory_for = [&](const AttentionOptions& options) {
    backend.synchronize();
    backend.trim();
    const size_t before = backend.memory_stats().in_use + backend.memory_stats().cached;
    const Tensor y = scaled_dot_product_attention(q, k, k, options);
    backend.synchronize();
    return backend.memory_stats().in_use + backend.memory_stats().cached - before;
  };
  EXPECT_LT(memory_for({}), 16U << 20);
  EXPECT_LT(memory_for({.is_causal = true}), 16U << 20);
}

INSTANTIATE_TEST_SUITE_P(Devices, Attention, ::testing::ValuesIn(test::conformance_devices()),
                         [](const ::testing::TestParamInfo<std::string>& p) {
                           std::string name = p.param;
                           for (char& c : name) {
                             if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
                           }
                           return name;
                         });

TEST(AttentionMessage, Types) {
  EXPECT_EQ(
      message_of<DTypeError>([] {
        scaled_dot_product_attention(ones({2, 3}), ones({2, 3}), ones({2, 3}, {.dtype = float64}));
      }),
      "scaled_dot_product_attention: query, key and value are float32, float32 and float64: "
      "they must be of one floating dtype; convert with .to(dtype)");
}
TEST(AttentionMessage, Shapes) {
  EXPECT_EQ(message_of<ShapeError>([] {
              scaled_dot_product_attention(ones({2, 3}), ones({4, 5}), ones({4, 3}));
            }),
            "scaled_dot_product_attention: query (2, 3), key (4, 5) and value (4, 3) do not fit: "
            "they must be (..., L, E), (..., S, E) and (..., S, Ev)");
}
TEST(AttentionMessage, LeadingAxes) {
  EXPECT_EQ(message_of<ShapeError>([] {
              scaled_dot_product_attention(ones({2, 2, 3}), ones({3, 4, 3}), ones({4, 3}));
            }),
            "scaled_dot_product_attention: the leading axes of (2, 2, 3) and (3, 4, 3) do not "
            "broadcast: axis -3 has sizes 2 and 3");
}
TEST(AttentionMessage, DropoutProbability) {
  EXPECT_EQ(message_of<ValueError>([] {
              const Tensor x = ones({2, 3});
              scaled_dot_product_attention(x, x, x, {.dropout_p = 1.5});
            }),
            "scaled_dot_product_attention: dropout_p must be a probability in [0, 1]: 1.5");
}
TEST(AttentionMessage, Softcap) {
  EXPECT_EQ(message_of<ValueError>([] {
              const Tensor x = ones({2, 3});
              scaled_dot_product_attention(x, x, x, {.softcap = -1.0});
            }),
            "scaled_dot_product_attention: softcap must be finite and not below 0: -1");
}
TEST(AttentionMessage, GroupedQueries) {
  EXPECT_EQ(message_of<ShapeError>([] {
              const Tensor kv = ones({2, 4, 3});
              scaled_dot_product_attention(ones({3, 4, 3}), kv, kv, {.enable_gqa = true});
            }),
            "scaled_dot_product_attention: query (3, 4, 3), key (2, 4, 3) and value (2, 4, 3) are "
            "no grouped queries: the heads of query, axis -3, must be a multiple of those of key "
            "and value");
}
TEST(AttentionMessage, GroupedMask) {
  EXPECT_EQ(message_of<ShapeError>([] {
              const Tensor kv = ones({2, 4, 3});
              scaled_dot_product_attention(ones({4, 4, 3}), kv, kv,
                                           {.attn_mask = ones({2, 4, 4}), .enable_gqa = true});
            }),
            "scaled_dot_product_attention: attn_mask (2, 4, 4) does not fit 4 heads of queries");
}
TEST(AttentionMessage, MaskAndCausal) {
  EXPECT_EQ(message_of<ValueError>([] {
              const Tensor x = ones({2, 3});
              scaled_dot_product_attention(x, x, x, {.attn_mask = ones({2, 2}), .is_causal = true});
            }),
            "scaled_dot_product_attention: attn_mask (2, 2) and is_causal exclude each other: put "
            "the causal mask into attn_mask");
}
TEST(AttentionMessage, MaskType) {
  EXPECT_EQ(message_of<DTypeError>([] {
              const Tensor x = ones({2, 3});
              scaled_dot_product_attention(x, x, x, {.attn_mask = ones({2, 2}, {.dtype = int64})});
            }),
            "scaled_dot_product_attention: attn_mask is int64: it must be bool or query's float32");
}
TEST(AttentionMessage, MaskShape) {
  EXPECT_EQ(message_of<ShapeError>([] {
              const Tensor x = ones({5, 2, 3});
              scaled_dot_product_attention(x, x, x, {.attn_mask = ones({4, 2, 2})});
            }),
            "scaled_dot_product_attention: attn_mask (4, 2, 2) does not broadcast to the scores "
            "(5, 2, 2)");
}
TEST(AttentionMessage, UndefinedQuery) {
  EXPECT_EQ(
      message_of<ValueError>([] {
        scaled_dot_product_attention(Tensor(), ones({2, 3}), ones({2, 3}));
      }),
      "scaled_dot_product_attention: argument 'query' is an undefined tensor; give it a value "
      "first");
}

}  // namespace
}  // namespace ct
