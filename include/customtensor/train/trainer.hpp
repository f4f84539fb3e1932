// Training a classifier: the training loop (loop.hpp) with classification as its step, an
// evaluation after every epoch, and figures by their names: loss and accuracy.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "customtensor/data.hpp"
#include "customtensor/export.hpp"
#include "customtensor/nn/module.hpp"
#include "customtensor/optim/optimizer.hpp"
#include "customtensor/random.hpp"
#include "customtensor/train/choices.hpp"
#include "customtensor/train/metrics.hpp"
#include "customtensor/train/progress.hpp"

namespace ct::train {

/// Loss and accuracy summed over pictures.
struct Sums {
  double loss = 0;
  double correct = 0;
  double images = 0;
  double mean_loss() const { return images > 0 ? loss / images : 0; }
  double accuracy() const { return images > 0 ? correct / images : 0; }
  Sums operator+(const Sums& o) const {
    return {loss + o.loss, correct + o.correct, images + o.images};
  }
};

/// What a classifier makes of a dataset.
struct Evaluation {
  double loss = 0, accuracy = 0;
  double seconds = 0;
  std::vector<int64_t> truth, predicted;  ///< class of each sample, in the dataset's order
  std::vector<float> probability;         ///< of the predicted class
};

/// Runs `model` over all of `dataset` in inference mode without recording; the mode is put back.
/// The figures do not depend on `workers`. Waits for the device when all batches are queued.
CT_API Evaluation evaluate(nn::Module& model, const data::DatasetPtr& dataset,
                           int64_t batch_size = 256, int64_t workers = 0);

struct TrainerOptions {
  int64_t epochs = 1;
  int64_t batch_size = 64;
  double lr = 1e-3;     ///< what the schedule starts from
  bool cosine = false;  ///< short for schedule = make_schedule("cosine")
  uint64_t seed = 0;    ///< of the order of the pictures
  int64_t workers = 1;
  int64_t log_steps = 50;
  /// Of the learning rate; empty: the optimizer keeps its own.
  Schedule schedule = {};
};

/// Where a run is, apart from the weights and the optimizer's state.
struct TrainerState {
  int64_t epoch = 0;        ///< epochs that are done, with their evaluation
  int64_t step = 0;         ///< steps done in the one that runs
  int64_t total_steps = 0;  ///< since the start
  Sums epoch_sums;          ///< of this epoch's steps, without those in window_sums
  Sums window_sums;         ///< since the last "train_steps" record
  double window_seconds = 0, epoch_seconds = 0;  ///< training alone
  double train_seconds = 0;                      ///< the same of all epochs
  double seconds = 0;                            ///< with the evaluations
  Sums last_train, last_test;                    ///< of the last epoch that is done
  RandomState random;                            ///< of the default generator
};

/// Used by one thread at a time; run() calls everything on its own thread. Errors of the model, the
/// data and the device pass through.
class CT_API Trainer {
 public:
  /// Model and optimizer must outlive the trainer. The model's device is where it trains.
  /// Errors: ValueError for options out of range.
  Trainer(nn::Module& model, optim::Optimizer& optimizer, data::DatasetPtr train,
          data::DatasetPtr test, const TrainerOptions& options);
  ~Trainer();

  /// Called some times a second; waits for the device, so leave it empty where nobody looks.
  std::function<void(const Progress&)> on_progress;
  /// Called with every "train_steps" record, and with "train" and "test" after each epoch.
  std::function<void(const MetricsRecord&)> on_record;
  /// Called after each step, and after each epoch when its records are out; `epoch_ended` says
  /// which. The place for checkpoints.
  std::function<void(bool epoch_ended)> on_step;
  /// Asked after each step and epoch; true ends run().
  std::function<bool()> should_stop;

  /// Trains until all epochs are done (true) or should_stop said so (false).
  /// Errors: Error if the loss becomes infinite or not a number.
  bool run();

  TrainerState state() const;
  /// To go on from. The model's and the optimizer's state are the caller's to restore.
  void set_state(const TrainerState& state);
  int64_t steps_per_epoch() const;
  /// Of the last epoch that this object ran; empty vectors before.
  const Evaluation& last_evaluation() const;

 private:
  struct Face;
  std::unique_ptr<Face> face_;
};

}  // namespace ct::train
