// The folder of a run: see run_files.hpp.
#include "train/run/run_files.hpp"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "customtensor/error.hpp"
#include "customtensor/io.hpp"

namespace ct::train {

namespace {

namespace fs = std::filesystem;

constexpr const char* kRunFiles[] = {
    "metrics.jsonl",   "checkpoint.safetensors", "model.safetensors", "config.json",
    "report.html",     "predictions.png",        "confusion.png",     "trace.json",
    "best.safetensors"};

/// The models' tensors, named as the only model names them or, of several, behind their names.
StateDict model_tensors(const Trained& trained) {
  if (trained.models.size() == 1) return trained.models.front().second->state_dict();
  return Trained{.models = trained.models}.state_dict();
}

}  // namespace

Checkpoint RunFiles::read_checkpoint() const {
  const fs::path file = out_ / "checkpoint.safetensors";
  if (!fs::exists(file)) {
    throw IoError(fmt::format(
        "{}: there is nothing to resume: {} does not exist; check --out, or leave --resume out to "
        "start a run there",
        task_, file.string()));
  }
  return load_checkpoint(file, task_);
}

void RunFiles::prepare(bool resume, bool overwrite) const {
  std::error_code error;
  fs::create_directories(out_, error);
  if (error) {
    throw IoError(fmt::format("{}: cannot make the folder --out {}: {}", task_, out_.string(),
                              error.message()));
  }
  if (resume) return;
  for (const char* name : kRunFiles) {
    const fs::path file = out_ / name;
    if (!fs::exists(file)) continue;
    if (!overwrite) {
      throw IoError(
          fmt::format("{}: --out {} holds a run already ({}); go on with --resume, replace it with "
                      "--overwrite, or choose another folder",
                      task_, out_.string(), name));
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

void RunFiles::save(const Loop& loop) const {
  save_checkpoint(out_ / "checkpoint.safetensors", task_,
                  {.config = config_,
                   .state = loop.state(),
                   .extra = extra_,
                   .metrics_lines = static_cast<int64_t>(metrics_->records().size()),
                   .tensors = loop.trained().state_dict()});
}

}  // namespace ct::train
