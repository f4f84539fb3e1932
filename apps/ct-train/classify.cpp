// ct-train classify: flags and display around ct::train::classify.
#include "customtensor/train/classify.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "commands.hpp"
#include "customtensor/threads.hpp"
#include "customtensor/train/models.hpp"
#include "interrupt.hpp"
#include "terminal.hpp"

namespace ct_train {

namespace {

struct Flags {
  ct::train::ClassifyOptions options;
  ct::train::ClassifyConfig given;  ///< as parsed; for a resumed run only what was written counts
  int threads = 0;
  bool quiet = false;
  CLI::App* command = nullptr;

  /// Sets `target` to the flag's value if the flag was written.
  template <class T>
  void take(const char* flag, T ct::train::ClassifyConfig::*member,
            ct::train::ClassifyConfig& target) const {
    if (command->count(flag) > 0) target.*member = given.*member;
  }
};

/// The checkpoint's config with the flags that were written laid over it.
ct::train::ClassifyConfig resumed_config(const Flags& flags) {
  using C = ct::train::ClassifyConfig;
  C config = ct::train::checkpoint_config(flags.options.out);
  flags.take("--data", &C::data, config);
  flags.take("--model", &C::model, config);
  flags.take("--epochs", &C::epochs, config);
  flags.take("--batch-size", &C::batch_size, config);
  flags.take("--lr", &C::lr, config);
  flags.take("--optimizer", &C::optimizer, config);
  flags.take("--schedule", &C::schedule, config);
  flags.take("--weight-decay", &C::weight_decay, config);
  flags.take("--device", &C::device, config);
  flags.take("--seed", &C::seed, config);
  flags.take("--limit", &C::limit, config);
  flags.take("--workers", &C::workers, config);
  flags.take("--log-steps", &C::log_steps, config);
  return config;
}

int run(Flags& flags) {
  auto& options = flags.options;
  options.config = options.resume ? resumed_config(flags) : flags.given;
  if (flags.threads > 0) ct::set_num_threads(flags.threads);
  const int64_t epochs = options.config.epochs;
  Display display;
  if (!flags.quiet) {
    options.on_progress = [&](const ct::train::Progress& progress) { display.show(progress); };
    options.on_build = [&](const ct::KernelBuild& build) { display.show(build); };
    options.on_record = [&](const ct::train::MetricsRecord& r) { display.add(r, epochs); };
  }
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
  auto& c = flags->given;
  auto& o = flags->options;
  CLI::App* command = app.add_subcommand("classify", "Train a picture classifier");
  flags->command = command;
  o.command = command_line;
  const std::string models = fmt::format("{}", fmt::join(ct::train::classifier_names(), ", "));
  auto* out = command->add_option("--out", o.out, "Folder for the run's files")->required();
  auto* data =
      command->add_option("--data", c.data,
                          "fashion-mnist, images:DIR (DIR/train/CLASS/*, DIR/test/CLASS/*) "
                          "or a folder of IDX files");
  command->add_option("--model", c.model, "One of " + models)->capture_default_str();
  command->add_option("--epochs", c.epochs, "Passes over the training pictures")
      ->capture_default_str();
  command->add_option("--batch-size", c.batch_size, "Pictures a step")->capture_default_str();
  command->add_option("--lr", c.lr, "Learning rate")->capture_default_str();
  command->add_option("--optimizer", c.optimizer, "adam, or sgd with momentum 0.9")
      ->capture_default_str();
  command->add_option("--schedule", c.schedule, "Learning rate: constant, or cosine down to 0")
      ->capture_default_str();
  command->add_option("--weight-decay", c.weight_decay, "L2 penalty")->capture_default_str();
  command->add_option("--device", c.device, "See: ct-train devices")->capture_default_str();
  command->add_option("--seed", c.seed, "Weights and order of the pictures")->capture_default_str();
  command->add_option("--limit", c.limit, "Use only this many pictures of each split; 0: all")
      ->capture_default_str();
  command->add_option("--workers", c.workers, "Threads that prepare batches")
      ->capture_default_str();
  command->add_option("--threads", flags->threads, "Threads of the cpu device (default: all cores)")
      ->check(CLI::PositiveNumber);
  command->add_option("--log-steps", c.log_steps, "A line of metrics every so many steps")
      ->capture_default_str();
  command
      ->add_option("--checkpoint-steps", o.checkpoint_steps,
                   "Also write a checkpoint every so many steps")
      ->check(CLI::PositiveNumber);
  auto* resume = command->add_flag(
      "--resume", o.resume,
      "Go on from the checkpoint in --out; flags that are not given are taken from there");
  command->add_flag("--overwrite", o.overwrite, "Replace the run that is in --out")
      ->excludes(resume);
  command->add_flag("--profile", o.profile,
                    "Measure where the time goes: a table at the end, and trace.json in --out");
  command->add_flag("--quiet", flags->quiet, "Show no progress");
  (void)out;
  return [flags, data]() -> int {
    if (!flags->options.resume && data->count() == 0) {
      throw ct::train::UsageError(
          "classify: --data is missing; give fashion-mnist, images:DIR or a folder of IDX files");
    }
    return run(*flags);
  };
}

}  // namespace ct_train
