// A whole run. The order of the files is what makes it safe to kill at any moment: lines of
// metrics first, then the checkpoint that counts them; model and report at the end.
#include "customtensor/train/classify.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "customtensor/backend.hpp"
#include "customtensor/error.hpp"
#include "customtensor/io.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/profile.hpp"
#include "customtensor/threads.hpp"
#include "customtensor/train/choices.hpp"
#include "customtensor/train/classification_step.hpp"
#include "customtensor/train/data_source.hpp"
#include "customtensor/train/report.hpp"
#include "customtensor/train/trainer.hpp"
#include "customtensor/train/warmup.hpp"
#include "train/classify/run_report.hpp"
#include "train/run/checkpoint.hpp"

namespace ct::train {

namespace {

namespace fs = std::filesystem;

constexpr const char* kRunFiles[] = {
    "metrics.jsonl", "checkpoint.safetensors", "model.safetensors", "config.json",
    "report.html",   "predictions.png",        "confusion.png",     "trace.json"};

Device find_device(const std::string& name) {
  try {
    return Device(name);
  } catch (const DeviceError& e) {
    throw UsageError(e.what());
  }
}

std::unique_ptr<optim::Optimizer> optimizer_of(const ClassifyConfig& config,
                                               const nn::Module& model) {
  return make_optimizer(config.optimizer, model.parameters(),
                        {.lr = config.lr, .weight_decay = config.weight_decay});
}

/// Makes the folder and sees that nothing is lost in it.
void prepare_folder(const ClassifyOptions& options) {
  std::error_code error;
  fs::create_directories(options.out, error);
  if (error) {
    throw IoError(fmt::format("classify: cannot make the folder --out {}: {}", options.out.string(),
                              error.message()));
  }
  if (options.resume) return;
  for (const char* name : kRunFiles) {
    const fs::path file = options.out / name;
    if (!fs::exists(file)) continue;
    if (!options.overwrite) {
      throw IoError(fmt::format(
          "classify: --out {} holds a run already ({}); go on with --resume, replace it with "
          "--overwrite, or choose another folder",
          options.out.string(), name));
    }
    fs::remove(file, error);
  }
}

Checkpoint read_checkpoint(const fs::path& out) {
  const fs::path file = out / "checkpoint.safetensors";
  if (!fs::exists(file)) {
    throw IoError(fmt::format(
        "classify: there is nothing to resume: {} does not exist; check --out, or leave --resume "
        "out to start a run there",
        file.string()));
  }
  return load_checkpoint(file);
}

void check_config(const ClassifyConfig& now, const ClassifyConfig& before) {
  const auto conflicts = resume_conflicts(now, before);
  if (conflicts.empty()) return;
  throw UsageError(
      fmt::format("classify: cannot resume with other settings: {}; leave these flags "
                  "out, or start a new run",
                  fmt::join(conflicts, ", ")));
}

void check_data(const ClassificationData& data, const Checkpoint& checkpoint) {
  if (data.image == checkpoint.image && data.train->size() == checkpoint.train_images &&
      data.test->size() == checkpoint.test_images) {
    return;
  }
  const auto describe = [](int64_t train, int64_t test, const ImageShape& image) {
    return fmt::format("{} + {} pictures of {}x{}x{} in {} classes", train, test, image.channels,
                       image.height, image.width, image.classes);
  };
  throw IoError(fmt::format(
      "classify: cannot resume on other data: {} now, {} when the checkpoint was written",
      describe(data.train->size(), data.test->size(), data.image),
      describe(checkpoint.train_images, checkpoint.test_images, checkpoint.image)));
}

/// config.json: the settings, and what a picture must look like to be classified.
void write_config(const ClassifyConfig& config, const ClassificationData& data,
                  const fs::path& folder) {
  auto json = nlohmann::ordered_json::parse(to_json(config));
  json["channels"] = data.image.channels;
  json["height"] = data.image.height;
  json["width"] = data.image.width;
  json["classes"] = data.classes;
  io::write_file_atomically(folder / "config.json", json.dump(2) + "\n");
}

uint64_t fallback_calls(const Device& device) {
  uint64_t calls = 0;
  for (const auto& count : fallbacks()) {
    if (count.device == device.name()) calls += count.calls;
  }
  return calls;
}

int64_t parameter_count(const nn::Module& model) {
  int64_t count = 0;
  for (const Tensor& p : model.parameters()) count += p.numel();
  return count;
}

/// One run, set up. Members in the order in which they are made.
class Run {
 public:
  explicit Run(const ClassifyOptions& options)
      : options_(options),
        config_(options.config),
        device_((validate(config_), find_device(config_.device))),
        fallbacks_before_(fallback_calls(device_)),
        waits_before_(device_.backend().counts().host_waits) {
    Checkpoint checkpoint;
    if (options.resume) {
      checkpoint = read_checkpoint(options.out);
      check_config(config_, checkpoint.config);
    }
    data_ = open_classification_data(config_.data, config_.limit);
    if (options.resume) check_data(data_, checkpoint);

    manual_seed(config_.seed);
    model_ = make_classifier(config_.model, data_.image);
    prepare_folder(options);
    model_->to(device_);
    optimizer_ = optimizer_of(config_, *model_);
    trainer_ =
        std::make_unique<Trainer>(*model_, *optimizer_, data_.train, data_.test,
                                  TrainerOptions{.epochs = config_.epochs,
                                                 .batch_size = config_.batch_size,
                                                 .lr = config_.lr,
                                                 .seed = config_.seed,
                                                 .workers = config_.workers,
                                                 .log_steps = config_.log_steps,
                                                 .schedule = make_schedule(config_.schedule)});
    if (options.resume) {
      model_->load_state_dict(checkpoint.model);
      optimizer_->load_state_dict(checkpoint.optimizer);
      trainer_->set_state(checkpoint.state);
    }
    log_ = std::make_unique<MetricsLog>(options.out / "metrics.jsonl", checkpoint.metrics_lines);
    write_config(config_, data_, options.out);
    connect();
    warm_up();
  }

