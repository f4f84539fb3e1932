// checkpoint(): the gradients of a plain run, bit for bit, from less memory.
#include <gtest/gtest.h>

#include "customtensor/autograd_functional.hpp"
#include "customtensor/backend.hpp"
#include "customtensor/error.hpp"
#include "customtensor/nn.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using autograd::checkpoint;
using test::message_of;

Tensor input(const Shape& shape, uint64_t seed = 1) {
  Generator g(seed);
  return randn(shape, {}, &g).requires_grad_();
}

struct Outcome {
  std::vector<float> value, x;
  std::vector<std::vector<float>> parameters;
};

/// Runs `model` (with dropout) on x, plain or block by block under checkpoints.
template <class F>
Outcome run(nn::Sequential& model, const F& call) {
  model.zero_grad();
  manual_seed(7);
  const Tensor x = input({5, 8});
  const Tensor y = call(model, x);
  y.square().sum().backward();
  Outcome result{y.template to_vector<float>(), x.grad().to_vector<float>(), {}};
  for (const Tensor& p : model.parameters())
    result.parameters.push_back(p.grad().to_vector<float>());
  return result;
}

nn::Sequential network() {
  manual_seed(3);
  return nn::Sequential{nn::Linear(8, 16), nn::GELU(),       nn::Dropout(0.4), nn::Linear(16, 16),
                        nn::Tanh(),        nn::Dropout(0.2), nn::Linear(16, 4)};
}

void expect_equal(const Outcome& a, const Outcome& b) {
  EXPECT_EQ(a.value, b.value);
  EXPECT_EQ(a.x, b.x);
  EXPECT_EQ(a.parameters, b.parameters);
}

TEST(Checkpoint, GivesTheGradientsOfThePlainRunBitForBit) {
  nn::Sequential model = network();
  const Outcome plain = run(model, [](nn::Sequential& m, const Tensor& x) { return m(x); });
  expect_equal(run(model, [](nn::Sequential& m, const Tensor& x) { return checkpoint(m, x); }),
               plain);
  expect_equal(run(model,
                   [](nn::Sequential& m, const Tensor& x) {
                     Tensor y = x;
                     for (int64_t i = 0; i < m.size(); ++i) y = checkpoint(m[i], y);
                     return y;
                   }),
               plain);
}
TEST(Checkpoint, Nests) {
  nn::Sequential model = network();
  const Outcome plain = run(model, [](nn::Sequential& m, const Tensor& x) { return m(x); });
  const auto nested = [](nn::Sequential& m, const Tensor& x) {
    return checkpoint(
        [&m](const Tensors& in) {
          const Tensor h = checkpoint(
              [&m](const Tensors& inner) { return m[2](m[1](m[0](inner[0]))); }, {in[0]});
          const auto rest = [&m](const Tensors& inner) { return m[6](m[5](m[4](m[3](inner[0])))); };
          return checkpoint(rest, {h});
        },
        {x});
  };
  expect_equal(run(model, nested), plain);
}
TEST(Checkpoint, TheStreamGoesOnAsAfterAPlainRun) {
  nn::Sequential model = network();
  const auto after = [&](bool checkpointed) {
    manual_seed(5);
    const Tensor x = input({5, 8});
    const Tensor y = checkpointed ? checkpoint(model, x) : model(x);
    const auto between = rand({3}).to_vector<float>();
    y.sum().backward();
    auto drawn = rand({3}).to_vector<float>();
    drawn.insert(drawn.end(), between.begin(), between.end());
    return drawn;
  };
  EXPECT_EQ(after(true), after(false));
}
TEST(Checkpoint, KeepsLessMemoryUntilBackward) {
  Backend& cpu = Device("cpu").backend();
  const auto deep = [](const Tensors& in) {
    Tensor y = in[0];
    for (int i = 0; i < 20; ++i) y = (y * y).sin();
    return y;
  };
  const Tensor x = input({1 << 16});
  const auto held = [&](bool checkpointed) {
    const size_t before = cpu.memory_stats().in_use;
    const Tensor y = checkpointed ? checkpoint(deep, {x}) : deep({x});
    const size_t bytes = cpu.memory_stats().in_use - before;
    y.sum().backward();
    return bytes;
  };
  const size_t plain = held(false);
  const size_t checkpointed = held(true);
  EXPECT_GT(plain, 20U * (4U << 16));
  EXPECT_LT(checkpointed, 2U * (4U << 16) + 65536);
}
TEST(Checkpoint, WorksWithGradAndSecondDerivatives) {
  Generator g(2);
  const Tensor x = randn({6}, {.dtype = float64}, &g).requires_grad_();
  const Tensor w = randn({6}, {.dtype = float64}, &g).requires_grad_();
  const auto fn = [](const Tensors& in) { return (in[0] * in[1]).tanh() * in[0].exp(); };
  const auto checkpointed = [&](const Tensors& in) { return checkpoint(fn, in); };
  EXPECT_TRUE(gradcheck(checkpointed, {x, w}));
  EXPECT_TRUE(gradgradcheck(checkpointed, {x, w}));
  // Behind other ops, and with a parameter that is not an input.
  const auto second = [&](bool use) {
    const Tensor h = x.sin();
    const auto block = [&](const Tensors& in) { return (in[0] * w).square() * in[0].exp(); };
    const Tensor y = use ? checkpoint(block, {h}) : block({h});
    const Tensor first = grad({y.sum()}, {x}, {.create_graph = true})[0];
    const Tensors both = grad({first.square().sum()}, {x, w});
    return std::pair{both[0].to_vector<double>(), both[1].to_vector<double>()};
  };
  EXPECT_EQ(second(true), second(false));
}
TEST(Checkpoint, SeveralResultsAndRepeatedBackward) {
  const Tensor x = input({4});
  const Tensors y = checkpoint(autograd::TensorFunction([](const Tensors& in) {
                                 return Tensors{in[0].exp(), in[0].sin() * in[0]};
                               }),
                               Tensors{x});
  const Tensor total = (y[0] * y[1]).sum();
  const auto once = grad({total}, {x}, {.retain_graph = true})[0].to_vector<float>();
  EXPECT_EQ(grad({total}, {x})[0].to_vector<float>(), once);
  EXPECT_THROW(grad({total}, {x}), AutogradError);
}
TEST(Checkpoint, RecordsNothingWithoutNeed) {
  const NoGradGuard off;
  const Tensor x = input({2});
  EXPECT_FALSE(checkpoint([](const Tensors& in) { return in[0].exp(); }, {x}).requires_grad());
}
TEST(CheckpointErrors, AnotherComputationTheSecondTime) {
  int calls = 0;
  const auto moody = [&calls](const Tensors& in) {
    return ++calls == 1 ? in[0].exp().sin() : in[0].exp();
  };
  const Tensor x = input({2});
  const Tensor y = checkpoint(moody, {x * 1.0});
  EXPECT_EQ(message_of<AutogradError>([&] { y.sum().backward(); }),
            "checkpoint: the function did not do the same again: it saved 2 tensors for backward, "
            "now 1");
}
TEST(CheckpointErrors, AnInputThatWasChanged) {
  const Tensor x = input({2});
  Tensor h = x * 1.0;
  const Tensor y = checkpoint([](const Tensors& in) { return in[0].exp().sin(); }, {h});
  {
    const NoGradGuard off;
    h.fill_(3);
  }
  EXPECT_THROW(y.sum().backward(), AutogradError);
}

}  // namespace
}  // namespace ct
