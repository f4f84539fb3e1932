// Trainer: the names and structs of classification over the general loop.
#include "customtensor/train/trainer.hpp"

#include <algorithm>
#include <utility>

#include "train/classify/classification_loop.hpp"

namespace ct::train {

namespace {

Figures figures_of(const Sums& s) {
  return {{"loss", s.loss, s.images}, {"accuracy", s.correct, s.images}};
}

Sums sums_of(const Figures& figures) {
  const Figure none;
  const Figure* loss = figures.find("loss");
  const Figure* accuracy = figures.find("accuracy");
  return {(loss != nullptr ? *loss : none).sum, (accuracy != nullptr ? *accuracy : none).sum,
          figures.samples()};
}

LoopOptions loop_options(const TrainerOptions& o) {
  Schedule schedule = o.cosine && !o.schedule ? make_schedule("cosine") : o.schedule;
  if (schedule) {  // from the options' rate, whatever the optimizer's is
    schedule = [lr = o.lr, schedule](double, int64_t step, int64_t steps) {
      return schedule(lr, step, steps);
    };
  }
  return {.epochs = o.epochs,
          .batch_size = o.batch_size,
          .seed = o.seed,
          .workers = o.workers,
          .log_steps = o.log_steps,
          .schedule = std::move(schedule)};
}

}  // namespace

ClassificationLoop::ClassificationLoop(nn::Module& model, optim::Optimizer& optimizer,
                                       data::DatasetPtr train, data::DatasetPtr test,
                                       const LoopOptions& options)
    : step(model, optimizer),
      loop(step, {.models = {{"model", &model}}, .optimizers = {{"optimizer", &optimizer}}},
           std::move(train), options) {
  loop.evaluation = [this, &model, test = std::move(test), workers = options.workers,
                     batch_size = std::max<int64_t>(256, options.batch_size)] {
    evaluation = evaluate(model, test, batch_size, workers);
    const auto images = static_cast<double>(test->size());
    return figures_of({evaluation.loss * images, evaluation.accuracy * images, images});
  };
}

struct Trainer::Face {
  ClassificationLoop classification;
};

Trainer::Trainer(nn::Module& model, optim::Optimizer& optimizer, data::DatasetPtr train,
                 data::DatasetPtr test, const TrainerOptions& options)
    : face_(
          new Face{{model, optimizer, std::move(train), std::move(test), loop_options(options)}}) {}

Trainer::~Trainer() = default;

bool Trainer::run() {
  Loop& loop = face_->classification.loop;
  loop.on_progress = on_progress;
  loop.on_record = on_record;
  loop.on_step = on_step;
  loop.should_stop = should_stop;
  return loop.run() == Ending::done;
}

TrainerState Trainer::state() const {
  const LoopState s = face_->classification.loop.state();
  return {.epoch = s.epoch,
          .step = s.step,
          .total_steps = s.total_steps,
          .epoch_sums = sums_of(s.epoch_figures),
          .window_sums = sums_of(s.window_figures),
          .window_seconds = s.window_seconds,
          .epoch_seconds = s.epoch_seconds,
          .train_seconds = s.train_seconds,
          .seconds = s.seconds,
          .last_train = sums_of(s.last_train),
          .last_test = sums_of(s.last_test),
          .random = s.random};
}

void Trainer::set_state(const TrainerState& s) {
  face_->classification.loop.set_state({.epoch = s.epoch,
                                        .step = s.step,
                                        .total_steps = s.total_steps,
                                        .epoch_figures = figures_of(s.epoch_sums),
                                        .window_figures = figures_of(s.window_sums),
                                        .window_seconds = s.window_seconds,
                                        .epoch_seconds = s.epoch_seconds,
                                        .train_seconds = s.train_seconds,
                                        .seconds = s.seconds,
                                        .last_train = figures_of(s.last_train),
                                        .last_test = figures_of(s.last_test),
                                        .random = s.random});
}

int64_t Trainer::steps_per_epoch() const { return face_->classification.loop.steps_per_epoch(); }

const Evaluation& Trainer::last_evaluation() const { return face_->classification.evaluation; }

}  // namespace ct::train
