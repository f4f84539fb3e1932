// Whose memory a gradient is: what a user is given to keep is nobody else's, so changing it changes
// nothing else.
#include <gtest/gtest.h>

#include "customtensor/autograd.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using Values = std::vector<float>;

Tensor leaf(std::initializer_list<float> values) { return tensor(values, {.requires_grad = true}); }

TEST(GradientMemory, RetainedGradientsAreTheirOwn) {
  const Tensor a = leaf({1, 2});
  const Tensor b = leaf({3, 4});
  Tensor p = a * 1;
  Tensor q = b * 1;
  p.retain_grad();
  q.retain_grad();
  const Tensor g = ones({2});
  (p + q).backward(g);
  p.grad().mul_(5);
  EXPECT_EQ(p.grad().to_vector<float>(), (Values{5, 5}));
  EXPECT_EQ(q.grad().to_vector<float>(), (Values{1, 1}));
  EXPECT_EQ(g.to_vector<float>(), (Values{1, 1}));
  EXPECT_EQ(a.grad().to_vector<float>(), (Values{1, 1}));
  EXPECT_EQ(b.grad().to_vector<float>(), (Values{1, 1}));
}

TEST(GradientMemory, ARetainedGradientHasAPlaceForEachElement) {
  const Tensor x = leaf({1, 2, 3});
  Tensor y = x * 2;
  y.retain_grad();
  y.sum().backward();
  y.grad().index({0}).fill_(9);
  EXPECT_EQ(y.grad().to_vector<float>(), (Values{9, 1, 1}));
  EXPECT_EQ(x.grad().to_vector<float>(), (Values{2, 2, 2}));
}

TEST(GradientMemory, AlongAChainOfViewsEachIsItsOwn) {
  const Tensor x = leaf({1, 2, 3, 4});
  Tensor chain[] = {x * 1, Tensor(), Tensor(), Tensor()};
  chain[1] = chain[0].reshape({2, 2});
  chain[2] = chain[1].t();
  chain[3] = chain[2].clone();
  for (Tensor& t : chain) t.retain_grad();
  const Tensor g = ones({2, 2});
  chain[3].backward(g);
  for (const Tensor& t : chain) t.grad().mul_(7);
  for (const Tensor& t : chain) EXPECT_EQ(t.grad().to_vector<float>(), (Values{7, 7, 7, 7}));
  EXPECT_EQ(g.to_vector<float>(), (Values{1, 1, 1, 1}));
  EXPECT_EQ(x.grad().to_vector<float>(), (Values{1, 1, 1, 1}));
}

TEST(GradientMemory, LeavesAreTheirOwnUnderCreateGraph) {
  const Tensor a = leaf({1, 2});
  const Tensor b = leaf({3, 4});
  const Tensor g = ones({2});
  (a + b).backward(g, false, true);
  {
    const NoGradGuard off;
    a.grad().mul_(5);
  }
  EXPECT_EQ(b.grad().to_vector<float>(), (Values{1, 1}));
  EXPECT_EQ(g.to_vector<float>(), (Values{1, 1}));
}

TEST(GradientMemory, GradGivesTensorsOfTheirOwn) {
  for (const bool create_graph : {false, true}) {
    const Tensor a = leaf({1, 2});
    const Tensor b = leaf({3, 4});
    const Tensor p = a * 1;
    const Tensor g = ones({2});
    const Tensors found =
        grad({p + b}, {a, p, b, p}, {.gradients = {g}, .create_graph = create_graph});
    const NoGradGuard off;
    for (size_t i = 0; i < found.size(); ++i) {
      Tensor changed = found[i];
      changed.fill_(static_cast<int>(i) + 2);
    }
    for (size_t i = 0; i < found.size(); ++i) {
      const float value = static_cast<float>(i) + 2;
      EXPECT_EQ(found[i].to_vector<float>(), (Values{value, value})) << i << create_graph;
    }
    EXPECT_EQ(g.to_vector<float>(), (Values{1, 1}));
  }
}

TEST(GradientMemory, GradOfARootIsNotItsUpstreamGradient) {
  const Tensor p = leaf({1, 2}) * 1;
  const Tensor g = ones({2});
  Tensor found = grad({p}, {p}, {.gradients = {g}})[0];
  found.fill_(3);
  EXPECT_EQ(g.to_vector<float>(), (Values{1, 1}));
}

TEST(GradientMemory, GradOfASumHasAPlaceForEachElement) {
  const Tensor x = leaf({1, 2, 3});
  const Tensor found = grad({x.sum()}, {x})[0];
  found.index({0}).fill_(9);
  EXPECT_EQ(found.to_vector<float>(), (Values{9, 1, 1}));
}

TEST(GradientMemory, ASecondBackwardLeavesTheCallersGradientAlone) {
  const Tensor x = leaf({1, 2});
  Tensor y = x * 1;
  y.retain_grad();
  const Tensor g = ones({2});
  y.backward(g, true);
  y.backward(g);
  EXPECT_EQ(g.to_vector<float>(), (Values{1, 1}));
  EXPECT_EQ(y.grad().to_vector<float>(), (Values{2, 2}));
  EXPECT_EQ(x.grad().to_vector<float>(), (Values{2, 2}));
}

TEST(GradientMemory, AnExpandedGradientIsNotAddedToInPlace) {
  Tensor x = leaf({1, 2, 3});
  x.set_grad(tensor({1.f}).expand({3}));
  (x * tensor({1.f, 2.f, 3.f})).sum().backward();
  EXPECT_EQ(x.grad().to_vector<float>(), (Values{2, 3, 4}));
}

TEST(GradientMemory, ARecordedRetainedGradientCanBeDifferentiated) {
  const Tensor x = leaf({3});
  Tensor y = x * x;
  y.retain_grad();
  (y * y).sum().backward({}, true, true);  // dy = 2 x², d(dy)/dx = 4 x
  EXPECT_EQ(grad({y.grad().sum()}, {x})[0].to_vector<float>(), (Values{12}));
}

}  // namespace
}  // namespace ct
