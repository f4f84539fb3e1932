// See run_report.hpp.
#include "train/classify/run_report.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cmath>
#include <ctime>
#include <utility>
#include <vector>

#include "customtensor/backend.hpp"
#include "customtensor/threads.hpp"
#include "customtensor/train/progress.hpp"
#include "train/classify/run_pictures.hpp"

namespace ct::train {

namespace {

std::vector<std::pair<std::string, std::string>> facts_of(const ClassifySetup& setup,
                                                          const ClassifyResult& r,
                                                          const std::string& command) {
  const ClassifyConfig& config = setup.config;
  const ImageShape& image = setup.data.image;
  const std::string decay =
      config.weight_decay > 0 ? fmt::format(", weight decay {}", config.weight_decay) : "";
  std::vector<std::pair<std::string, std::string>> facts;
  if (!command.empty()) facts.emplace_back("command", command);
  facts.emplace_back(
      "data",
      fmt::format("{}: {} pictures to train on, {} to test on, {}x{}, {}, {} classes", config.data,
                  grouped(setup.data.train->size()), grouped(setup.data.test->size()), image.width,
                  image.height, image.channels == 1 ? "gray" : "RGB", image.classes));
  facts.emplace_back("model",
                     fmt::format("{}, {} parameters", config.model, grouped(r.parameters)));
  facts.emplace_back("optimizer",
                     fmt::format("{}, learning rate {} ({}), batches of {}{}", config.optimizer,
                                 config.lr, config.schedule, config.batch_size, decay));
  facts.emplace_back("steps", grouped(r.steps));
  facts.emplace_back("seed", std::to_string(config.seed));
  facts.emplace_back(
      "device", fmt::format("{}: {}", setup.device.name(), setup.device.backend().description()));
  facts.emplace_back("threads", std::to_string(num_threads()));
  if (r.fallbacks > 0) {
    facts.emplace_back("host fall-backs", fmt::format("{} kernel calls ran on the host",
                                                      grouped(static_cast<int64_t>(r.fallbacks))));
  }
  facts.emplace_back("peak memory",
                     fmt::format("{} (process), {} (device)", bytes_text(r.peak_memory_bytes),
                                 bytes_text(r.device_memory_bytes)));
  facts.emplace_back("finished",
                     fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(std::time(nullptr))));
  return facts;
}

}  // namespace

Report run_report(const ClassifySetup& setup, const ClassifyResult& r,
                  const std::vector<MetricsRecord>& records, const Evaluation& evaluation,
                  const std::string& command) {
  Report report;
  report.title = fmt::format("{} on {}", setup.config.model, setup.config.data);
  report.highlights = {{fmt::format("{:.2f}%", 100 * r.test_accuracy), "test accuracy"},
                       {fmt::format("{:.4f}", r.test_loss), "test loss"},
                       {std::to_string(r.epochs), r.epochs == 1 ? "epoch" : "epochs"},
                       {grouped(std::llround(r.images_per_second)), "images/s in training"},
                       {duration_text(r.seconds), "time, evaluations included"}};
  report.facts = facts_of(setup, r, command);
  report.classes = setup.data.classes;
  report.records = records;
  report.steps_per_epoch = setup.loop().steps_per_epoch();
  report.confusion = confusion_of(evaluation, setup.data.image.classes);
  add_pictures(report, setup.data, evaluation);
  return report;
}

}  // namespace ct::train
