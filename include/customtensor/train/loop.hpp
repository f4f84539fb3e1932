// The training loop. It knows a step, a data set, and the models and optimizers that the step
// changes; not what they are for, and nothing of files. Its state is plain data that a caller can
// keep, and from which a run goes on bit for bit, also within an epoch.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "customtensor/data.hpp"
#include "customtensor/export.hpp"
#include "customtensor/random.hpp"
#include "customtensor/train/best.hpp"
#include "customtensor/train/choices.hpp"
#include "customtensor/train/figures.hpp"
#include "customtensor/train/metrics.hpp"
#include "customtensor/train/progress.hpp"
#include "customtensor/train/step.hpp"
#include "customtensor/train/trained.hpp"

namespace ct::train {

struct LoopOptions {
  int64_t epochs = 1;       ///< >= 0
  int64_t batch_size = 64;  ///< samples a step, >= 1
  uint64_t seed = 0;        ///< of the order of the samples
  int64_t workers = 1;      ///< threads that prepare batches, >= 0
  int64_t log_steps = 50;   ///< a "train_steps" record every so many steps, >= 1
  /// Of the learning rate of every optimizer, from what it is when the loop is made; empty: the
  /// loop leaves the rates alone.
  Schedule schedule = {};
  BestOptions best = {};
};

/// Where a run is, apart from what Trained::state_dict() holds. Plain data.
struct LoopState {
  int64_t epoch = 0;            ///< epochs that are done, with their evaluation
  int64_t step = 0;             ///< steps done in the one that runs
  int64_t total_steps = 0;      ///< since the start
  Figures epoch_figures = {};   ///< of this epoch's steps, without those in window_figures
  Figures window_figures = {};  ///< since the last "train_steps" record
  double window_seconds = 0, epoch_seconds = 0;  ///< training alone
  double train_seconds = 0;                      ///< the same of all epochs
  double seconds = 0;                            ///< with the evaluations
  Figures last_train = {}, last_test = {};       ///< of the last epoch that is done
  RandomState random = {};                       ///< of the default generator
  std::vector<std::pair<std::string, RandomState>> generators = {};  ///< of Trained::generators
  std::vector<double> lr = {};  ///< of each optimizer before any schedule; empty: what it is
  BestState best = {};
};

/// An epoch that is done.
struct EpochEnd {
  int64_t epoch = 0;              ///< counted from 1
  Figures train = {}, test = {};  ///< test: empty without an evaluation
};

/// How run() ended.
enum class Ending {
  done,           ///< all epochs
  stopped,        ///< should_stop said so
  stopped_early,  ///< out of patience before that
};

/// The weights depend on the step, the data, the options and the seeds alone: everything else
/// (order of the samples, rates, random streams) is a function of these and of the position, and
/// figures are read from the device at fixed steps, so watching a run does not change it.
///
/// One thread at a time uses a loop; run() calls everything on its own thread. Errors of the step,
/// the data, the device and the callbacks pass through.
class CT_API Loop {
 public:
  /// Step and parts must outlive the loop.
  /// Errors: ValueError for options out of range; those of Trained::check
  Loop(Step& step, Trained trained, data::DatasetPtr train, const LoopOptions& options = {});
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Called after each epoch; its figures are the "test" record. Models are in whatever mode they
  /// are: see evaluate(). Empty: there is no such record.
  std::function<Figures()> evaluation;

  /// Called some times a second; waits for the device, so leave it empty where nobody looks.
  std::function<void(const Progress&)> on_progress;
  /// Called with every "train_steps" record, and with "train" and "test" after each epoch.
  std::function<void(const MetricsRecord&)> on_record;
  /// After each epoch, when its records are out, in this order: the epoch; if it is the best one so
  /// far, that; on_step(true); if patience ends the run, that.
  std::function<void(const EpochEnd&)> on_epoch_end, on_best, on_early_stop;
  /// Called after each step, and after each epoch; `epoch_ended` says which. The place for
  /// checkpoints.
  std::function<void(bool epoch_ended)> on_step;
  /// Asked after each step and epoch; true ends run().
  std::function<bool()> should_stop;

  /// Trains from where the state is. Waits for the device every log_steps steps and where a
  /// callback needs it, no more. Errors: Error that names figure, step and epoch if a figure of the
  /// steps becomes infinite or not
  ///         a number; ValueError if the best epoch is told by a figure that there is not
  Ending run();

  /// Waits for the device, for the figures.
  LoopState state() const;
  /// To go on from. The models' and optimizers' state are the caller's to restore:
  /// Trained::load_state_dict.
  /// Errors: ValueError if it has other generators or another number of rates, or is at a place
  ///         that this run has not; then nothing is changed
  void set_state(const LoopState& state);
  int64_t steps_per_epoch() const;
  int64_t total_steps() const;  ///< state().total_steps, without waiting
  const Trained& trained() const;
  const LoopOptions& options() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The figures of Step::evaluate over all of `dataset`, in inference mode without recording; the
/// models' modes are put back. They do not depend on `workers`. Waits for the device once, at the
/// end.
CT_API Figures evaluate(Step& step, const Trained& trained, const data::DatasetPtr& dataset,
                        int64_t batch_size = 256, int64_t workers = 0);

}  // namespace ct::train
