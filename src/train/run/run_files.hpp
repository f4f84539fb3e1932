// The files that a run of any task leaves in its folder, and what must happen when. The order of
// the files is what makes it safe to kill a run at any moment: lines of metrics first, then the
// checkpoint that counts them; the best model before the checkpoint that knows of it. Of
// checkpoints some are kept, so that one that is damaged costs the steps since the one before it.
// Internal.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "customtensor/error.hpp"
#include "customtensor/export.hpp"
#include "customtensor/train/checkpoint.hpp"
#include "customtensor/train/loop.hpp"
#include "customtensor/train/metrics.hpp"

namespace ct::train {

class CT_API RunFiles {
 public:
  /// Told of what went wrong and was got over.
  using Warn = std::function<void(const std::string&)>;

  /// `task` names the run in messages and in the checkpoint; `keep` is how many checkpoints there
  /// are at most, >= 1.
  RunFiles(std::string task, std::filesystem::path out, int64_t keep = 2)
      : task_(std::move(task)), out_(std::move(out)), keep_(keep) {}

  /// The newest that can be read: where that is not the last one written, `warn`, if given, is told
  /// why, and the next save() replaces that one and not those before it.
  /// Errors: IoError if there is none, or all are damaged or of another task: of the last one
  Checkpoint read_checkpoint(const Warn& warn = {});

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
  void save(const Loop& loop);

  std::filesystem::path operator/(const char* name) const { return out_ / name; }
  const std::filesystem::path& folder() const { return out_; }

 private:
  /// The newest of `files` that can be read. Errors: `why`.
  Checkpoint read_older(const std::vector<std::filesystem::path>& files, const IoError& why,
                        const Warn& warn);

  std::string task_;
  std::filesystem::path out_;
  int64_t keep_;
  bool last_is_good_ = true;  ///< the last checkpoint, as far as is known
  std::string config_, extra_;
  std::unique_ptr<MetricsLog> metrics_;
};

}  // namespace ct::train
