// A whole classification run with its files: what `ct-train classify` calls.
//
// In `out` it leaves metrics.jsonl, checkpoint.safetensors and the one before it,
// checkpoint.1.safetensors, model.safetensors, config.json, report.html, predictions.png and
// confusion.png, and trace.json if profiled. A run that was interrupted and resumed leaves the same
// weights and figures (times aside), bit for bit, as one that was not.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "customtensor/build_progress.hpp"
#include "customtensor/export.hpp"
#include "customtensor/train/config.hpp"
#include "customtensor/train/metrics.hpp"
#include "customtensor/train/progress.hpp"

namespace ct::train {

struct ClassifyOptions {
  ClassifyConfig config;
  std::filesystem::path out;
  /// Go on from out/checkpoint.safetensors or, where that is damaged, from the one before it.
  bool resume = false;
  bool overwrite = false;        ///< replace the run that is in `out`
  int64_t checkpoint_steps = 0;  ///< also write a checkpoint every so many steps; 0: epochs only
  int64_t keep = 2;              ///< checkpoints that stay, the last one included, 1 to 1000
  bool profile = false;          ///< measure where the time goes: trace.json and result.profile
  std::string command;           ///< for the report
  /// Called some times a second while training.
  std::function<void(const Progress&)> on_progress;
  /// Called with each line of metrics.jsonl.
  std::function<void(const MetricsRecord&)> on_record;
  /// Told of kernels that the device builds before the first step.
  std::function<void(const KernelBuild&)> on_build;
  /// Told of what went wrong but did not end the run: a damaged checkpoint that the one before
  /// stood in for, a report that could not be written. Empty: a line on standard error.
  std::function<void(const std::string&)> on_warning;
  /// Asked after each step; true writes the checkpoint and ends the run.
  std::function<bool()> should_stop;
};

struct ClassifyResult {
  bool interrupted = false;
  double test_accuracy = 0, test_loss = 0;
  double train_accuracy = 0, train_loss = 0;  ///< of the last epoch
  int64_t epochs = 0, steps = 0;              ///< done so far
  double images_per_second = 0;               ///< training, over the whole run
  double seconds = 0;                         ///< with the evaluations, over all sessions
  std::string device, model;
  int64_t parameters = 0;
  uint64_t fallbacks = 0;            ///< kernel calls that ran on the host instead of the device
  uint64_t host_waits = 0;           ///< how often the host waited for the device; 0: not counted
  uint64_t peak_memory_bytes = 0;    ///< of the process
  uint64_t device_memory_bytes = 0;  ///< most that was ever in use on the device
  std::string out = {};
  std::string profile = {};  ///< Profile::table() of training and evaluations, if asked for
};

/// Trains, evaluates after every epoch, writes the files above. What is for people (report.html,
/// the pictures, trace.json) is written last; if it fails, that is a warning. Errors: UsageError
/// for a config that cannot be run or differs from the checkpoint's; IoError for data that are
/// missing or damaged, for an `out` that cannot be written or holds another run (and neither resume
/// nor overwrite is set), for a missing or damaged checkpoint; Error if the loss becomes infinite
/// or not a number.
CT_API ClassifyResult classify(const ClassifyOptions& options);

/// The config of the run in `out`. Errors: IoError if there is no checkpoint that can be read.
CT_API ClassifyConfig checkpoint_config(const std::filesystem::path& out);

/// One line of JSON: the last line of ct-train's standard output.
CT_API std::string to_json(const ClassifyResult& result);

}  // namespace ct::train