  ClassifyResult run() {
    std::optional<Profiler> profiler;
    if (options_.profile) profiler.emplace(profile());
    const bool done = trainer_->run();
    if (profiler) {
      const Profile profile = profiler->stop();
      profile.write_chrome_trace(options_.out / "trace.json");
      profile_ = profile.table();
    }
    if (!done) {
      save();
    } else {
      finish();
    }
    return result(!done);
  }

 private:
  void connect() {
    trainer_->on_progress = options_.on_progress;
    trainer_->should_stop = options_.should_stop;
    trainer_->on_record = [this](const MetricsRecord& record) {
      log_->append(record);
      if (options_.on_record) options_.on_record(record);
    };
    trainer_->on_step = [this](bool epoch_ended) {
      const int64_t every = options_.checkpoint_steps;
      if (epoch_ended || (every > 0 && trainer_->state().total_steps % every == 0)) save();
    };
  }

  /// Builds the kernels of a step, so that the first one takes no longer than the others.
  void warm_up() {
    if (device_ == Device("cpu")) return;  // has nothing to build
    const auto step = [&] {
      const auto optimizer = optimizer_of(config_, *model_);
      ClassificationStep classification(*model_, *optimizer);
      Meter meter;
      const ImageShape& image = data_.image;
      const int64_t n = std::min(config_.batch_size, data_.train->size());
      classification.run({zeros({n, image.channels, image.height, image.width}, device_),
                          zeros({n}, {.dtype = int64, .device = device_})},
                         0, meter);
    };
    warmup(*model_, step, options_.on_build);
  }

  void save() const {
    save_checkpoint(options_.out / "checkpoint.safetensors",
                    {.config = config_,
                     .state = trainer_->state(),
                     .image = data_.image,
                     .train_images = data_.train->size(),
                     .test_images = data_.test->size(),
                     .metrics_lines = static_cast<int64_t>(log_->records().size()),
                     .model = model_->state_dict(),
                     .optimizer = optimizer_->state_dict()});
  }

  void finish() {
    io::save_safetensors(options_.out / "model.safetensors", model_->state_dict(),
                         {{"model", config_.model}});
    Evaluation evaluation = trainer_->last_evaluation();
    if (evaluation.truth.empty()) {  // a resumed run that was done already
      evaluation = evaluate(*model_, data_.test, 256, config_.workers);
    }
    write_report(report(evaluation), options_.out);
  }

  Report report(const Evaluation& evaluation) const {
    const ClassifyResult r = result(false);
    Report report;
    report.title = fmt::format("{} on {}", config_.model, config_.data);
    report.highlights = {{fmt::format("{:.2f}%", 100 * r.test_accuracy), "test accuracy"},
                         {fmt::format("{:.4f}", r.test_loss), "test loss"},
                         {std::to_string(r.epochs), r.epochs == 1 ? "epoch" : "epochs"},
                         {grouped(std::llround(r.images_per_second)), "images/s in training"},
                         {duration_text(r.seconds), "time, evaluations included"}};
    report.facts = facts(r);
    report.classes = data_.classes;
    report.records = log_->records();
    report.steps_per_epoch = trainer_->steps_per_epoch();
    report.confusion = confusion_of(evaluation, data_.image.classes);
    add_pictures(report, data_, evaluation);
    return report;
  }

