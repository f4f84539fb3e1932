// Trainer: classification by its own names over the general loop.
#include "customtensor/train/trainer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "customtensor/customtensor.hpp"
#include "support/compare.hpp"

namespace ct::train {
namespace {

using ::testing::ElementsAre;

/// Two classes, told apart by which of two numbers is larger.
data::DatasetPtr pairs(int64_t count, uint64_t seed) {
  Generator generator(seed);
  const Tensor x = rand({count, 2}, {}, &generator);
  return std::make_shared<const data::TensorDataset>(x, x.argmax(1));
}

struct Parts {
  nn::Linear model{2, 2};
  optim::Adam optimizer;
  Parts() : optimizer(model.parameters(), {.lr = 1e-2}) {}
};

const TrainerOptions kOptions{.epochs = 3, .batch_size = 16, .lr = 1e-2, .log_steps = 3};

TEST(Trainer, RecordsLossAndAccuracyOfStepsAndEpochs) {
  manual_seed(4);
  Parts parts;
  Trainer trainer(parts.model, parts.optimizer, pairs(70, 1), pairs(30, 2), kOptions);
  std::vector<std::string> splits;
  MetricsRecord last;
  trainer.on_record = [&](const MetricsRecord& record) {
    splits.push_back(record.split);
    last = record;
    EXPECT_TRUE(record.figures.empty());
  };
  EXPECT_EQ(trainer.steps_per_epoch(), 5);
  EXPECT_TRUE(trainer.run());
  EXPECT_THAT(splits, ElementsAre("train_steps", "train", "test", "train_steps", "train", "test",
                                  "train_steps", "train", "test"));
  const TrainerState state = trainer.state();
  EXPECT_EQ(state.epoch, 3);
  EXPECT_EQ(state.total_steps, 15);
  EXPECT_EQ(state.last_train.images, 70);
  EXPECT_EQ(state.last_test.images, 30);
  EXPECT_EQ(state.last_test.mean_loss(), last.loss);
  EXPECT_EQ(state.last_test.accuracy(), last.accuracy);
  EXPECT_EQ(trainer.last_evaluation().truth.size(), 30U);
  EXPECT_EQ(trainer.last_evaluation().loss, evaluate(parts.model, pairs(30, 2)).loss);
}

TEST(Trainer, GoesOnFromItsStateBitForBit) {
  manual_seed(4);
  Parts whole;
  Trainer(whole.model, whole.optimizer, pairs(70, 1), pairs(30, 2), kOptions).run();

  manual_seed(4);
  Parts pieces;
  TrainerState state;
  for (int64_t at : {2, 7, 8, 100}) {
    Trainer trainer(pieces.model, pieces.optimizer, pairs(70, 1), pairs(30, 2), kOptions);
    if (at > 2) trainer.set_state(state);
    trainer.should_stop = [&] { return trainer.state().total_steps == at; };
    EXPECT_EQ(trainer.run(), at == 100);
    state = trainer.state();
  }
  EXPECT_EQ(whole.model.weight.to_vector<float>(), pieces.model.weight.to_vector<float>());
}

TEST(Trainer, TheCosineStartsFromTheRateOfTheOptions) {
  for (const bool by_name : {false, true}) {
    Parts parts;
    TrainerOptions options = kOptions;
    options.lr = 0.5;
    if (by_name) {
      options.schedule = make_schedule("cosine");
    } else {
      options.cosine = true;
    }
    Trainer trainer(parts.model, parts.optimizer, pairs(70, 1), pairs(30, 2), options);
    trainer.run();
    EXPECT_EQ(parts.optimizer.lr(), optim::cosine_lr(0.5, 14, 15));
  }
}

TEST(ClassificationStep, EvaluatesToTheFiguresOfTheTrainer) {
  Parts parts;
  ClassificationStep step(parts.model, parts.optimizer);
  const Figures figures = evaluate(step, {.models = {{"model", &parts.model}}}, pairs(30, 2), 8);
  const Evaluation evaluation = evaluate(parts.model, pairs(30, 2), 8);
  EXPECT_EQ(figures.mean("loss", 0), evaluation.loss);
  EXPECT_EQ(figures.mean("accuracy", 0), evaluation.accuracy);
}

}  // namespace
}  // namespace ct::train
