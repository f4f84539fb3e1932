// Checkpoints as safetensors: see customtensor/train/checkpoint.hpp.
#include "customtensor/train/checkpoint.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "customtensor/error.hpp"
#include "customtensor/io.hpp"
#include "train/run/state_json.hpp"

namespace ct::train {

namespace {

using Json = nlohmann::ordered_json;

std::string format_of(std::string_view task) { return fmt::format("customtensor-{}-1", task); }

}  // namespace

void save_checkpoint(const std::filesystem::path& path, std::string_view task,
                     const Checkpoint& checkpoint) {
  Json json = state_to_json(checkpoint.state);
  const Json extra = Json::parse(checkpoint.extra, nullptr, /*allow_exceptions=*/false);
  if (!extra.is_object()) {
    throw ValueError(
        fmt::format("checkpoint: what the task keeps is no JSON object: {}", checkpoint.extra));
  }
  for (const auto& [name, value] : extra.items()) {
    if (json.contains(name) || name == "metrics_lines") {
      throw ValueError(fmt::format(
          "checkpoint: the task's \"{}\" is a field of the loop: give it another name", name));
    }
    json[name] = value;
  }
  json["metrics_lines"] = checkpoint.metrics_lines;
  io::save_safetensors(
      path, checkpoint.tensors,
      {{"format", format_of(task)}, {"config", checkpoint.config}, {"state", json.dump()}});
}

Checkpoint load_checkpoint(const std::filesystem::path& path, std::string_view task) {
  io::Metadata text;
  Checkpoint checkpoint;
  checkpoint.tensors = io::load_safetensors(path, &text);
  if (text["format"] != format_of(task)) {
    throw IoError(
        fmt::format("checkpoint: {} is no checkpoint of ct-train {}: format is \"{}\", not \"{}\"",
                    path.string(), task, text["format"], format_of(task)));
  }
  checkpoint.config = text["config"];
  checkpoint.extra = text["state"];
  try {
    const Json json = Json::parse(text["state"]);
    checkpoint.state = state_from_json(json);
    json.at("metrics_lines").get_to(checkpoint.metrics_lines);
  } catch (const nlohmann::json::exception& e) {
    throw IoError(fmt::format("checkpoint: {} is damaged: {}", path.string(), e.what()));
  }
  return checkpoint;
}

}  // namespace ct::train
