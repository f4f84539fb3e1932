// ct-train classify: flags and display around ct::train::classify.
#include "customtensor/train/classify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "customtensor/threads.hpp"
#include "customtensor/train/choices.hpp"
#include "customtensor/train/models.hpp"
#include "interrupt.hpp"
#include "terminal.hpp"

namespace ct_train {

namespace {

struct Flags {
  ct::train::ClassifyOptions options;
  ct::train::ClassifyConfig given;  ///< as written; for a resumed run only what was written counts
  std::vector<std::pair<std::string, std::string>> written;  ///< settings: name, text
  int64_t threads = 0;
  bool quiet = false;
};

/// A flag that sets the field `name` of the config, "batch_size" for --batch-size.
CLI::Option* add_setting(CLI::App* command, const std::shared_ptr<Flags>& flags,
                         const std::string& name, const std::string& help) {
  std::string flag = "--" + name;
  std::replace(flag.begin(), flag.end(), '_', '-');
  const std::string usual = ct::train::field_text(flags->given, name);
  const auto take = [flags, name](const std::string& text) {
    ct::train::set_field(flags->given, name, text);
    flags->written.emplace_back(name, text);
  };
  auto* option = command->add_option_function<std::string>(flag, take, help);
  if (!usual.empty()) option->default_str(usual);
  return option->type_name("");
}

/// The checkpoint's config with the flags that were written laid over it.
ct::train::ClassifyConfig resumed_config(const Flags& flags) {
  auto config = ct::train::checkpoint_config(flags.options.out);
  for (const auto& [name, text] : flags.written) ct::train::set_field(config, name, text);
  return config;
}

int run(Flags& flags) {
  auto& options = flags.options;
  options.config = options.resume ? resumed_config(flags) : flags.given;
  if (flags.threads > 0) ct::set_num_threads(static_cast<int>(flags.threads));
  const int64_t epochs = options.config.epochs;
  Display display;
  if (!flags.quiet) {
    options.on_progress = [&](const ct::train::Progress& progress) { display.show(progress); };
    options.on_build = [&](const ct::KernelBuild& build) { display.show(build); };
    options.on_record = [&](const ct::train::MetricsRecord& r) { display.add(r, epochs); };
  }
  options.on_warning = [&](const std::string& text) {
    display.print(fmt::format("ct-train: warning: {}", text));
  };
  catch_interrupts();
  options.should_stop = interrupted;
  const auto result = ct::train::classify(options);
  if (options.profile) {
    display.print(result.profile +
                  fmt::format("\ntrace: {}", (options.out / "trace.json").string()));
  }
  if (result.interrupted) {
    display.print(fmt::format(
        "interrupted after step {}, checkpoint written; go on with: ct-train classify --out {} "
        "--resume",
        result.steps, result.out));
    return kInterrupted;
  }
  if (!flags.quiet) {
    display.print(fmt::format("report: {}", (options.out / "report.html").string()));
  }
  fmt::print("{}\n", ct::train::to_json(result));
  return kDone;
}

}  // namespace

Run add_classify(CLI::App& app, const std::string& command_line) {
  auto flags = std::make_shared<Flags>();
  auto& o = flags->options;
  CLI::App* command = app.add_subcommand("classify", "Train a picture classifier");
  o.command = command_line;
  const auto setting = [&](const std::string& name, const std::string& help) {
    return add_setting(command, flags, name, help);
  };
  const auto one_of = [](const std::vector<std::string>& names) {
    return fmt::format("one of {}", fmt::join(names, ", "));
  };
  command->add_option("--out", o.out, "Folder for the run's files")->required();
  auto* data =
      setting("data",
              "fashion-mnist, images:DIR (DIR/train/CLASS/*, DIR/test/CLASS/*) or a folder "
              "of IDX files");
  setting("model", one_of(ct::train::classifier_names()));
  setting("epochs", "Passes over the training pictures");
  setting("batch_size", "Pictures a step");
  setting("lr", "Learning rate");
  setting("optimizer", one_of(ct::train::optimizer_names()) + "; sgd has momentum 0.9");
  setting("schedule", "Learning rate over the run: " + one_of(ct::train::schedule_names()));
  setting("weight_decay", "L2 penalty, or decoupled where the optimizer decays so");
  setting("device", "See: ct-train devices");
  setting("seed", "Weights and order of the pictures");
  setting("limit", "Use only this many pictures of each split; 0: all");
  setting("workers", "Threads that prepare batches");
  setting("log_steps", "A line of metrics every so many steps");
  setting("max_pixels", "Largest picture file that is decoded, by what it declares");
  setting("max_idx_bytes", "Largest IDX file that is read, in bytes when unpacked");
  command->add_flag_callback(
      "--linear-light",
      [flags] {
        ct::train::set_field(flags->given, "linear_light", "true");
        flags->written.emplace_back("linear_light", "true");
      },
      "Stretch pictures as light adds up, not as other tools do");
  constexpr int kMostThreads = 65536;
  add_whole(command, "--threads", flags->threads, 1, kMostThreads,
            "Threads of the cpu device (default: all cores)");
  add_whole(command, "--checkpoint-steps", o.checkpoint_steps, 1,
            std::numeric_limits<int64_t>::max(), "Also write a checkpoint every so many steps");
  constexpr int kMostKept = 1000;
  add_whole(command, "--keep", o.keep, 1, kMostKept,
            "Checkpoints that stay: the last one, checkpoint.1.safetensors before it, …")
      ->default_str(std::to_string(o.keep));
  auto* resume = command->add_flag(
      "--resume", o.resume,
      "Go on from the checkpoint in --out; flags that are not given are taken from there");
  command->add_flag("--overwrite", o.overwrite, "Replace the run that is in --out")
      ->excludes(resume);
  command->add_flag("--profile", o.profile,
                    "Measure where the time goes: a table at the end, and trace.json in --out");
  command->add_flag("--quiet", flags->quiet, "Show no progress");
  return [flags, data]() -> int {
    if (!flags->options.resume && data->count() == 0) {
      throw ct::train::UsageError(
          "classify: --data is missing; give fashion-mnist, images:DIR or a folder of IDX files");
    }
    return run(*flags);
  };
}

}  // namespace ct_train
