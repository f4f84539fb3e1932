// A whole run, in order: settings, parts, files, the loop, and what it leaves at the end. Each is a
// file of its own; here they are wired.
#include "customtensor/train/classify.hpp"

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

/// Trains; the table of the profile, if one was asked for.
Ending train(Loop& loop, const ClassifyOptions& options, std::string& table) {
  if (!options.profile) return loop.run();
  Profiler profiler = profile();
  const Ending ending = loop.run();
  const Profile profile = profiler.stop();
  profile.write_chrome_trace(options.out / "trace.json");
  table = profile.table();
  return ending;
}

/// The model and the report.
void write_results(const ClassifySetup& setup, const ClassifyOptions& options,
                   const RunFiles& files, const ClassifyResult& result) {
  io::save_safetensors(files / "model.safetensors", setup.model->state_dict(),
                       {{"model", setup.config.model}});
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
  const Device device = find_device(options.config);
  const DeviceUse use(device);
  RunFiles files(kTask, options.out);
  std::optional<Checkpoint> resumed;
  if (options.resume) {
    resumed = files.read_checkpoint();
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

  std::string table;
  const bool interrupted = train(loop, options, table) == Ending::stopped;
  if (interrupted) {
    files.save(loop);
  } else {
    write_results(setup, options, files, result_of(setup, use));
  }
  ClassifyResult result = result_of(setup, use);
  result.interrupted = interrupted;
  result.out = options.out.string();
  result.profile = table;
  return result;
}

ClassifyConfig checkpoint_config(const fs::path& out) {
  return parse_classify_config(RunFiles(kTask, out).read_checkpoint().config);
}

}  // namespace ct::train
