// The loop. Everything that the weights depend on (order of the pictures, learning rate, random
// stream) is a function of the position and the seed; figures are read from the device at fixed
// steps only, so watching a run does not change it.
#include "customtensor/train/trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/profile.hpp"
#include "train/classify/classification_step.hpp"
#include "train/loop/meter.hpp"

namespace ct::train {

namespace {

constexpr double kProgressInterval = 0.1;  // seconds

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

struct Trainer::Loop {
  Trainer& hooks;
  nn::Module& model;
  optim::Optimizer& optimizer;
  data::DatasetPtr test;
  TrainerOptions options;
  data::DataLoader loader;
  Meter meter;
  TrainerState state;
  Evaluation evaluation;

  // The stretch of time that is not in `state` yet.
  Clock::time_point mark = Clock::now();
  // What the progress display was last told.
  Clock::time_point shown = Clock::now();
  int64_t steps_since_shown = 0;
  double speed = 0;

  Loop(Trainer& trainer, nn::Module& m, optim::Optimizer& o, data::DatasetPtr train,
       data::DatasetPtr test_, const TrainerOptions& opts)
      : hooks(trainer),
        model(m),
        optimizer(o),
        test(std::move(test_)),
        options(opts),
        loader(std::move(train), {.batch_size = opts.batch_size,
                                  .shuffle = true,
                                  .seed = opts.seed,
                                  .workers = opts.workers}),
        meter(m.device()) {
    if (options.cosine && !options.schedule) options.schedule = make_schedule("cosine");
  }

  int64_t steps_per_epoch() const { return loader.batches(); }
  bool stop() const { return hooks.should_stop && hooks.should_stop(); }

  /// Adds the time since the last call to the clocks.
  void tick(bool training) {
    const double seconds = since(mark);
    mark = Clock::now();
    state.seconds += seconds;
    if (!training) return;
    state.window_seconds += seconds;
    state.epoch_seconds += seconds;
    state.train_seconds += seconds;
  }

  void check_finite(const Sums& sums) const {
    if (std::isfinite(sums.loss)) return;
    throw Error(fmt::format("train: the loss is {} after step {} (epoch {}); try a smaller --lr",
                            sums.loss, state.total_steps, state.epoch + 1));
  }

  void record(const char* split, const Sums& sums, double seconds) const {
    if (!hooks.on_record) return;
    hooks.on_record({.epoch = state.epoch + 1,
                     .step = state.total_steps,
                     .split = split,
                     .loss = sums.mean_loss(),
                     .accuracy = sums.accuracy(),
                     .images_per_second = seconds > 0 ? sums.images / seconds : 0,
                     .seconds = state.seconds});
  }

  /// Moves the figures of the last steps from the device into the epoch's.
  Sums close_window() {
    const Sums sums = meter.take();
    check_finite(sums);
    state.epoch_sums = state.epoch_sums + sums;
    return sums;
  }

  void show_progress() {
    if (!hooks.on_progress) return;
    const bool last = state.step == steps_per_epoch();
    const double elapsed = since(shown);
    if (elapsed < kProgressInterval && !last) return;
    const Sums window = meter.peek();
    check_finite(window);
    const Sums sums = state.epoch_sums + window;
    if (elapsed > 0 && steps_since_shown > 0) {
      const double now = static_cast<double>(steps_since_shown * options.batch_size) / elapsed;
      speed = speed > 0 ? 0.8 * speed + 0.2 * now : now;
    }
    const int64_t left = options.epochs * steps_per_epoch() - state.total_steps;
    hooks.on_progress({.epoch = state.epoch + 1,
                       .epochs = options.epochs,
                       .step = state.step,
                       .steps = steps_per_epoch(),
                       .loss = sums.mean_loss(),
                       .accuracy = sums.accuracy(),
                       .images_per_second = speed,
                       .seconds_left = speed > 0
                                           ? static_cast<double>(left * options.batch_size) / speed
                                           : -1.0});
    shown = Clock::now();
    steps_since_shown = 0;
  }

  void train_step(const data::Batch& batch) {
    const ProfiledStep profiled;
    const Device device = model.device();
    if (options.schedule) {
      optimizer.set_lr(
          options.schedule(options.lr, state.total_steps, options.epochs * steps_per_epoch()));
    }
    classification_step(model, optimizer, meter, batch.images.to(device), batch.labels.to(device));
    ++state.step;
    ++state.total_steps;
    ++steps_since_shown;
  }

  /// The rest of the epoch; false if it was stopped.
  bool train_epoch() {
    model.train();
    loader.set_epoch(state.epoch);
    loader.skip(state.step);
    mark = shown = Clock::now();
    steps_since_shown = 0;
    for (auto& batch : loader) {
      train_step(batch);
      if (state.step % options.log_steps == 0) {
        const Sums sums = close_window();
        tick(true);
        record("train_steps", sums, state.window_seconds);
        state.window_seconds = 0;
      }
      show_progress();
      tick(true);
      if (hooks.on_step) {
        hooks.on_step(false);
        tick(false);
      }
      if (stop()) {
        check_finite(meter.peek());
        return false;
      }
    }
    close_window();
    tick(true);
    return true;
  }

  void finish_epoch() {
    const Sums train_sums = state.epoch_sums;
    evaluation = evaluate(model, test, std::max<int64_t>(256, options.batch_size), options.workers);
    tick(false);
    const auto images = static_cast<double>(test->size());
    const Sums test_sums{evaluation.loss * images, evaluation.accuracy * images, images};
    record("train", train_sums, state.epoch_seconds);
    record("test", test_sums, evaluation.seconds);
    state.last_train = train_sums;
    state.last_test = test_sums;
    state.epoch_sums = {};
    state.window_seconds = state.epoch_seconds = 0;
    state.step = 0;
    ++state.epoch;
    if (hooks.on_step) hooks.on_step(true);
    tick(false);
  }
};

Trainer::Trainer(nn::Module& model, optim::Optimizer& optimizer, data::DatasetPtr train,
                 data::DatasetPtr test, const TrainerOptions& options)
    : loop_(std::make_unique<Loop>(*this, model, optimizer, std::move(train), std::move(test),
                                   options)) {}

Trainer::~Trainer() = default;

bool Trainer::run() {
  while (loop_->state.epoch < loop_->options.epochs) {
    if (!loop_->train_epoch()) return false;
    loop_->finish_epoch();
    if (loop_->state.epoch < loop_->options.epochs && loop_->stop()) return false;
  }
  return true;
}

TrainerState Trainer::state() const {
  TrainerState state = loop_->state;
  state.window_sums = loop_->meter.peek();
  state.random = default_generator().state();
  return state;
}

void Trainer::set_state(const TrainerState& state) {
  loop_->state = state;
  loop_->meter.restore(state.window_sums);
  default_generator().set_state(state.random);
}

int64_t Trainer::steps_per_epoch() const { return loop_->steps_per_epoch(); }

const Evaluation& Trainer::last_evaluation() const { return loop_->evaluation; }

}  // namespace ct::train
