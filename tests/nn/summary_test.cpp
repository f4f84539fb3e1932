// Summaries: figures against those worked out by hand, and that nothing is left behind.
#include "customtensor/nn/summary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <thread>

#include "customtensor/customtensor.hpp"
#include "support/compare.hpp"

namespace ct::nn {
namespace {

using ::testing::HasSubstr;

/// "name type output parameters multiply_adds activation_bytes", a line a layer.
std::string text_of(const Summary& s) {
  std::ostringstream out;
  for (const LayerSummary& l : s.layers) {
    out << (l.name.empty() ? "." : l.name) << ' ' << l.type << ' ' << l.output << ' '
        << l.parameters << ' ' << l.multiply_adds << ' ' << l.activation_bytes << '\n';
  }
  return out.str();
}

TEST(Summary, OfTheCnnIsWhatOneWorksOutByHand) {
  train::LeNet model({.channels = 1, .height = 28, .width = 28, .classes = 10});
  const Summary s = summary(model, {2, 1, 28, 28});
  ASSERT_EQ(s.layers.size(), 5U);
  EXPECT_EQ(s.layers[0].type, "LeNet");
  EXPECT_EQ(s.layers[0].output, (Shape{2, 10}));
  EXPECT_EQ(s.layers[0].parameters, 0);
  EXPECT_EQ(s.layers[0].multiply_adds, 0);
  const LayerSummary& conv1 = s.layers[1];
  EXPECT_EQ(conv1.name, "conv1");
  EXPECT_EQ(conv1.type, "Conv2d");
  EXPECT_EQ(conv1.output, (Shape{2, 32, 28, 28}));
  EXPECT_EQ(conv1.parameters, 32 * 9 + 32);
  EXPECT_EQ(conv1.multiply_adds, 2 * 32 * 28 * 28 * 9);
  const LayerSummary& conv2 = s.layers[2];
  EXPECT_EQ(conv2.output, (Shape{2, 64, 14, 14}));
  EXPECT_EQ(conv2.parameters, 64 * 32 * 9 + 64);
  EXPECT_EQ(conv2.multiply_adds, 2 * 64 * 14 * 14 * 32 * 9);
  const LayerSummary& fc1 = s.layers[3];
  EXPECT_EQ(fc1.name, "fc1");
  EXPECT_EQ(fc1.type, "Linear");
  EXPECT_EQ(fc1.output, (Shape{2, 128}));
  EXPECT_EQ(fc1.parameters, 3136 * 128 + 128);
  EXPECT_EQ(fc1.multiply_adds, 2 * 3136 * 128);
  EXPECT_EQ(s.layers[4].multiply_adds, 2 * 128 * 10);
  EXPECT_EQ(s.parameters, 320 + 18496 + 401536 + 1290);
  EXPECT_EQ(s.trainable_parameters, s.parameters);
  EXPECT_EQ(s.parameter_bytes, 4 * s.parameters);
  EXPECT_EQ(s.multiply_adds, 2 * (225792 + 3612672 + 401408 + 1280));
}

TEST(Summary, ActivationsAreWhatBackwardNeeds) {
  // Linear keeps its input, which is the model's, and so nothing but its result lives on in ReLU's.
  Sequential model{Linear(3, 4), ReLU(), Linear(4, 5)};
  const Summary s = summary(model, {2, 3});
  EXPECT_EQ(text_of(s),
            ". Sequential (2, 5) 0 0 0\n"
            "0 Linear (2, 4) 16 24 0\n"
            "1 ReLU (2, 4) 0 0 32\n"
            "2 Linear (2, 5) 25 40 40\n");
  EXPECT_EQ(s.activation_bytes, 32 + 40);
}

TEST(Summary, WhatIsFrozenKeepsNothing) {
  Sequential model{Linear(3, 4), ReLU()};
  model.requires_grad_(false);
  const Summary s = summary(model, {2, 3});
  EXPECT_EQ(s.activation_bytes, 32);  // the result
  EXPECT_EQ(s.trainable_parameters, 0);
  EXPECT_THAT(s.table(), HasSubstr("parameters: 64 B, 16 of them frozen\n"));
}

struct Twice : Module {
  Linear layer{4, 4};
  Tensor scale = ones({4}, {.requires_grad = true});
  void members(Members& m) override {
    m("layer", layer);
    m("scale", scale);
    m("same", layer);
  }
  Tensor forward(const Tensor& x) override { return layer(layer(x)) * scale; }
};

TEST(Summary, AModuleThatIsCalledTwiceHasItsParametersOnce) {
  Twice model;
  const Summary s = summary(model, {1, 4});
  ASSERT_EQ(s.layers.size(), 3U);
  EXPECT_EQ(s.layers[0].parameters, 4);
  EXPECT_EQ(s.layers[1].name, "layer");
  EXPECT_EQ(s.layers[1].parameters, 20);
  EXPECT_EQ(s.layers[2].parameters, 0);
  EXPECT_EQ(s.layers[2].multiply_adds, 16);
  EXPECT_EQ(s.parameters, 24);
}

TEST(Summary, LeavesTheModelAsItWas) {
  manual_seed(4);
  Sequential model{Linear(3, 4), BatchNorm2d(4), Dropout(0.5)};
  model.register_forward_hook([](Module&, const Tensor&, const Tensor&) { return Tensor(); });
  const Tensor weight = model.parameters()[0];
  const auto before = weight.to_vector<float>();
  const uint64_t drawn = default_generator().state().offset;
  EXPECT_THROW(summary(model, {2, 3}), ShapeError);  // no images
  EXPECT_EQ(model.device(), Device("cpu"));
  EXPECT_EQ(model.parameters()[0].impl(), weight.impl());
  EXPECT_EQ(weight.to_vector<float>(), before);
  EXPECT_EQ(model.buffers()[2].item<int64_t>(), 0);
  EXPECT_EQ(default_generator().state().offset, drawn);
  Sequential random{Linear(3, 4), Dropout(0.5)};
  const uint64_t at = default_generator().state().offset;
  summary(random, {2, 3});
  EXPECT_EQ(default_generator().state().offset, at);
  // No hook of the summary's is left.
  EXPECT_EQ(random(ones({2, 3})).device(), Device("cpu"));
}

TEST(Summary, TakesModulesOfOtherArguments) {
  MultiheadAttention attention(8, 2);
  const Summary s = summary(attention, [&](Device meta) {
    const Tensor query = empty({5, 1, 8}, meta), key = empty({7, 1, 8}, meta);
    return attention(query, key, key);
  });
  EXPECT_EQ(s.layers[0].type, "MultiheadAttention");
  EXPECT_EQ(s.layers[0].output, (Shape{5, 1, 8}));
  EXPECT_EQ(s.parameters, 3 * 8 * 8 + 3 * 8 + 8 * 8 + 8);
  // The projections of 5 queries, 7 keys and values, scores and means of 2 heads, the last one.
  EXPECT_EQ(s.multiply_adds, (5 + 7 + 7) * 64 + 2 * (2 * 5 * 7 * 4) + 5 * 64);
}

struct Reader : Module {
  Tensor forward(const Tensor& x) override { return x * x.sum().item<float>(); }
};

TEST(Summary, AModelThatReadsValuesIsAnError) {
  Reader model;
  EXPECT_THAT(test::message_of<DeviceError>([&] { summary(model, {2}); }),
              HasSubstr("item: must read values, but the tensor () is on meta"));
}

TEST(Summary, SeveralThreadsTakeTheirOwn) {
  const auto take = [] {
    Sequential model{Linear(3, 4), ReLU(), Linear(4, 5)};
    for (int i = 0; i < 20; ++i) EXPECT_EQ(summary(model, {2, 3}).activation_bytes, 72);
  };
  std::thread other(take);
  take();
  other.join();
}

TEST(Summary, TheTableIsAtMost80ColumnsWide) {
  train::ResNet18 model({.channels = 3, .height = 32, .width = 32, .classes = 10});
  const std::string table = summary(model, {64, 3, 32, 32}).table();
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
  EXPECT_THAT(table, ::testing::ContainsRegex("total +11,173,962 +35.5 G +[0-9.]+ MiB"));
  EXPECT_THAT(table, HasSubstr("\nparameters: 42.6 MiB\n"));
}

}  // namespace
}  // namespace ct::nn
