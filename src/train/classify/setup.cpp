// See setup.hpp.
#include "train/classify/setup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/random.hpp"
#include "customtensor/train/choices.hpp"
#include "customtensor/train/warmup.hpp"
#include "io/json_reader.hpp"

namespace ct::train {

namespace {

using Json = nlohmann::ordered_json;

/// What data a run is on, as far as a checkpoint remembers them.
struct DataFacts {
  ImageShape image;
  int64_t train = 0, test = 0;

  friend bool operator==(const DataFacts&, const DataFacts&) = default;
};

DataFacts facts_of(const ClassificationData& data) {
  return {data.image, data.train->size(), data.test->size()};
}

DataFacts facts_of(const Checkpoint& checkpoint) {
  try {
    const auto json = io::JsonValue::parse(checkpoint.extra, "its state");
    const auto image = json.at("image").items(4);
    return {{image[0].whole(), image[1].whole(), image[2].whole(), image[3].whole()},
            json.at("train_images").whole(),
            json.at("test_images").whole()};
  } catch (const io::JsonFault& fault) {
    throw IoError(fmt::format("checkpoint: it does not say what data it is of: {}", fault.what()));
  }
}

std::string describe(const DataFacts& facts) {
  const ImageShape& image = facts.image;
  return fmt::format("{} + {} pictures of {}x{}x{} in {} classes", facts.train, facts.test,
                     image.channels, image.height, image.width, image.classes);
}

void check_data(const DataFacts& now, const DataFacts& before) {
  if (now == before) return;
  throw IoError(fmt::format(
      "classify: cannot resume on other data: {} now, {} when the checkpoint was written",
      describe(now), describe(before)));
}

std::unique_ptr<optim::Optimizer> optimizer_of(const ClassifyConfig& config,
                                               const nn::Module& model) {
  return make_optimizer(config.optimizer, model.parameters(),
                        {.lr = config.lr, .weight_decay = config.weight_decay});
}

}  // namespace

Device find_device(const ClassifyConfig& config) {
  try {
    return Device(config.device);
  } catch (const DeviceError& e) {
    throw UsageError(e.what());
  }
}

void check_config(const ClassifyConfig& now, const Checkpoint& checkpoint) {
  const auto conflicts = resume_conflicts(now, parse_classify_config(checkpoint.config));
  if (conflicts.empty()) return;
  throw UsageError(
      fmt::format("classify: cannot resume with other settings: {}; leave these flags "
                  "out, or start a new run",
                  fmt::join(conflicts, ", ")));
}

ClassifySetup::ClassifySetup(const ClassifyConfig& config_, const Device& device_,
                             const Checkpoint* resumed)
    : config(config_),
      device(device_),
      data(open_classification_data(config.data, config.limit,
                                    {.linear_light = config.linear_light,
                                     .max_pixels = config.max_pixels,
                                     .max_idx_bytes = config.max_idx_bytes})) {
  if (resumed != nullptr) check_data(facts_of(data), facts_of(*resumed));
  manual_seed(config.seed);
  model = make_classifier(config.model, data.image);
  model->to(device);
  optimizer = optimizer_of(config, *model);
  const LoopOptions options{.epochs = config.epochs,
                            .batch_size = config.batch_size,
                            .seed = config.seed,
                            .workers = config.workers,
                            .log_steps = config.log_steps,
                            .schedule = make_schedule(config.schedule)};
  training =
      std::make_unique<ClassificationLoop>(*model, *optimizer, data.train, data.test, options);
  if (resumed == nullptr) return;
  loop().set_state(resumed->state);
  loop().trained().load_state_dict(resumed->tensors);
}

std::string ClassifySetup::data_json() const {
  const auto [image, train, test] = facts_of(data);
  return Json{{"image", {image.channels, image.height, image.width, image.classes}},
              {"train_images", train},
              {"test_images", test}}
      .dump();
}

void ClassifySetup::warm_up(const std::function<void(const KernelBuild&)>& on_build) const {
  if (device == Device("cpu")) return;  // has nothing to build
  const auto step = [&] {
    const auto other = optimizer_of(config, *model);
    ClassificationStep classification(*model, *other);
    Meter meter;
    const ImageShape& image = data.image;
    const int64_t n = std::min(config.batch_size, data.train->size());
    classification.run({zeros({n, image.channels, image.height, image.width}, device),
                        zeros({n}, {.dtype = int64, .device = device})},
                       0, meter);
  };
  warmup(*model, step, on_build);
}

}  // namespace ct::train
