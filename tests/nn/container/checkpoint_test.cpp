// Checkpoint: the same numbers as the module itself, of less memory.
#include "customtensor/nn/container/checkpoint.hpp"

#include <gtest/gtest.h>

#include "customtensor/customtensor.hpp"

namespace ct::nn {
namespace {

Sequential block() {
  return Sequential{Linear(16, 64), BatchNorm1d(64), ReLU(), Dropout(0.25), Linear(64, 16)};
}
Sequential plain() { return Sequential{block(), block(), Linear(16, 3)}; }
Sequential checkpointed() {
  return Sequential{Checkpoint(block()), Checkpoint(block()), Linear(16, 3)};
}

struct Outcome {
  std::vector<float> output = {}, gradient = {}, mean = {};
  int64_t saved = 0;
};
Outcome run(Sequential& model) {
  manual_seed(11);
  const Tensor x = randn({64, 16});
  const int64_t before = memory_report().saved;
  const Tensor y = model(x);
  Outcome r{.output = y.to_vector<float>()};
  r.saved = memory_report().saved - before;
  y.square().sum().backward();
  for (const Tensor& p : model.parameters()) {
    const auto g = p.grad().to_vector<float>();
    r.gradient.insert(r.gradient.end(), g.begin(), g.end());
  }
  r.mean = model.state_dict().at("0.1.running_mean").to_vector<float>();
  return r;
}

TEST(Checkpoint, GivesTheSameNumbersFromLessMemory) {
  manual_seed(2);
  Sequential a = plain();
  Sequential b = checkpointed();
  b.load_state_dict(a.state_dict());
  const Outcome whole = run(a), again = run(b);
  EXPECT_EQ(again.output, whole.output);
  EXPECT_EQ(again.gradient, whole.gradient);
  EXPECT_LT(4 * again.saved, whole.saved);
}
TEST(Checkpoint, MovesRunningStatisticsOnce) {
  manual_seed(2);
  Sequential a = plain();
  Sequential b = checkpointed();
  b.load_state_dict(a.state_dict());
  EXPECT_EQ(run(b).mean, run(a).mean);
}
TEST(Checkpoint, HasTheNamesOfItsModule) {
  const auto names = [](Sequential model) {
    std::vector<std::string> result;
    for (const auto& [name, value] : model.state_dict()) result.push_back(name);
    return result;
  };
  EXPECT_EQ(names(checkpointed()), names(plain()));
}

}  // namespace
}  // namespace ct::nn
