// The loop: see customtensor/train/loop.hpp. What makes it repeatable: whatever a step depends on
// is a function of the position, and sums move from the device to the host at fixed positions.
#include "customtensor/train/loop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "customtensor/error.hpp"
#include "customtensor/profile.hpp"
#include "customtensor/train/meter.hpp"
#include "train/loop/pace.hpp"

namespace ct::train {

namespace {

void check(const LoopOptions& options) {
  const auto require = [](const char* name, int64_t value, int64_t least) {
    if (value >= least) return;
    throw ValueError(fmt::format("train: {} is {}: must be {} or more", name, value, least));
  };
  require("epochs", options.epochs, 0);
  require("log_steps", options.log_steps, 1);
  options.best.check();
}

/// Into the fields of a record or of the progress.
template <class T>
void put_figures(T& target, const Figures& figures) {
  target.loss = target.accuracy = std::numeric_limits<double>::quiet_NaN();
  for (auto& [name, value] : figures.means()) {
    if (name == "loss") {
      target.loss = value;
    } else if (name == "accuracy") {
      target.accuracy = value;
    } else {
      target.figures.emplace_back(name, value);
    }
  }
}

}  // namespace

struct Loop::Impl {
  Loop& hooks;
  Step& step;
  Trained trained;
  LoopOptions options;
  data::DataLoader loader;
  Meter meter;
  LoopState state;

  // The stretch of time that is not in `state` yet.
  Clock::time_point mark = Clock::now();
  Pace pace;

  Impl(Loop& loop, Step& step_, Trained trained_, data::DatasetPtr train, const LoopOptions& opts)
      : hooks(loop),
        step(step_),
        trained(std::move(trained_)),
        options(opts),
        loader(std::move(train), {.batch_size = opts.batch_size,
                                  .shuffle = true,
                                  .seed = opts.seed,
                                  .workers = opts.workers}) {
    check(options);
    trained.check();
    for (const auto& [name, optimizer] : trained.optimizers) state.lr.push_back(optimizer->lr());
  }

  int64_t steps_per_epoch() const { return loader.batches(); }
  bool stop() const { return hooks.should_stop && hooks.should_stop(); }
  bool ends_early() const {
    return state.epoch < options.epochs && out_of_patience(state.best, options.best, state.epoch);
  }

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

  void check_finite(const Figures& figures) const {
    for (const Figure& figure : figures) {
      if (std::isfinite(figure.sum)) continue;
      throw Error(fmt::format("train: the {} is {} after step {} (epoch {}); try a smaller --lr",
                              figure.name, figure.sum, state.total_steps, state.epoch + 1));
    }
  }

  void record(const char* split, const Figures& figures, double seconds) const {
    if (!hooks.on_record) return;
    MetricsRecord record{.epoch = state.epoch + 1,
                         .step = state.total_steps,
                         .split = split,
                         .images_per_second = seconds > 0 ? figures.samples() / seconds : 0,
                         .seconds = state.seconds};
    put_figures(record, figures);
    hooks.on_record(record);
  }

  /// Moves the figures of the last steps from the device into the epoch's.
  Figures close_window() {
    Figures figures = meter.take();
    check_finite(figures);
    state.epoch_figures += figures;
    return figures;
  }

  void show_progress() {
    if (!hooks.on_progress || !(pace.due() || state.step == steps_per_epoch())) return;
    const Figures window = meter.peek();
    check_finite(window);
    const double speed = pace.update(options.batch_size);
    const int64_t left = options.epochs * steps_per_epoch() - state.total_steps;
    Progress progress{
        .epoch = state.epoch + 1,
        .epochs = options.epochs,
        .step = state.step,
        .steps = steps_per_epoch(),
        .images_per_second = speed,
        .seconds_left = speed > 0 ? static_cast<double>(left * options.batch_size) / speed : -1.0};
    put_figures(progress, state.epoch_figures + window);
    hooks.on_progress(progress);
    pace.restart();
  }

  void set_rates() {
    if (!options.schedule) return;
    const int64_t steps = options.epochs * steps_per_epoch();
    for (size_t i = 0; i < trained.optimizers.size(); ++i) {
      trained.optimizers[i].second->set_lr(options.schedule(state.lr[i], state.total_steps, steps));
    }
  }

  void train_step(const data::Batch& batch) {
    const ProfiledStep profiled;
    set_rates();
    step.run(batch, state.total_steps, meter);
    ++state.step;
    ++state.total_steps;
    pace.step();
  }

