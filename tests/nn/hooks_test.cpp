// Hooks on modules and tensors: when they run, what they may change, and how they go away.
#include <gtest/gtest.h>

#include "customtensor/autograd.hpp"
#include "customtensor/nn.hpp"
#include "customtensor/ops.hpp"

namespace ct {
namespace {

struct Square : nn::Module {
  Tensor forward(const Tensor& x) override { return x * x; }
};

Tensor leaf(std::vector<float> values) { return tensor(values).requires_grad_(); }

TEST(ModuleHooks, ForwardHooksSeeAndReplace) {
  Square square;
  std::vector<std::string> order;
  square.register_forward_pre_hook([&](nn::Module& m, const Tensor& x) {
    EXPECT_EQ(&m, &square);
    order.emplace_back("before");
    return x + 1.0;
  });
  square.register_forward_hook([&](nn::Module&, const Tensor& x, const Tensor& y) {
    EXPECT_EQ(x.to_vector<float>(), (std::vector<float>{3}));
    EXPECT_EQ(y.to_vector<float>(), (std::vector<float>{9}));
    order.emplace_back("after");
    return Tensor();
  });
  square.register_forward_hook([&](nn::Module&, const Tensor&, const Tensor& y) { return -y; });
  EXPECT_EQ(square(tensor({2.0f})).item<float>(), -9);
  EXPECT_EQ(order, (std::vector<std::string>{"before", "after"}));
}
TEST(ModuleHooks, RemovedHooksDoNotRun) {
  Square square;
  int calls = 0;
  nn::HookHandle handle =
      square.register_forward_hook([&](nn::Module&, const Tensor&, const Tensor&) {
        ++calls;
        return Tensor();
      });
  square(ones({1}));
  handle.remove();
  handle.remove();
  square(ones({1}));
  EXPECT_EQ(calls, 1);
  nn::HookHandle late;
  {
    Square other;
    late = other.register_forward_pre_hook([](nn::Module&, const Tensor&) { return Tensor(); });
  }
  late.remove();
}
TEST(ModuleHooks, AHookMayRemoveItself) {
  Square square;
  nn::HookHandle handle;
  int calls = 0;
  handle = square.register_forward_pre_hook([&](nn::Module&, const Tensor&) {
    ++calls;
    handle.remove();
    return Tensor();
  });
  square(ones({1}));
  square(ones({1}));
  EXPECT_EQ(calls, 1);
}
TEST(ModuleHooks, CopiesHaveTheirOwnAndMovesTakeThemAlong) {
  Square first;
  int calls = 0;
  nn::HookHandle handle = first.register_forward_pre_hook([&](nn::Module&, const Tensor&) {
    ++calls;
    return Tensor();
  });
  Square copy = first;
  Square moved = std::move(first);
  moved(ones({1}));
  EXPECT_EQ(calls, 1);
  handle.remove();
  moved(ones({1}));
  EXPECT_EQ(calls, 1);
  copy(ones({1}));
  EXPECT_EQ(calls, 2);
}
TEST(ModuleHooks, BackwardHooksSeeBothGradientsAndReplaceTheInputs) {
  Square square;
  const Tensor x = leaf({3});
  square.register_full_backward_hook([](const Tensor& of_input, const Tensor& of_output) {
    EXPECT_EQ(of_output.to_vector<float>(), (std::vector<float>{10}));
    EXPECT_EQ(of_input.to_vector<float>(), (std::vector<float>{60}));
    return of_input * 2.0;
  });
  (square(x) * 10.0).sum().backward();
  EXPECT_EQ(x.grad().item<float>(), 120);
}
TEST(ModuleHooks, BackwardHooksRunAlsoWhereTheInputNeedsNoGradient) {
  nn::Linear linear(2, 3);
  int calls = 0;
  linear.register_full_backward_hook([&](const Tensor& of_input, const Tensor& of_output) {
    ++calls;
    EXPECT_FALSE(of_input.defined());
    EXPECT_EQ(of_output.shape(), (Shape{4, 3}));
    return Tensor();
  });
  linear(ones({4, 2})).sum().backward();
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(linear.weight.grad().defined());
}
TEST(ModuleHooks, BackwardHooksOutliveTheModule) {
  const Tensor x = leaf({2});
  int calls = 0;
  Tensor y;
  {
    Square square;
    square.register_full_backward_hook([&](const Tensor&, const Tensor&) {
      ++calls;
      return Tensor();
    });
    y = square(x);
  }
  y.backward();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(x.grad().item<float>(), 4);
}
TEST(ModuleHooks, RunInsideASequential) {
  nn::Sequential model{Square(), Square()};
  std::vector<float> seen;
  for (int64_t i = 0; i < 2; ++i) {
    model[i].register_forward_hook([&](nn::Module&, const Tensor&, const Tensor& y) {
      seen.push_back(y.item<float>());
      return Tensor();
    });
  }
  model(tensor({3.0f}));
  EXPECT_EQ(seen, (std::vector<float>{9, 81}));
}
TEST(TensorHooks, GoAwayById) {
  Tensor x = leaf({1});
  int calls = 0;
  const uint64_t first = x.register_hook([&](const Tensor&) {
    ++calls;
    return Tensor();
  });
  const uint64_t second = x.register_hook([](const Tensor& g) { return g * 3.0; });
  (x * 2).backward();
  EXPECT_EQ(x.grad().item<float>(), 6);
  x.remove_hook(first);
  x.remove_hook(second);
  x.remove_hook(99);
  x.set_grad(Tensor());
  (x * 2).backward();
  EXPECT_EQ(x.grad().item<float>(), 2);
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace ct
