// Checkpoint: the same numbers as the module itself, of less memory.
#include "customtensor/nn/container/checkpoint.hpp"

#include <gtest/gtest.h>

#include "customtensor/customtensor.hpp"
#include "support/compare.hpp"

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
TEST(Checkpoint, SwitchesWithItsParents) {
  Sequential net{Checkpoint(block())};
  net.eval();
  const Tensor x = randn({3, 16});
  EXPECT_TRUE(test::near(net(x), net(x), 0));
  net.to(float64);
  EXPECT_EQ(net(x.to(float64)).dtype(), float64);
}
TEST(Checkpoint, MayBeGoneBeforeBackward) {
  const Tensor x = randn({3, 8}).requires_grad_();
  Tensor y;
  {
    Checkpoint temporary{Sequential{Linear(8, 8), Tanh()}};
    y = temporary(x);
  }
  y.sum().backward();
  EXPECT_TRUE(x.grad().defined());
}
TEST(Checkpoint, RunsAgainUnderTheAutocastOfItsFirstRun) {
  manual_seed(4);
  Sequential plain{Linear(8, 16), GELU(), Linear(16, 8)};
  Sequential same = nn::copy(plain);
  Checkpoint checkpointed{same};
  const auto gradient = [](Module& net) {
    Tensor x = full({4, 8}, 0.7).requires_grad_();
    Tensor loss;
    {
      const AutocastGuard autocast(bfloat16);
      loss = net(x).sum();
    }
    loss.backward();
    return x.grad().to_vector<float>();
  };
  EXPECT_EQ(gradient(plain), gradient(checkpointed));
}

}  // namespace
}  // namespace ct::nn