  /// The rest of the epoch; false if it was stopped.
  bool train_epoch() {
    for (const auto& [name, model] : trained.models) model->train();
    loader.set_epoch(state.epoch);
    loader.skip(state.step);
    mark = Clock::now();
    pace.restart();
    for (auto& batch : loader) {
      train_step(batch);
      if (state.step % options.log_steps == 0) {
        const Figures figures = close_window();
        tick(true);
        record("train_steps", figures, state.window_seconds);
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

  /// Whether the epoch that `test` is of is the best so far.
  bool is_best(const Figures& test) {
    const std::string& name = options.best.figure;
    if (name.empty()) return false;
    if (test.find(name) == nullptr) {
      throw ValueError(fmt::format(
          "train: the best epoch is told by \"{}\", which the evaluation does not give: [{}]", name,
          names_of(test)));
    }
    return update_best(state.best, options.best, state.epoch + 1,
                       test.mean(name, std::numeric_limits<double>::quiet_NaN()));
  }

  static std::string names_of(const Figures& figures) {
    std::vector<std::string> names;
    for (const Figure& figure : figures) names.push_back(figure.name);
    return fmt::format("{}", fmt::join(names, ", "));
  }

  void finish_epoch() {
    const Clock::time_point start = Clock::now();
    EpochEnd end{.epoch = state.epoch + 1, .train = state.epoch_figures};
    if (hooks.evaluation) end.test = hooks.evaluation();
    const double evaluation_seconds = since(start);
    tick(false);
    const bool best = is_best(end.test);
    record("train", end.train, state.epoch_seconds);
    if (hooks.evaluation) record("test", end.test, evaluation_seconds);
    state.last_train = end.train;
    state.last_test = end.test;
    state.epoch_figures = {};
    state.window_seconds = state.epoch_seconds = 0;
    state.step = 0;
    ++state.epoch;
    if (hooks.on_epoch_end) hooks.on_epoch_end(end);
    if (best && hooks.on_best) hooks.on_best(end);
    if (hooks.on_step) hooks.on_step(true);
    if (ends_early() && hooks.on_early_stop) hooks.on_early_stop(end);
    tick(false);
  }

  Ending run() {
    if (!options.best.figure.empty() && !hooks.evaluation) {
      throw ValueError(fmt::format(
          "train: the best epoch is told by \"{}\" of an evaluation, but the loop has none",
          options.best.figure));
    }
    while (state.epoch < options.epochs && !ends_early()) {
      if (!train_epoch()) return Ending::stopped;
      finish_epoch();
      if (state.epoch < options.epochs && !ends_early() && stop()) return Ending::stopped;
    }
    return ends_early() ? Ending::stopped_early : Ending::done;
  }

  void check_place(const LoopState& next) const {
    if (next.epoch < 0 || next.step < 0 || next.step > steps_per_epoch() ||
        next.total_steps < next.step) {
      throw ValueError(
          fmt::format("train: the state is after {} epochs, {} steps of the next and {} in all: an "
                      "epoch has {}",
                      next.epoch, next.step, next.total_steps, steps_per_epoch()));
    }
    for (const double lr : next.lr) {
      if (std::isfinite(lr) && lr >= 0) continue;
      throw ValueError(
          fmt::format("train: a learning rate of the state is {}: must be 0 or more", lr));
    }
  }

  void set_state(const LoopState& next) {
    check_place(next);
    std::vector<std::pair<Generator*, RandomState>> streams;
    for (const auto& [name, generator] : trained.generators) {
      const auto same = [&name = name](const auto& known) { return known.first == name; };
      const auto found = std::find_if(next.generators.begin(), next.generators.end(), same);
      if (found == next.generators.end()) {
        throw ValueError(fmt::format(
            "train: the state has no random stream \"{}\", which this run draws from", name));
      }
      streams.emplace_back(generator, found->second);
    }
    if (!next.lr.empty() && next.lr.size() != trained.optimizers.size()) {
      throw ValueError(
          fmt::format("train: the state has learning rates of {} optimizers, this run has {}",
                      next.lr.size(), trained.optimizers.size()));
    }
    const std::vector<double> lr = next.lr.empty() ? state.lr : next.lr;
    state = next;
    state.lr = lr;
    meter.restore(next.window_figures);
    for (const auto& [generator, stream] : streams) generator->set_state(stream);
    default_generator().set_state(next.random);
  }
};

Loop::Loop(Step& step, Trained trained, data::DatasetPtr train, const LoopOptions& options)
    : impl_(std::make_unique<Impl>(*this, step, std::move(trained), std::move(train), options)) {}

Loop::~Loop() = default;

Ending Loop::run() { return impl_->run(); }

LoopState Loop::state() const {
  LoopState state = impl_->state;
  state.window_figures = impl_->meter.peek();
  state.random = default_generator().state();
  state.generators.clear();
  for (const auto& [name, generator] : impl_->trained.generators) {
    state.generators.emplace_back(name, generator->state());
  }
  return state;
}

void Loop::set_state(const LoopState& state) { impl_->set_state(state); }

int64_t Loop::steps_per_epoch() const { return impl_->steps_per_epoch(); }

int64_t Loop::total_steps() const { return impl_->state.total_steps; }

const Trained& Loop::trained() const { return impl_->trained; }

const LoopOptions& Loop::options() const { return impl_->options; }

}  // namespace ct::train
