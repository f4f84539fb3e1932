// Schedules: 50 epochs of each as PyTorch has them, resuming, and what they refuse.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/optim.hpp"
#include "support/compare.hpp"

namespace ct::optim {
namespace {

using Json = nlohmann::json;
using test::message_of;

/// Two groups, as schedules.py has them.
SGD two_groups() {
  const Tensor a = zeros({2}, {.requires_grad = true}), b = zeros({3}, {.requires_grad = true});
  return SGD({{.params = {a}, .options = {.lr = 0.5, .momentum = 0.9}},
              {.params = {b}, .options = {.lr = 0.02, .momentum = 0.9}}});
}

std::shared_ptr<LRScheduler> make(const std::string& name, const Json& a, Optimizer& o) {
  const auto real = [&](const char* key) { return a.at(key).get<double>(); };
  const auto whole = [&](const char* key) { return a.at(key).get<int64_t>(); };
  if (name == "StepLR") return std::make_shared<StepLR>(o, whole("step_size"), real("gamma"));
  if (name == "MultiStepLR") {
    return std::make_shared<MultiStepLR>(o, a.at("milestones").get<std::vector<int64_t>>(),
                                         real("gamma"));
  }
  if (name == "ExponentialLR") return std::make_shared<ExponentialLR>(o, real("gamma"));
  if (name == "ConstantLR") {
    return std::make_shared<ConstantLR>(o, real("factor"), whole("total_iters"));
  }
  if (name == "LinearLR") {
    return std::make_shared<LinearLR>(o, real("start"), real("end"), whole("total_iters"));
  }
  if (name == "PolynomialLR") {
    return std::make_shared<PolynomialLR>(o, whole("total_iters"), real("power"));
  }
  if (name == "CosineAnnealingLR") {
    return std::make_shared<CosineAnnealingLR>(o, whole("t_max"), real("eta_min"));
  }
  if (name == "CosineAnnealingWarmRestarts") {
    return std::make_shared<CosineAnnealingWarmRestarts>(o, whole("t_0"), whole("t_mult"),
                                                         real("eta_min"));
  }
  if (name == "LambdaLR") {
    return std::make_shared<LambdaLR>(o,
                                      [](int64_t e) { return 1 / (1 + static_cast<double>(e)); });
  }
  if (name == "MultiplicativeLR") {
    return std::make_shared<MultiplicativeLR>(
        o, [](int64_t e) { return 1 - 0.1 / (1 + static_cast<double>(e)); });
  }
  if (name == "CyclicLR") {
    const std::map<std::string, CyclicMode> modes = {{"triangular", CyclicMode::triangular},
                                                     {"triangular2", CyclicMode::triangular2},
                                                     {"exp_range", CyclicMode::exp_range}};
    return std::make_shared<CyclicLR>(o, 0.01, 0.6,
                                      CyclicOptions{.step_size_up = whole("up"),
                                                    .step_size_down = whole("down"),
                                                    .mode = modes.at(a.at("mode")),
                                                    .gamma = real("gamma")});
  }
  if (name == "OneCycleLR") {
    return std::make_shared<OneCycleLR>(
        o, 0.7,
        OneCycleOptions{.total_steps = 50,
                        .pct_start = real("pct_start"),
                        .anneal_strategy = a.at("strategy") == "cos" ? AnnealStrategy::cos
                                                                     : AnnealStrategy::linear,
                        .three_phase = a.at("three_phase").get<bool>()});
  }
  if (name == "SequentialLR") {
    SchedulerList all = {std::make_shared<LinearLR>(o, 0.1, 1.0, 5),
                         std::make_shared<CosineAnnealingLR>(o, 20),
                         std::make_shared<ExponentialLR>(o, 0.9)};
    return std::make_shared<SequentialLR>(o, std::move(all), std::vector<int64_t>{5, 25});
  }
  SchedulerList both = {std::make_shared<ConstantLR>(o, 0.1, 6),
                        std::make_shared<ExponentialLR>(o, 0.9)};
  return std::make_shared<ChainedScheduler>(o, std::move(both));
}

Json reference() {
  std::ifstream file(CT_TEST_DATA "/reference/schedules.json");
  return Json::parse(file);
}

void expect_rates(const Optimizer& o, const Json& c, size_t epoch) {
  for (size_t g = 0; g < 2; ++g) {
    const double expected = c.at("lr")[epoch][g];
    EXPECT_NEAR(o.lr(g), expected, 1e-12 + 1e-10 * expected)
        << "epoch " << epoch << ", group " << g;
  }
  EXPECT_NEAR(*o.momentum(0), c.at("momentum")[epoch].get<double>(), 1e-10) << "epoch " << epoch;
}

TEST(Schedule, GoesAsPyTorchs) {
  for (const Json& c : reference().at("cases")) {
    const std::string name = c.at("name");
    SCOPED_TRACE(name + " " + c.at("args").dump().substr(0, 120));
    SGD o = two_groups();
    if (name == "ReduceLROnPlateau") {
      const Json& a = c.at("args");
      ReduceLROnPlateau schedule(
          o, {.mode = a.at("mode") == "min" ? PlateauMode::min : PlateauMode::max,
              .factor = 0.5,
              .patience = 4,
              .threshold = 1e-3,
              .threshold_mode =
                  a.at("threshold_mode") == "rel" ? ThresholdMode::rel : ThresholdMode::abs,
              .cooldown = 2,
              .min_lr = 0.003});
      for (size_t epoch = 0; epoch < 50; ++epoch) {
        expect_rates(o, c, epoch);
        schedule.step(a.at("metrics")[epoch].get<double>());
      }
      continue;
    }
    const auto schedule = make(name, c.at("args"), o);
    for (size_t epoch = 0; epoch < 50; ++epoch) {
      expect_rates(o, c, epoch);
      if (epoch + 1 < 50) schedule->step();
    }
  }
}

TEST(Schedule, GoesOnFromItsState) {
  for (const Json& c : reference().at("cases")) {
    const std::string name = c.at("name");
    if (name == "ReduceLROnPlateau") continue;
    SCOPED_TRACE(name + " " + c.at("args").dump());
    SGD o = two_groups();
    const auto schedule = make(name, c.at("args"), o);
    for (int i = 0; i < 17; ++i) schedule->step();
    SGD other = two_groups();
    const auto resumed = make(name, c.at("args"), other);
    other.load_state_dict(o.state_dict());
    resumed->load_state_dict(schedule->state_dict());
    for (size_t epoch = 17; epoch + 1 < 50; ++epoch) resumed->step();
    expect_rates(other, c, 49);
  }
}

TEST(Schedule, PlateauGoesOnFromItsState) {
  SGD o = two_groups();
  ReduceLROnPlateau a(o, {.patience = 2});
  for (const double m : {1.0, 2.0, 2.0}) a.step(m);
  ReduceLROnPlateau b(o, {.patience = 2});
  b.load_state_dict(a.state_dict());
  EXPECT_EQ(b.best(), 1.0);
  b.step(2.0);
  EXPECT_NEAR(o.lr(0), 0.05, 1e-12);
  EXPECT_EQ(message_of<ValueError>([&] { b.load_state_dict({}); }),
            "load_state_dict: names or shapes do not fit ReduceLROnPlateau:\n  missing: best\n  "
            "missing: num_bad_epochs\n  missing: cooldown_counter\n  missing: last_epoch");
}

TEST(Schedule, WarmsUpBeforeAnyOther) {
  SGD o = two_groups();
  const auto schedule = with_warmup(o, std::make_shared<ExponentialLR>(o, 0.5), 4, 0.2);
  EXPECT_NEAR(o.lr(0), 0.1, 1e-12);
  for (int i = 0; i < 4; ++i) schedule->step();
  EXPECT_NEAR(o.lr(0), 0.5, 1e-12);
  schedule->step();
  EXPECT_NEAR(o.lr(0), 0.25, 1e-12);
}

TEST(Schedule, Refuses) {
  SGD o = two_groups();
  EXPECT_EQ(message_of<ValueError>([&] { StepLR(o, 0); }),
            "StepLR: step_size must be at least 1: 0");
  EXPECT_EQ(message_of<ValueError>([&] { ExponentialLR(o, INFINITY); }),
            "ExponentialLR: gamma must be finite: inf");
  EXPECT_EQ(message_of<ValueError>([&] { ConstantLR(o, 2); }),
            "ConstantLR: factor must be above 0 and at most 1: 2");
  EXPECT_EQ(message_of<ValueError>([&] { LinearLR(o, 0); }),
            "LinearLR: start_factor must be in (0, 1] and end_factor in [0, 1]: 0 and 1");
  EXPECT_EQ(message_of<ValueError>(
                [&] { LambdaLR(o, std::vector<LambdaLR::Function>{[](int64_t) { return 1.0; }}); }),
            "LambdaLR: 1 functions were given for 2 groups");
  EXPECT_EQ(message_of<ValueError>([&] { LambdaLR(o, LambdaLR::Function()); }),
            "LambdaLR: a function is empty");
  EXPECT_EQ(message_of<ValueError>([&] { CyclicLR(o, 2, 1); }),
            "CyclicLR: rates must be 0 <= base_lr <= max_lr: 2 and 1");
  EXPECT_EQ(message_of<ValueError>([&] { CyclicLR(o, 1, 2, {.step_size_up = 0}); }),
            "CyclicLR: step sizes must be at least 1: up 0, down 0");
  EXPECT_EQ(message_of<ValueError>([&] { CyclicLR(o, 1, 2, {.base_momentum = 1}); }),
            "CyclicLR: momenta must be 0 <= base <= max < 1: base 1, max 0.9");
  Adagrad none({zeros({2}, {.requires_grad = true})});
  EXPECT_EQ(message_of<ValueError>([&] { CyclicLR(none, 1, 2); }),
            "CyclicLR: the optimizer has neither a momentum nor betas; switch cycle_momentum off");
  EXPECT_EQ(message_of<ValueError>([&] { OneCycleLR(o, 1, {}); }),
            "OneCycleLR: total_steps must be at least 1 and pct_start in [0, 1]: 0 and 0.3");
  EXPECT_EQ(message_of<ValueError>([&] { OneCycleLR(o, -1, {.total_steps = 3}); }),
            "OneCycleLR: max_lr must not be negative and both factors be positive: max_lr -1, "
            "div_factor 25, final_div_factor 10000");
  OneCycleLR cycle(o, 1, {.total_steps = 2});
  cycle.step();
  EXPECT_EQ(message_of<ValueError>([&] { cycle.step(); }),
            "OneCycleLR: step 2 is behind the last of 2 steps");
  EXPECT_EQ(message_of<ValueError>([&] { ReduceLROnPlateau(o, {.factor = 1}); }),
            "ReduceLROnPlateau: factor must be in [0, 1), and patience, cooldown and min_lr not be "
            "negative: 1, 10, 0 and 0");
  EXPECT_EQ(message_of<ValueError>([&] { ChainedScheduler(o, {}); }),
            "ChainedScheduler: there are no schedules");
  EXPECT_EQ(message_of<ValueError>([&] { ChainedScheduler(o, {nullptr}); }),
            "ChainedScheduler: a schedule is null");
  EXPECT_EQ(
      message_of<ValueError>(
          [&] { SequentialLR(o, {std::make_shared<ExponentialLR>(o, 1)}, {3}); }),
      "SequentialLR: milestones must ascend from 1, one fewer than the 1 schedules: there are "
      "1");
  StepLR step(o, 3);
  EXPECT_EQ(message_of<ValueError>([&] { step.load_state_dict({}); }),
            "load_state_dict: names or shapes do not fit StepLR:\n  missing: last_epoch ()\n  "
            "missing: base_lrs (2)\n  missing: _last_lr (2)");
  SequentialLR sequence(o, {std::make_shared<ExponentialLR>(o, 1)}, {});
  EXPECT_EQ(message_of<ValueError>([&] { sequence.load_state_dict({}); }),
            "load_state_dict: SequentialLR needs last_epoch, an int64 of at least 0");
}

TEST(OptimizerMessages, GroupsClosuresAndLimits) {
  SGD o = two_groups();
  EXPECT_EQ(message_of<IndexError>([&] { o.lr(2); }), "SGD: there is no group 2: there are 2");
  EXPECT_EQ(message_of<ValueError>([&] { o.step(Optimizer::Closure()); }),
            "SGD: step was given an empty closure");
  const Tensor p = zeros({2}, {.requires_grad = true});
  Adagrad none({p});
  EXPECT_EQ(message_of<ValueError>([&] { none.set_momentum(0, 0.5); }),
            "Adagrad: there is neither a momentum nor betas to set");
  EXPECT_EQ(
      message_of<ValueError>([&] { Muon({p}); }),
      "Muon: parameter 0 must be a matrix: its shape is (2); give it to another optimizer, such "
      "as AdamW");
  EXPECT_EQ(message_of<ValueError>([&] {
              Rprop({p}, {.etas = {1, 2}});
            }),
            "Rprop: etas must have 0 < etas[0] < 1 < etas[1]: 1 and 2");
  EXPECT_EQ(message_of<ValueError>([&] {
              Rprop({p}, {.step_sizes = {2, 1}});
            }),
            "Rprop: step_sizes[0] must not be above step_sizes[1]: 2 and 1");
  LBFGS l({p});
  EXPECT_EQ(message_of<ValueError>([&] { l.step(); }),
            "LBFGS: step needs a closure, which it calls many times: step(closure)");
  EXPECT_EQ(message_of<ValueError>([&] { l.step(Optimizer::Closure()); }),
            "LBFGS: step was given an empty closure");
  EXPECT_EQ(message_of<ValueError>([&] {
              l.add_param_group({.params = {zeros({2}, {.requires_grad = true})}, .options = {}});
            }),
            "LBFGS: there can be one group of parameters only");
  EXPECT_EQ(message_of<ValueError>([&] {
              l.load_state_dict({{"state.0.n_iter", ones({1})}});
            }).substr(0, 51),
            "load_state_dict: names or shapes do not fit LBFGS:\n");
  const Tensors list = {p};
  EXPECT_EQ(message_of<ValueError>([&] { get_total_norm(list, 0); }),
            "get_total_norm: norm_type must be above 0: 0");
  const Tensors infinite = {full({1}, INFINITY, {.dtype = float32})};
  EXPECT_EQ(message_of<ValueError>([&] { get_total_norm(infinite, 2, true); }),
            "get_total_norm: the total norm of order 2 of the gradients is inf; leave "
            "error_if_nonfinite out to scale them all the same");
  EXPECT_EQ(message_of<ValueError>([&] { clip_grad_value_(list, -1); }),
            "clip_grad_value_: clip_value must be at least 0: -1");
}

}  // namespace
}  // namespace ct::optim
