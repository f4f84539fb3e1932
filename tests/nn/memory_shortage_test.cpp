// Memory that runs short at any point of a training step or of a change in place: the n-th request
// for memory fails, for n = 1, 2, … until none does. Each time there is an error that says how much
// was asked for, nothing was changed by halves, and what comes next gives the right bits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "conformance/devices.hpp"
#include "customtensor/autograd.hpp"
#include "customtensor/device.hpp"
#include "customtensor/error.hpp"
#include "customtensor/nn.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/optim.hpp"
#include "customtensor/threads.hpp"
#include "support/memory_limits.hpp"

namespace ct::test {
namespace {

using ::testing::HasSubstr;

std::vector<double> values_of(const Tensor& t) { return t.to(float64).to_vector<double>(); }

struct Network : nn::Module {
  nn::Conv2d conv{1, 8, 3, {.padding = 1}};
  nn::BatchNorm2d norm{8};
  nn::Linear in{8 * 64, 32}, out{32, 4};
  nn::MultiheadAttention attention{32, 2, {.dropout = 0.1}};
  nn::LayerNorm last{Shape{32}};
  void members(nn::Members& m) override {
    m("conv", conv);
    m("norm", norm);
    m("in", in);
    m("attention", attention);
    m("last", last);
    m("out", out);
  }
  Tensor forward(const Tensor& x) override {
    const Tensor features = max_pool2d(relu(norm(conv(x))), 2).flatten(1);
    const Tensor tokens = in(features).unsqueeze(0);
    return out(last(tokens + attention(tokens)).squeeze(0));
  }
};

/// A run of training, always the same one.
struct Training {
  Network model = made();
  std::unique_ptr<optim::Optimizer> optimizer;
  Tensor x, y;

  explicit Training(Device device) {
    model.to(device);
    nn::init::normal_(model.in.weight, 0, 0.05);
    optimizer = std::make_unique<optim::AdamW>(model.parameters(), optim::AdamWOptions{.lr = 0.01});
    x = randn({24, 1, 16, 16}).to(device);
    y = (arange(24, {.dtype = int64}) % 4).to(device);
  }

  static Network made() {
    manual_seed(5);
    return {};
  }

  double step() {
    manual_seed(9);  // dropout's draws belong to the step
    optimizer->zero_grad();
    const Tensor loss = cross_entropy(model(x), y);
    const auto value = loss.item<double>();  // reading it may need memory, too: not after the step
    loss.backward();
    optim::clip_grad_norm_(optimizer->parameters(), 1.0);
    optimizer->step();
    return value;
  }

  std::vector<std::vector<double>> parameters() const {
    std::vector<std::vector<double>> all;
    for (const Tensor& p : optimizer->parameters()) all.push_back(values_of(p));
    return all;
  }
  std::vector<std::vector<double>> buffers() {
    return {values_of(model.norm.running_mean), values_of(model.norm.running_var),
            values_of(model.norm.num_batches_tracked)};
  }
  std::vector<std::vector<double>> states() const {
    std::vector<std::vector<double>> all;
    for (const auto& [name, tensor] : optimizer->state_dict()) all.push_back(values_of(tensor));
    return all;
  }
};

struct Where {
  const char* device;
  int threads;
};

class MemoryShortage : public ::testing::TestWithParam<Where> {
 protected:
  void SetUp() override {
    if (!device_available(GetParam().device)) {
      GTEST_SKIP() << "DEVICE MISSING: " << GetParam().device;
    }
    device_ = Device(GetParam().device);
    set_num_threads(GetParam().threads);
  }
  ~MemoryShortage() override { set_num_threads(before_); }

  /// Calls `attempt` with its n-th request failing, for all n; `after(n)` follows each failure.
  template <class Attempt, class After>
  void sweep(const Attempt& attempt, const After& after) {
    constexpr int64_t kMost = 3000;
    for (int64_t n = 1; n < kMost; ++n) {
      bool failed = false;
      {
        const Shortage shortage(n);
        try {
          attempt();
        } catch (const OutOfMemoryError& error) {
          failed = true;
          EXPECT_THAT(error.what(), HasSubstr("out of memory: asked for ")) << "request " << n;
        }
      }
      if (!failed) {
        EXPECT_GT(n, 1) << "nothing asked for memory";
        RecordProperty("requests", std::to_string(n - 1));
        return;
      }
      after(n);
      if (::testing::Test::HasFailure()) return;
    }
    FAIL() << "more requests than expected";
  }

  Device device_;

