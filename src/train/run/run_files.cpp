// The folder of a run: see run_files.hpp.
#include "train/run/run_files.hpp"

#include <fmt/format.h>

#include <iterator>
#include <system_error>
#include <utility>

#include "customtensor/error.hpp"
#include "customtensor/io.hpp"
#include "train/run/older_files.hpp"

namespace ct::train {

namespace {

namespace fs = std::filesystem;

constexpr const char* kCheckpoint = "checkpoint.safetensors";
constexpr const char* kRunFiles[] = {"metrics.jsonl", kCheckpoint,   "model.safetensors",
                                     "config.json",   "report.html", "predictions.png",
                                     "confusion.png", "trace.json",  "best.safetensors"};

void grow_older(const fs::path& file, int64_t keep) {
  try {
    keep_older(file, keep);
  } catch (const fs::filesystem_error& error) {
    throw IoError(fmt::format("checkpoint: the one before {} cannot be kept: {}", file.string(),
                              error.what()));
  }
}

/// The models' tensors, named as the only model names them or, of several, behind their names.
StateDict model_tensors(const Trained& trained) {
  if (trained.models.size() == 1) return trained.models.front().second->state_dict();
  return Trained{.models = trained.models}.state_dict();
}

}  // namespace

Checkpoint RunFiles::read_checkpoint(const Warn& warn) {
  const fs::path file = out_ / kCheckpoint;
  const auto before = older_files(file);
  if (fs::exists(file)) {
    try {
      return load_checkpoint(file, task_);
    } catch (const IoError& error) {
      return read_older(before, error, warn);
    }
  }
  if (before.empty()) {
    throw IoError(fmt::format(
        "{}: there is nothing to resume: {} does not exist; check --out, or leave --resume out to "
        "start a run there",
        task_, file.string()));
  }
  return read_older(before, IoError(fmt::format("checkpoint: {} is missing", file.string())), warn);
}

Checkpoint RunFiles::read_older(const std::vector<fs::path>& files, const IoError& why,
                                const Warn& warn) {
  for (const fs::path& file : files) {
    try {
      Checkpoint checkpoint = load_checkpoint(file, task_);
      last_is_good_ = false;
      if (warn) {
        warn(fmt::format("{}; going on from {}, written before it, after step {}", why.what(),
                         file.string(), checkpoint.state.total_steps));
      }
      return checkpoint;
    } catch (const IoError&) {  // the error of the last one written is the one to tell
    }
  }
  throw IoError(why.what());
}

void RunFiles::prepare(bool resume, bool overwrite) const {
  std::error_code error;
  fs::create_directories(out_, error);
  if (error) {
    throw IoError(fmt::format("{}: cannot make the folder --out {}: {}", task_, out_.string(),
                              error.message()));
  }
  if (resume) return;
  std::vector<fs::path> files(std::begin(kRunFiles), std::end(kRunFiles));
  for (const fs::path& older : older_files(out_ / kCheckpoint)) files.push_back(older.filename());
  for (const fs::path& name : files) {
    const fs::path file = out_ / name;
    if (!fs::exists(file)) continue;
    if (!overwrite) {
      throw IoError(
          fmt::format("{}: --out {} holds a run already ({}); go on with --resume, replace it with "
                      "--overwrite, or choose another folder",
                      task_, out_.string(), name.string()));
    }
    fs::remove(file, error);
  }
}

void RunFiles::open_metrics(int64_t lines) {
  metrics_ = std::make_unique<MetricsLog>(out_ / "metrics.jsonl", lines);
}

void RunFiles::connect(Loop& loop, int64_t checkpoint_steps,
                       const std::function<void(const MetricsRecord&)>& on_record,
                       std::string config, std::string extra) {
  config_ = std::move(config);
  extra_ = std::move(extra);
  loop.on_record = [this, on_record](const MetricsRecord& record) {
    metrics_->append(record);
    if (on_record) on_record(record);
  };
  loop.on_best = [this, &loop](const EpochEnd&) {
    io::save_safetensors(out_ / "best.safetensors", model_tensors(loop.trained()));
  };
  loop.on_step = [this, &loop, checkpoint_steps](bool epoch_ended) {
    const bool due = checkpoint_steps > 0 && loop.total_steps() % checkpoint_steps == 0;
    if (epoch_ended || due) save(loop);
  };
}

void RunFiles::save(const Loop& loop) {
  const fs::path file = out_ / kCheckpoint;
  save_checkpoint(file, task_,
                  {.config = config_,
                   .state = loop.state(),
                   .extra = extra_,
                   .metrics_lines = static_cast<int64_t>(metrics_->records().size()),
                   .tensors = loop.trained().state_dict()},
                  [&] {
                    // A damaged one is not worth one that is whole.
                    if (last_is_good_) grow_older(file, keep_);
                  });
  last_is_good_ = true;
}

}  // namespace ct::train
