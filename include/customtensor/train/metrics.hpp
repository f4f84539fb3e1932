// The figures of a run as JSON lines: one object a line, appended and flushed as they come, so that
// a run can be watched with `tail -f` and loses nothing when it is killed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "customtensor/export.hpp"
#include "customtensor/train/figures.hpp"

namespace ct::train {

/// One line of metrics.jsonl: the run's place, its figures, its speed.
struct CT_API MetricsRecord {
  int64_t epoch = 0;  ///< counted from 1
  int64_t step = 0;   ///< since the start of the run
  /// "train": mean over the epoch's steps; "test": after that epoch; "train_steps": mean over the
  /// last few steps (log_steps of them).
  std::string split = {};
  double loss = 0;               ///< NaN: the task has no such figure, nor has the line
  double accuracy = 0;           ///< in [0, 1]; NaN: likewise
  double images_per_second = 0;  ///< samples of any kind, over the span that the line covers
  double seconds = 0;            ///< since the start of the run, over all its sessions
  std::vector<NamedValue> figures = {};  ///< the task's others; they follow on accuracy

  /// The figure of that name, be it loss, accuracy or another; NaN if there is none.
  double figure(std::string_view name) const;
};

/// The line without its line break.
CT_API std::string to_json(const MetricsRecord& record);
/// Numbers that JSON cannot hold, written as null, come back as NaN.
/// Errors: IoError if `line` is not such an object.
CT_API MetricsRecord parse_metrics_record(std::string_view line);

/// Appends records to a file. Used by one thread at a time.
class CT_API MetricsLog {
 public:
  /// Keeps the first `keep` lines of the file (what a checkpoint knows of) and drops the rest.
  /// Errors: IoError if the file cannot be written, or has fewer lines.
  explicit MetricsLog(std::filesystem::path path, int64_t keep = 0);
  /// Errors: IoError (disk full, folder gone).
  void append(const MetricsRecord& record);
  /// Everything in the file, in order.
  const std::vector<MetricsRecord>& records() const { return records_; }

 private:
  std::filesystem::path path_;
  std::vector<MetricsRecord> records_;
};

}  // namespace ct::train
