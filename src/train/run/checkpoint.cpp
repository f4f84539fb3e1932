// Checkpoints as safetensors: see checkpoint.hpp.
#include "train/run/checkpoint.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "customtensor/error.hpp"
#include "customtensor/io.hpp"

namespace ct::train {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "customtensor-classify-1";

Json to_json(const Sums& s) { return {s.loss, s.correct, s.images}; }
Sums sums_of(const Json& json) {
  return {json.at(0).get<double>(), json.at(1).get<double>(), json.at(2).get<double>()};
}

/// Doubles are written with as many digits as bring them back exactly.
Json to_json(const Checkpoint& c) {
  const TrainerState& s = c.state;
  return {{"epoch", s.epoch},
          {"step", s.step},
          {"total_steps", s.total_steps},
          {"epoch_sums", to_json(s.epoch_sums)},
          {"window_sums", to_json(s.window_sums)},
          {"window_seconds", s.window_seconds},
          {"epoch_seconds", s.epoch_seconds},
          {"train_seconds", s.train_seconds},
          {"seconds", s.seconds},
          {"last_train", to_json(s.last_train)},
          {"last_test", to_json(s.last_test)},
          {"random_seed", s.random.seed},
          {"random_offset", s.random.offset},
          {"image", {c.image.channels, c.image.height, c.image.width, c.image.classes}},
          {"train_images", c.train_images},
          {"test_images", c.test_images},
          {"metrics_lines", c.metrics_lines}};
}

void read_state(const Json& json, Checkpoint& c) {
  TrainerState& s = c.state;
  json.at("epoch").get_to(s.epoch);
  json.at("step").get_to(s.step);
  json.at("total_steps").get_to(s.total_steps);
  s.epoch_sums = sums_of(json.at("epoch_sums"));
  s.window_sums = sums_of(json.at("window_sums"));
  json.at("window_seconds").get_to(s.window_seconds);
  json.at("epoch_seconds").get_to(s.epoch_seconds);
  json.at("train_seconds").get_to(s.train_seconds);
  json.at("seconds").get_to(s.seconds);
  s.last_train = sums_of(json.at("last_train"));
  s.last_test = sums_of(json.at("last_test"));
  json.at("random_seed").get_to(s.random.seed);
  json.at("random_offset").get_to(s.random.offset);
  const Json& image = json.at("image");
  c.image = {image.at(0).get<int64_t>(), image.at(1).get<int64_t>(), image.at(2).get<int64_t>(),
             image.at(3).get<int64_t>()};
  json.at("train_images").get_to(c.train_images);
  json.at("test_images").get_to(c.test_images);
  json.at("metrics_lines").get_to(c.metrics_lines);
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  StateDict tensors;
  tensors.insert_all("model.", checkpoint.model);
  tensors.insert_all("optimizer.", checkpoint.optimizer);
  io::save_safetensors(path, tensors,
                       {{"format", kFormat},
                        {"config", train::to_json(checkpoint.config)},
                        {"state", to_json(checkpoint).dump()}});
}

Checkpoint load_checkpoint(const std::filesystem::path& path) {
  io::Metadata text;
  const StateDict tensors = io::load_safetensors(path, &text);
  if (text["format"] != kFormat) {
    throw IoError(fmt::format(
        "checkpoint: {} is no checkpoint of ct-train classify: format is \"{}\", not \"{}\"",
        path.string(), text["format"], kFormat));
  }
  Checkpoint checkpoint;
  checkpoint.config = parse_classify_config(text["config"]);
  try {
    read_state(Json::parse(text["state"]), checkpoint);
  } catch (const nlohmann::json::exception& e) {
    throw IoError(fmt::format("checkpoint: {} is damaged: {}", path.string(), e.what()));
  }
  checkpoint.model = tensors.with_prefix("model.");
  checkpoint.optimizer = tensors.with_prefix("optimizer.");
  return checkpoint;
}

}  // namespace ct::train
