// Names and order in a StateDict, and parts of it by prefix.
#include "customtensor/state_dict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "customtensor/error.hpp"
#include "customtensor/ops/creation.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using ::testing::HasSubstr;

TEST(StateDict, KeepsTheOrderOfInsertion) {
  const StateDict state = {{"b", ones({1})}, {"a", ones({2})}};
  EXPECT_EQ(state.size(), 2U);
  EXPECT_EQ(state.begin()->first, "b");
  EXPECT_EQ(state.at("a").shape(), Shape{2});
}

TEST(StateDict, FindsByName) {
  const StateDict state = {{"a", ones({1})}};
  EXPECT_TRUE(state.contains("a"));
  EXPECT_EQ(state.find("b"), nullptr);
}

TEST(StateDict, IsMadeFromAMap) {
  const std::map<std::string, Tensor> map = {{"x", ones({1})}, {"w", ones({3})}};
  const StateDict state = map;
  EXPECT_EQ(state.begin()->first, "w");
}

TEST(StateDict, RejectsARepeatedName) {
  StateDict state;
  state.insert("a", ones({1}));
  EXPECT_EQ(test::message_of<ValueError>([&] { state.insert("a", ones({1})); }),
            "StateDict: two tensors have one name: \"a\"");
}

TEST(StateDict, RejectsAnUndefinedTensor) {
  StateDict state;
  EXPECT_THAT(test::message_of<ValueError>([&] { state.insert("a", Tensor()); }),
              HasSubstr("undefined tensor: \"a\""));
  EXPECT_TRUE(state.empty());
}

TEST(StateDict, SaysWhatThereIs) {
  const StateDict state = {{"a", ones({1})}, {"b", ones({1})}};
  EXPECT_EQ(test::message_of<ValueError>([&] { state.at("c"); }),
            "StateDict: no tensor \"c\": there are 2: \"a\", \"b\"");
}

TEST(StateDict, JoinsAndSplitsByPrefix) {
  StateDict all;
  all.insert_all("model.", {{"w", ones({1})}, {"b", ones({2})}});
  all.insert_all("optimizer.", {{"w", ones({3})}});
  const StateDict model = all.with_prefix("model.");
  EXPECT_EQ(model.size(), 2U);
  EXPECT_EQ(model.at("b").shape(), Shape{2});
  EXPECT_EQ(all.with_prefix("none").size(), 0U);
}

}  // namespace
}  // namespace ct
