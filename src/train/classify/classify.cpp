// A whole run, in order: settings, parts, files, the loop, and what it leaves at the end. Each is a
// file of its own; here they are wired.
#include "customtensor/train/classify.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>
#include <optional>

#include "customtensor/io.hpp"
#include "customtensor/profile.hpp"
#include "train/classify/result.hpp"
#include "train/classify/run_report.hpp"
#include "train/classify/setup.hpp"
#include "train/run/run_files.hpp"

namespace ct::train {

namespace {

namespace fs = std::filesystem;

constexpr const char* kTask = "classify";

/// config.json: the settings, and what a picture must look like to be classified.
void write_config(const ClassifySetup& setup, const fs::path& file) {
  auto json = nlohmann::ordered_json::parse(to_json(setup.config));
  json["channels"] = setup.data.image.channels;
  json["height"] = setup.data.image.height;
  json["width"] = setup.data.image.width;
  json["classes"] = setup.data.classes;
  io::write_file_atomically(file, json.dump(2) + "\n");
}

void warn(const ClassifyOptions& options, const std::string& text) {
  if (options.on_warning) {
    options.on_warning(text);
  } else {
    fmt::print(stderr, "customtensor: warning: {}\n", text);
  }
}

/// Calls write(), which leaves what people look at: a run is not lost for it.
template <class F>
void for_people(const ClassifyOptions& options, const char* what, F&& write) {
  try {
    write();
  } catch (const std::exception& error) {
    warn(options, fmt::format("classify: {} could not be written: {}", what, error.what()));
  }
}

/// Trains; with the profile, if one was asked for.
Ending train(Loop& loop, const ClassifyOptions& options, std::optional<Profile>& measured) {
  if (!options.profile) return loop.run();
  Profiler profiler = profile();
  const Ending ending = loop.run();
  for_people(options, "the profile", [&] { measured = profiler.stop(); });
  return ending;
}

void write_page(const ClassifySetup& setup, const ClassifyOptions& options, const RunFiles& files,
                const ClassifyResult& result) {
  Evaluation& evaluation = setup.training->evaluation;
  if (evaluation.truth.empty()) {  // a resumed run that was done already
    evaluation = evaluate(*setup.model, setup.data.test, 256, setup.config.workers);
  }
  write_report(run_report(setup, result, files.records(), evaluation, options.command),
               files.folder());
}

}  // namespace

ClassifyResult classify(const ClassifyOptions& options) {
  validate(options.config);
  constexpr int64_t kMostKept = 1000;
  parse_whole("classify", "--keep", std::to_string(options.keep), 1, kMostKept);
  const Device device = find_device(options.config);
  const DeviceUse use(device);
  RunFiles files(kTask, options.out, options.keep);
  std::optional<Checkpoint> resumed;
  if (options.resume) {
    resumed = files.read_checkpoint([&](const std::string& text) { warn(options, text); });
    check_config(options.config, *resumed);
  }
  const ClassifySetup setup(options.config, device, resumed ? &*resumed : nullptr);
  files.prepare(options.resume, options.overwrite);
  files.open_metrics(resumed ? resumed->metrics_lines : 0);
  write_config(setup, files / "config.json");

  Loop& loop = setup.loop();
  loop.on_progress = options.on_progress;
  loop.should_stop = options.should_stop;
  files.connect(loop, options.checkpoint_steps, options.on_record, to_json(options.config),
                setup.data_json());
  setup.warm_up(options.on_build);

  std::optional<Profile> measured;
  const bool interrupted = train(loop, options, measured) == Ending::stopped;
  if (interrupted) {
    files.save(loop);
  } else {
    io::save_safetensors(files / "model.safetensors", setup.model->state_dict(),
                         {{"model", setup.config.model}});
    for_people(options, "the report",
               [&] { write_page(setup, options, files, result_of(setup, use)); });
  }
  ClassifyResult result = result_of(setup, use);
  result.interrupted = interrupted;
  result.out = options.out.string();
  if (measured) {
    for_people(options, "the profile", [&] {
      result.profile = measured->table();
      measured->write_chrome_trace(files / "trace.json");
    });
  }
  return result;
}

ClassifyConfig checkpoint_config(const fs::path& out) {
  return parse_classify_config(RunFiles(kTask, out).read_checkpoint().config);
}

}  // namespace ct::train
