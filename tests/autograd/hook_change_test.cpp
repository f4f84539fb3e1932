// Hooks that change the lists which they stand in while those are gone through.
#include <gtest/gtest.h>

#include "customtensor/autograd.hpp"
#include "customtensor/nn.hpp"
#include "customtensor/ops.hpp"

namespace ct {
namespace {

Tensor leaf(std::initializer_list<float> values) { return tensor(values, {.requires_grad = true}); }

struct Identity : nn::Module {
  Tensor forward(const Tensor& x) override { return x * 1.0; }
};

TEST(ChangingHooks, ATensorsHookRemovesItself) {
  const Tensor x = leaf({1, 2});
  int first = 0;
  int second = 0;
  uint64_t id = 0;
  id = x.register_hook([&](const Tensor& g) {
    ++first;
    x.remove_hook(id);
    return g * 3.0;
  });
  x.register_hook([&](const Tensor& g) {
    ++second;
    return g * 2.0;
  });
  x.sum().backward();
  EXPECT_EQ(x.grad().to_vector<float>(), (std::vector<float>{6, 6}));
  x.sum().backward();
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 2);
  EXPECT_EQ(x.grad().to_vector<float>(), (std::vector<float>{8, 8}));
}

TEST(ChangingHooks, ATensorsHookRemovesAllOfThem) {
  const Tensor x = leaf({1});
  std::vector<uint64_t> ids;
  int calls = 0;
  for (int i = 0; i < 4; ++i) {
    ids.push_back(x.register_hook([&](const Tensor&) {
      ++calls;
      for (const uint64_t id : ids) x.remove_hook(id);
      return Tensor();
    }));
  }
  x.sum().backward();
  EXPECT_EQ(calls, 4);  // as in PyTorch, what was there when the round began
  x.sum().backward();
  EXPECT_EQ(calls, 4);
}

TEST(ChangingHooks, ATensorsHookAddsOthers) {
  const Tensor x = leaf({1});
  int added = 0;
  x.register_hook([&](const Tensor&) {
    for (int i = 0; i < 20; ++i) {
      x.register_hook([&](const Tensor&) {
        ++added;
        return Tensor();
      });
    }
    return Tensor();
  });
  x.sum().backward();
  EXPECT_EQ(added, 0);
  x.sum().backward();
  EXPECT_EQ(added, 20);
}

TEST(ChangingHooks, AHookAfterAccumulationRemovesItselfAndAddsOthers) {
  const Tensor x = leaf({1});
  int first = 0;
  int others = 0;
  uint64_t id = 0;
  id = x.register_post_accumulate_grad_hook([&](const Tensor& t) {
    ++first;
    t.remove_hook(id);
    for (int i = 0; i < 20; ++i) {
      t.register_post_accumulate_grad_hook([&](const Tensor&) { ++others; });
    }
  });
  x.register_post_accumulate_grad_hook([&](const Tensor&) { ++others; });
  x.sum().backward();
  EXPECT_EQ(others, 1);
  x.sum().backward();
  EXPECT_EQ(first, 1);
  EXPECT_EQ(others, 22);
}

TEST(ChangingHooks, AHookKeepsWhatItHasChangedInItself) {
  const Tensor x = leaf({1});
  std::vector<int> counts;
  x.register_post_accumulate_grad_hook(
      [&counts, calls = 0](const Tensor&) mutable { counts.push_back(++calls); });
  x.sum().backward();
  x.sum().backward();
  EXPECT_EQ(counts, (std::vector<int>{1, 2}));
}

TEST(ChangingHooks, AModulesHooksRemoveThemselvesAndAddOthers) {
  Identity module;
  std::string calls;
  std::vector<nn::HookHandle> handles;
  const auto remove_all = [&] {
    for (nn::HookHandle& handle : handles) handle.remove();
  };
  for (int i = 0; i < 2; ++i) {
    handles.push_back(module.register_forward_pre_hook([&](nn::Module& m, const Tensor&) {
      calls += 'b';
      remove_all();
      m.register_forward_pre_hook([&](nn::Module&, const Tensor&) {
        calls += 'B';
        return Tensor();
      });
      return Tensor();
    }));
  }
  module(ones({1}));
  EXPECT_EQ(calls, "bb");
  module(ones({1}));
  EXPECT_EQ(calls, "bbBB");
  calls.clear();
  for (int i = 0; i < 2; ++i) {
    handles.push_back(module.register_forward_hook([&](nn::Module&, const Tensor&, const Tensor&) {
      calls += 'a';
      remove_all();
      return Tensor();
    }));
  }
  module(ones({1}));
  module(ones({1}));
  EXPECT_EQ(calls, "BBaaBB");
}

TEST(ChangingHooks, AModulesBackwardHooksRemoveThemselves) {
  Identity module;
  int calls = 0;
  std::vector<nn::HookHandle> handles;
  for (int i = 0; i < 2; ++i) {
    handles.push_back(module.register_full_backward_hook([&](const Tensor&, const Tensor&) {
      ++calls;
      for (nn::HookHandle& handle : handles) handle.remove();
      return Tensor();
    }));
  }
  const Tensor x = leaf({1});
  module(x).sum().backward();
  module(x).sum().backward();
  EXPECT_EQ(calls, 2);
}

TEST(ChangingHooks, AModuleMayBeMovedByItsHook) {
  Identity module;
  Identity elsewhere;
  int calls = 0;
  for (int i = 0; i < 2; ++i) {
    module.register_forward_pre_hook([&](nn::Module&, const Tensor&) {
      if (calls++ == 0) elsewhere = std::move(module);
      return Tensor();
    });
  }
  module(ones({1}));
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace ct
