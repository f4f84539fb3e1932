// The files that a run of any task leaves in its folder, and what must happen when. The order of
// the files is what makes it safe to kill a run at any moment: lines of metrics first, then the
// checkpoint that counts them; the best model before the checkpoint that knows of it. Internal.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "customtensor/export.hpp"
#include "customtensor/train/checkpoint.hpp"
#include "customtensor/train/loop.hpp"
#include "customtensor/train/metrics.hpp"

namespace ct::train {

class CT_API RunFiles {
 public:
  /// `task` names the run in messages and in the checkpoint.
  RunFiles(std::string task, std::filesystem::path out)
      : task_(std::move(task)), out_(std::move(out)) {}

  /// Errors: IoError if there is none, or it is damaged or of another task.
  Checkpoint read_checkpoint() const;

  /// Makes the folder and, unless a run is resumed, sees that nothing is lost in it.
  /// Errors: IoError.
  void prepare(bool resume, bool overwrite) const;

  /// Goes on with the metrics after their first `lines`. Errors: IoError.
  void open_metrics(int64_t lines);
  const std::vector<MetricsRecord>& records() const { return metrics_->records(); }

  /// Has `loop` keep metrics.jsonl, checkpoint.safetensors and best.safetensors: a checkpoint after
  /// each epoch and every `checkpoint_steps` steps (0: epochs only). `on_record`, if given, is told
  /// of each line. `config` and `extra` are the checkpoint's. Both objects outlive the run.
  void connect(Loop& loop, int64_t checkpoint_steps,
               const std::function<void(const MetricsRecord&)>& on_record, std::string config,
               std::string extra);
  /// Writes the checkpoint now.
  void save(const Loop& loop) const;

  std::filesystem::path operator/(const char* name) const { return out_ / name; }
  const std::filesystem::path& folder() const { return out_; }

 private:
  std::string task_;
  std::filesystem::path out_;
  std::string config_, extra_;
  std::unique_ptr<MetricsLog> metrics_;
};

}  // namespace ct::train