 private:
  int before_ = num_threads();
};

TEST_P(MemoryShortage, AStepThatFailedChangesNothingAndTheNextOneIsRight) {
  Training expected(device_);
  const auto fresh = expected.parameters();
  const auto fresh_buffers = expected.buffers();
  const double loss = expected.step();
  const auto trained_buffers = expected.buffers();
  std::unique_ptr<Training> run = std::make_unique<Training>(device_);
  sweep([&] { run->step(); },
        [&](int64_t n) {
          SCOPED_TRACE("request " + std::to_string(n));
          // No parameter has moved. Running statistics have been updated as a whole or not at all;
          // what repeats a step puts them back.
          EXPECT_EQ(run->parameters(), fresh);
          const auto buffers = run->buffers();
          EXPECT_TRUE(buffers == fresh_buffers || buffers == trained_buffers);
          run->model.norm.running_mean.fill_(0);
          run->model.norm.running_var.fill_(1);
          run->model.norm.num_batches_tracked.fill_(0);
          EXPECT_EQ(run->step(), loss);
          EXPECT_EQ(run->parameters(), expected.parameters());
          EXPECT_EQ(run->buffers(), trained_buffers);
          EXPECT_EQ(run->states(), expected.states());
          run = std::make_unique<Training>(device_);
        });
}

TEST_P(MemoryShortage, AChangeInPlaceThatFailedChangesNothing) {
  const TensorOptions on{.device = device_};
  const Tensor start = arange(60000.0, on).reshape({300, 200});
  const Tensor mask = (start % 3 == 0), other = start.t().contiguous().t() * 2;
  const Tensor rows = (arange(400, {.dtype = int64}) * 7 % 300).to(device_);
  const Tensor along = rows.unsqueeze(1).expand({400, 200});
  const Tensor source = ones({400, 200}, on);
  const std::vector<std::pair<const char*, std::function<void(Tensor&)>>> changes = {
      {"add_", [&](Tensor& x) { x.add_(other); }},
      {"add_ of an overlapping part",
       [](Tensor& x) { x.narrow(0, 1, 299).add_(x.narrow(0, 0, 299)); }},
      {"copy_ of another type",
       [&](Tensor& x) { x.copy_(other.to(float64).t().contiguous().t()); }},
      {"copy_ of itself reversed", [](Tensor& x) { x.copy_(flip(x, {0})); }},
      {"masked_fill_", [&](Tensor& x) { x.masked_fill_(mask, 7); }},
      {"masked_scatter_", [&](Tensor& x) { x.masked_scatter_(mask, other.reshape({-1})); }},
      {"index_put_", [&](Tensor& x) { x.index_put_({rows}, source); }},
      {"index_put_ of a mask", [&](Tensor& x) { x.index_put_({mask}, 5); }},
      {"index_put_, added", [&](Tensor& x) { x.index_put_({rows}, source, true); }},
      {"index_add_", [&](Tensor& x) { x.index_add_(0, rows, source, 2); }},
      {"index_copy_", [&](Tensor& x) { x.index_copy_(0, rows, source); }},
      {"scatter_add_", [&](Tensor& x) { x.scatter_add_(0, along, source); }},
      {"scatter_reduce_", [&](Tensor& x) { x.scatter_reduce_(0, along, source, "amax"); }},
      {"normal_", [](Tensor& x) { x.normal_(); }},
      {"uniform_", [](Tensor& x) { x.uniform_(2, 5); }},
      {"random_", [](Tensor& x) { x.random_(0, 10); }},
      {"recorded, with a derivative of the old values",
       [&](Tensor& x) {
         const Tensor w = ones({200}, on).requires_grad_();
         Tensor y = x.view({300, 200});
         y.mul_(w);
       }},
  };
  for (const auto& [name, change] : changes) {
    SCOPED_TRACE(name);
    Tensor x = start.clone();
    const auto before = values_of(x);
    bool asked = false;
    {
      Tensor trial = x.clone();
      change(trial);  // kernels are built, and keep what they need
      const Shortage count(0);
      fail_allocation(int64_t{1} << 62);
      change(trial);
      asked = allocations_since() > 0;
    }
    if (!asked) continue;  // needs no memory
    sweep([&] { change(x); },
          [&](int64_t n) { EXPECT_EQ(values_of(x), before) << "request " << n; });
    if (HasFailure()) return;
  }
}

TEST_P(MemoryShortage, AGradientIsAddedToAsAWholeOrNotAtAll) {
  const Tensor w = ones({500, 300}, device_).requires_grad_();
  const Tensor x = arange(300.0, {.device = device_});
  const auto backward = [&] { (w * x).sum().backward(); };
  backward();
  const auto once = values_of(w.grad());
  sweep(backward, [&](int64_t n) { EXPECT_EQ(values_of(w.grad()), once) << "request " << n; });
}

INSTANTIATE_TEST_SUITE_P(Devices, MemoryShortage,
                         ::testing::Values(Where{"cpu", 1}, Where{"cpu", 2},
                                           Where{"custom_gpu", 2}),
                         [](const auto& info) {
                           return std::string(info.param.device) + "_" +
                                  std::to_string(info.param.threads);
                         });

}  // namespace
}  // namespace ct::test
