// The training loop on tasks that are not classification.
#include "customtensor/train/loop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include "support/compare.hpp"
#include "train/loop/tasks.hpp"

namespace ct::train {
namespace {

using test::Gan;
using test::message_of;
using test::numbers_of;
using test::points;
using test::Regression;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

const LoopOptions kGan{.epochs = 3, .batch_size = 8, .seed = 2, .log_steps = 4};

/// What does not depend on time.
std::vector<std::string> lines(const std::vector<MetricsRecord>& records) {
  std::vector<std::string> lines;
  for (MetricsRecord r : records) {
    r.images_per_second = r.seconds = 0;
    lines.push_back(to_json(r));
  }
  return lines;
}

struct GanRun {
  std::vector<MetricsRecord> records;
  std::vector<std::pair<std::string, std::vector<double>>> numbers;
};

/// In sessions of `steps` steps, each with objects of its own.
GanRun run_gan(int64_t steps) {
  GanRun run;
  std::optional<LoopState> state;
  StateDict tensors;
  for (Ending ending = Ending::stopped; ending == Ending::stopped;) {
    manual_seed(state ? 99 : 1);  // what a resumed run starts with must not matter
    Gan gan;
    Loop loop(gan, gan.trained(), points(44), kGan);
    if (state) {
      loop.trained().load_state_dict(tensors);
      loop.set_state(*state);
    }
    int64_t left = steps;
    loop.on_record = [&](const MetricsRecord& record) { run.records.push_back(record); };
    loop.should_stop = [&] { return --left == 0; };
    ending = loop.run();
    state = loop.state();
    tensors = StateDict();
    for (const auto& [name, tensor] : loop.trained().state_dict()) {
      tensors.insert(name, tensor.clone());
    }
    run.numbers = numbers_of(loop.trained());
  }
  return run;
}

TEST(Loop, TrainsTwoModelsWithTwoOptimizers) {
  manual_seed(1);
  Gan gan;
  const auto before = numbers_of(gan.trained());
  std::vector<std::string> splits;
  Loop loop(gan, gan.trained(), points(44), kGan);
  loop.on_record = [&](const MetricsRecord& record) {
    splits.push_back(record.split);
    EXPECT_TRUE(std::isnan(record.loss));
    EXPECT_TRUE(std::isnan(record.accuracy));
    EXPECT_THAT(record.figures, ElementsAre(testing::Pair("loss_d", testing::Gt(0)),
                                            testing::Pair("loss_g", testing::Gt(0))));
  };
  EXPECT_EQ(loop.run(), Ending::done);
  EXPECT_THAT(splits,
              ElementsAre("train_steps", "train", "train_steps", "train", "train_steps", "train"))
      << "there is no evaluation";
  EXPECT_EQ(loop.total_steps(), 18);
  const auto after = numbers_of(gan.trained());
  for (size_t i = 0; i < 8; ++i) EXPECT_NE(before[i].second, after[i].second) << before[i].first;
}

TEST(Loop, AGanResumesWithinAnEpochBitForBit) {
  const GanRun whole = run_gan(1000), pieces = run_gan(5), single = run_gan(1);
  EXPECT_EQ(whole.numbers, pieces.numbers);
  EXPECT_EQ(lines(whole.records), lines(pieces.records));
  EXPECT_EQ(whole.numbers, single.numbers);
  EXPECT_EQ(lines(whole.records), lines(single.records));
}

TEST(Loop, FiguresAreMeansByTheirOwnWeights) {
  manual_seed(1);
  Gan gan;
  Loop loop(gan, gan.trained(), points(44), {.epochs = 1, .batch_size = 8, .log_steps = 100});
  loop.run();
  const Figures train = loop.state().last_train;
  EXPECT_EQ(train.find("loss_d")->weight, 44);
  EXPECT_EQ(train.find("loss_g")->weight, 8 + 8 + 4) << "of the second, fourth and last step";
}

TEST(Loop, TrainsARegressionWithoutAccuracy) {
  manual_seed(1);
  Regression task;
  Loop loop(task, task.trained(), points(64), {.epochs = 60, .batch_size = 16});
  loop.evaluation = [&] { return evaluate(task, loop.trained(), points(32, 6)); };
  MetricsRecord last;
  loop.on_record = [&](const MetricsRecord& record) { last = record; };
  Progress progress;
  loop.on_progress = [&](const Progress& p) { progress = p; };
  EXPECT_EQ(loop.run(), Ending::done);
  EXPECT_EQ(last.split, "test");
  EXPECT_LT(last.loss, 1e-3);
  EXPECT_THAT(last.figures, ElementsAre(testing::Pair("mae", testing::Lt(0.05))));
  EXPECT_THAT(to_json(last), testing::Not(HasSubstr("accuracy")));
  EXPECT_THAT(progress_line(progress, 120, false), testing::Not(HasSubstr("acc")));
}

TEST(Loop, EvaluatesInInferenceModeAndPutsTheModeBack) {
  struct Watched : Regression {
    bool recorded = true, trained_mode = true;
    void evaluate(const data::Batch& batch, Meter& meter) override {
      recorded = model(batch.images).requires_grad();
      trained_mode = model.is_training();
      Regression::evaluate(batch, meter);
    }
  } task;
  EXPECT_EQ(evaluate(task, task.trained(), points(20), 8).find("loss")->weight, 20);
  EXPECT_FALSE(task.recorded);
  EXPECT_FALSE(task.trained_mode);
  EXPECT_TRUE(task.model.is_training());
}

TEST(Loop, TheScheduleSetsTheRateOfEveryOptimizer) {
  Gan gan;
  LoopOptions options = kGan;
  options.schedule = [](double lr, int64_t step, int64_t steps) {
    EXPECT_EQ(steps, 18);
    return lr * static_cast<double>(step + 1);
  };
  Loop loop(gan, gan.trained(), points(44), options);
  loop.run();
  EXPECT_DOUBLE_EQ(gan.optimizer_g.lr(), 1e-2 * 18);
  EXPECT_DOUBLE_EQ(gan.optimizer_d.lr(), 5e-2 * 18);
}

TEST(Loop, TheScheduleOfAResumedRunStartsFromTheFirstRate) {
  Gan gan;
  LoopState state;
  {
    LoopOptions options = kGan;
    options.schedule = make_schedule("cosine");
    Loop loop(gan, gan.trained(), points(44), options);
    int64_t left = 9;
    loop.should_stop = [&] { return --left == 0; };
    loop.run();
    state = loop.state();
  }
  EXPECT_LT(gan.optimizer_g.lr(), 0.9e-2);
  EXPECT_THAT(state.lr, ElementsAre(1e-2, 5e-2));
  Loop loop(gan, gan.trained(), points(44), kGan);  // made when the rates have fallen
  loop.set_state(state);
  EXPECT_EQ(loop.state().lr, state.lr);
}

/// Evaluations that give these losses in turn.
struct Told : Regression {
  std::vector<double> losses;
  explicit Told(std::vector<double> told) : losses(std::move(told)) {}
};

TEST(Loop, TellsTheBestEpochAndStopsEarly) {
  Told task({5, 3, 4, 2, 2.5, 3, 1});
  Loop loop(task, task.trained(), points(16),
            {.epochs = 7, .batch_size = 8, .best = {.figure = "loss", .patience = 2}});
  loop.evaluation = [&] {
    return Figures{{"loss", task.losses[static_cast<size_t>(loop.state().epoch)], 1}};
  };
  std::vector<int64_t> ended, best, early;
  std::vector<std::string> order;
  loop.on_epoch_end = [&](const EpochEnd& end) {
    ended.push_back(end.epoch);
    order.emplace_back("end");
  };
  loop.on_best = [&](const EpochEnd& end) {
    best.push_back(end.epoch);
    order.emplace_back("best");
    EXPECT_EQ(end.test.mean("loss", 0), task.losses[static_cast<size_t>(end.epoch - 1)]);
  };
  loop.on_step = [&](bool epoch_ended) {
    if (epoch_ended) order.emplace_back("step");
  };
  loop.on_early_stop = [&](const EpochEnd& end) {
    early.push_back(end.epoch);
    order.emplace_back("early");
  };
  EXPECT_EQ(loop.run(), Ending::stopped_early);
  EXPECT_THAT(ended, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(best, ElementsAre(1, 2, 4));
  EXPECT_THAT(early, ElementsAre(6));
  order.erase(order.begin(), order.end() - 3);
  EXPECT_THAT(order, ElementsAre("end", "step", "early"));
  EXPECT_EQ(loop.state().best.epoch, 4);
  EXPECT_EQ(loop.state().best.value, 2);
  EXPECT_EQ(loop.run(), Ending::stopped_early) << "once out of patience, it stays so";
  EXPECT_EQ(loop.state().epoch, 6);
}

TEST(Loop, KnowsTheBestEpochOfTheSessionsBefore) {
  Told task({5, 3, 4, 3.5, 2});
  const LoopOptions options{.epochs = 5, .batch_size = 8, .best = {.figure = "loss"}};
  LoopState state;
  std::vector<int64_t> best;
  for (int session = 0; session < 3; ++session) {
    Loop loop(task, task.trained(), points(16), options);
    loop.set_state(state);
    loop.evaluation = [&] {
      return Figures{{"loss", task.losses[static_cast<size_t>(loop.state().epoch)], 1}};
    };
    loop.on_best = [&](const EpochEnd& end) { best.push_back(end.epoch); };
    loop.should_stop = [&] { return loop.state().epoch == 2 * (session + 1); };
    loop.run();
    state = loop.state();
  }
  EXPECT_THAT(best, ElementsAre(1, 2, 5));
}

TEST(Loop, TheBestNeedsAFigureOfAnEvaluation) {
  Regression task;
  Loop loop(task, task.trained(), points(16), {.best = {.figure = "f1", .mode = Mode::max}});
  EXPECT_EQ(message_of<ValueError>([&] { loop.run(); }),
            "train: the best epoch is told by \"f1\" of an evaluation, but the loop has none");
  loop.evaluation = [&] { return evaluate(task, loop.trained(), points(8)); };
  EXPECT_EQ(message_of<ValueError>([&] { loop.run(); }),
            "train: the best epoch is told by \"f1\", which the evaluation does not give: [loss, "
            "mae]");
}

TEST(Loop, NamesTheFigureThatIsNoNumberAnymore) {
  struct Diverging : Regression {
    void run(const data::Batch&, int64_t step, Meter& meter) override {
      meter.add_mean("loss_d", 1.0);
      meter.add_mean("loss_g", step == 2 ? INFINITY : 1.0);
    }
  } task;
  Loop loop(task, task.trained(), points(16), {.epochs = 3, .batch_size = 8, .log_steps = 1});
  EXPECT_EQ(message_of<Error>([&] { loop.run(); }),
            "train: the loss_g is inf after step 3 (epoch 2); try a smaller --lr");
}

TEST(Loop, RejectsOptionsAndPartsThatCannotBe) {
  Regression task;
  const auto said = [&](const Trained& trained, const LoopOptions& options) {
    return message_of<ValueError>([&] { Loop(task, trained, points(16), options); });
  };
  EXPECT_EQ(said(task.trained(), {.epochs = -1}), "train: epochs is -1: must be 0 or more");
  EXPECT_EQ(said(task.trained(), {.log_steps = 0}), "train: log_steps is 0: must be 1 or more");
  EXPECT_THAT(said(task.trained(), {.batch_size = 0}), HasSubstr("batch_size"));
  EXPECT_EQ(
      said({.models = {{"a.b", &task.model}}}, {}),
      "train: a part of a run cannot be called \"a.b\": a name is not empty and holds no dot");
  EXPECT_EQ(said({.models = {{"m", &task.model}}, .optimizers = {{"m", &task.optimizer}}}, {}),
            "train: two parts of a run are called \"m\"");
  EXPECT_EQ(said({.models = {{"m", nullptr}}}, {}), "train: \"m\" is a null pointer");
}

TEST(Loop, RejectsTheStateOfAnotherRun) {
  Regression regression;
  Gan gan;
  EXPECT_EQ(message_of<ValueError>(
                [&] { gan.trained().load_state_dict(regression.trained().state_dict()); }),
            "train: the state holds \"model.weight\", but this run consists of generator, "
            "discriminator, optimizer_g, optimizer_d");
  Loop loop(gan, gan.trained(), points(16));
  LoopState state = loop.state();
  state.lr = {0.5};
  EXPECT_EQ(message_of<ValueError>([&] { loop.set_state(state); }),
            "train: the state has learning rates of 1 optimizers, this run has 2");
  state.generators.clear();
  EXPECT_EQ(message_of<ValueError>([&] { loop.set_state(state); }),
            "train: the state has no random stream \"noise\", which this run draws from");
}

TEST(Loop, RejectsAStateOfAPlaceThatItHasNot) {
  Regression task;
  Loop loop(task, task.trained(), points(16), {.batch_size = 8});
  const auto said = [&](const LoopState& state) {
    return message_of<ValueError>([&] { loop.set_state(state); });
  };
  EXPECT_EQ(said({.epoch = 1, .step = 3, .total_steps = 9}),
            "train: the state is after 1 epochs, 3 steps of the next and 9 in all: an epoch has 2");
  for (const LoopState& state :
       {LoopState{.epoch = -1}, LoopState{.step = -1}, LoopState{.step = 2, .total_steps = 1}}) {
    EXPECT_THAT(said(state), HasSubstr("train: the state is after"));
  }
  EXPECT_EQ(said({.lr = {-0.5}}), "train: a learning rate of the state is -0.5: must be 0 or more");
  EXPECT_EQ(loop.state().total_steps, 0);
}

TEST(Loop, AStateOfWhichAPartDoesNotFitChangesNothing) {
  Gan from, to;
  Loop(from, from.trained(), points(16), {.batch_size = 8}).run();
  Loop(to, to.trained(), points(24), {.batch_size = 8}).run();
  const auto before = numbers_of(to.trained());
  const StateDict whole = from.trained().state_dict();
  for (const auto& [left_out, tensor] : whole) {
    StateDict part;
    for (const auto& [name, value] : whole) {
      if (name != left_out) part.insert(name, value);
    }
    EXPECT_THROW(to.trained().load_state_dict(part), ValueError) << left_out;
    EXPECT_EQ(numbers_of(to.trained()), before) << left_out;
  }
  StateDict other_shape;
  for (const auto& [name, value] : whole) {
    other_shape.insert(name, name == "discriminator.out.bias" ? ones({2}) : value);
  }
  EXPECT_THAT(message_of<ValueError>([&] { to.trained().load_state_dict(other_shape); }),
              HasSubstr("shape of out.bias: (1) in the module, (2) given"));
  EXPECT_EQ(numbers_of(to.trained()), before);
  const auto said_of = [&](const std::string& changed, const Tensor& tensor) {
    StateDict state;
    for (const auto& [name, value] : whole) state.insert(name, name == changed ? tensor : value);
    return message_of<ValueError>([&] { to.trained().load_state_dict(state); });
  };
  EXPECT_EQ(
      said_of("optimizer_d.state.0.step", full({}, 1.5)),
      "load_state_dict: names or shapes do not fit SGD:\n  dtype of state.0.step: int64 in the "
      "optimizer, float32 given");
  EXPECT_EQ(said_of("optimizer_d.param_groups.0.momentum", full({}, NAN, {.dtype = float64})),
            "load_state_dict: names or shapes do not fit SGD:\n  not finite: "
            "param_groups.0.momentum is nan");
  EXPECT_EQ(numbers_of(to.trained()), before);
  to.trained().load_state_dict(whole);
  EXPECT_EQ(numbers_of(to.trained()), numbers_of(from.trained()));
}

TEST(Loop, AStepWithoutAnEvaluationSaysSo) {
  Gan gan;
  EXPECT_EQ(message_of<ValueError>([&] { evaluate(gan, gan.trained(), points(8)); }),
            "train: this step has no evaluation: override Step::evaluate");
}

}  // namespace
}  // namespace ct::train