  std::vector<std::pair<std::string, std::string>> facts(const ClassifyResult& r) const {
    const ImageShape& image = data_.image;
    const std::string decay =
        config_.weight_decay > 0 ? fmt::format(", weight decay {}", config_.weight_decay) : "";
    std::vector<std::pair<std::string, std::string>> facts;
    if (!options_.command.empty()) facts.emplace_back("command", options_.command);
    facts.emplace_back(
        "data", fmt::format("{}: {} pictures to train on, {} to test on, {}x{}, {}, {} classes",
                            config_.data, grouped(data_.train->size()), grouped(data_.test->size()),
                            image.width, image.height, image.channels == 1 ? "gray" : "RGB",
                            image.classes));
    facts.emplace_back("model",
                       fmt::format("{}, {} parameters", config_.model, grouped(r.parameters)));
    facts.emplace_back("optimizer",
                       fmt::format("{}, learning rate {} ({}), batches of {}{}", config_.optimizer,
                                   config_.lr, config_.schedule, config_.batch_size, decay));
    facts.emplace_back("steps", grouped(r.steps));
    facts.emplace_back("seed", std::to_string(config_.seed));
    facts.emplace_back("device",
                       fmt::format("{}: {}", device_.name(), device_.backend().description()));
    facts.emplace_back("threads", std::to_string(num_threads()));
    if (r.fallbacks > 0) {
      facts.emplace_back("host fall-backs",
                         fmt::format("{} kernel calls ran on the host",
                                     grouped(static_cast<int64_t>(r.fallbacks))));
    }
    facts.emplace_back("peak memory",
                       fmt::format("{} (process), {} (device)", bytes_text(r.peak_memory_bytes),
                                   bytes_text(r.device_memory_bytes)));
    facts.emplace_back("finished",
                       fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(std::time(nullptr))));
    return facts;
  }

  ClassifyResult result(bool interrupted) const {
    const TrainerState state = trainer_->state();
    rusage usage = {};
    getrusage(RUSAGE_SELF, &usage);
    const auto images =
        static_cast<double>(state.epoch) * static_cast<double>(data_.train->size()) +
        state.epoch_sums.images + state.window_sums.images;
    return {.interrupted = interrupted,
            .test_accuracy = state.last_test.accuracy(),
            .test_loss = state.last_test.mean_loss(),
            .train_accuracy = state.last_train.accuracy(),
            .train_loss = state.last_train.mean_loss(),
            .epochs = state.epoch,
            .steps = state.total_steps,
            .images_per_second = state.train_seconds > 0 ? images / state.train_seconds : 0,
            .seconds = state.seconds,
            .device = device_.name(),
            .model = config_.model,
            .parameters = parameter_count(*model_),
            .fallbacks = fallback_calls(device_) - fallbacks_before_,
            .host_waits = device_.backend().counts().host_waits - waits_before_,
            .peak_memory_bytes = static_cast<uint64_t>(usage.ru_maxrss) * 1024,
            .device_memory_bytes = device_.backend().memory_stats().peak,
            .out = options_.out.string(),
            .profile = profile_};
  }

  const ClassifyOptions& options_;
  ClassifyConfig config_;
  Device device_;
  uint64_t fallbacks_before_, waits_before_;
  ClassificationData data_;
  std::unique_ptr<nn::Module> model_;
  std::unique_ptr<optim::Optimizer> optimizer_;
  std::unique_ptr<Trainer> trainer_;
  std::unique_ptr<MetricsLog> log_;
  std::string profile_;
};

}  // namespace

ClassifyResult classify(const ClassifyOptions& options) { return Run(options).run(); }

ClassifyConfig checkpoint_config(const fs::path& out) { return read_checkpoint(out).config; }

std::string to_json(const ClassifyResult& r) {
  return nlohmann::ordered_json{{"test_accuracy", r.test_accuracy},
                                {"test_loss", r.test_loss},
                                {"train_accuracy", r.train_accuracy},
                                {"train_loss", r.train_loss},
                                {"epochs", r.epochs},
                                {"steps", r.steps},
                                {"images_per_second", r.images_per_second},
                                {"seconds", r.seconds},
                                {"device", r.device},
                                {"model", r.model},
                                {"parameters", r.parameters},
                                {"fallbacks", r.fallbacks},
                                {"host_waits", r.host_waits},
                                {"peak_memory_bytes", r.peak_memory_bytes},
                                {"device_memory_bytes", r.device_memory_bytes},
                                {"out", r.out}}
      .dump();
}

}  // namespace ct::train
