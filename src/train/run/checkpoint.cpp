// Checkpoints as safetensors: see customtensor/train/checkpoint.hpp.
#include "customtensor/train/checkpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "customtensor/error.hpp"
#include "customtensor/io.hpp"
#include "io/json_reader.hpp"
#include "train/run/checksum.hpp"
#include "train/run/state_json.hpp"

namespace ct::train {

namespace {

using Json = nlohmann::ordered_json;

std::string format_of(std::string_view task) { return fmt::format("customtensor-{}-1", task); }

/// Of any device, as they will be written.
StateDict on_host(const StateDict& tensors) {
  StateDict host;
  for (const auto& [name, tensor] : tensors) {
    host.insert(name, tensor.detach().to("cpu").contiguous());
  }
  return host;
}

std::string state_text(const Checkpoint& checkpoint) {
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
  return json.dump();
}

/// What is wrong with what was read, in words; empty if nothing is. A checkpoint without a checksum
/// was written before there were any; but a text under another name is one whose name was damaged.
std::string fault_of(const io::Metadata& texts, const StateDict& tensors) {
  constexpr std::array<std::string_view, 4> kTexts = {"format", "config", "state", kChecksum};
  for (const auto& [key, text] : texts) {
    if (std::ranges::find(kTexts, key) == kTexts.end()) {
      return fmt::format("it holds a text \"{}\" that is none of a checkpoint's", key);
    }
  }
  const auto kept = texts.find(kChecksum);
  if (kept == texts.end()) return "";
  const std::string sum = checksum_of(texts, tensors);
  if (kept->second == sum) return "";
  return fmt::format("its checksum is {}, that of its contents {}", kept->second, sum);
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, std::string_view task,
                     const Checkpoint& checkpoint, const std::function<void()>& before_replacing) {
  io::Metadata texts{{"format", format_of(task)},
                     {"config", checkpoint.config},
                     {"state", state_text(checkpoint)}};
  const StateDict tensors = on_host(checkpoint.tensors);
  texts[kChecksum] = checksum_of(texts, tensors);
  io::AtomicFile file(path);
  io::save_safetensors(file, tensors, texts);
  file.flush();
  if (before_replacing) before_replacing();
  file.commit();
}

Checkpoint load_checkpoint(const std::filesystem::path& path, std::string_view task) {
  io::Metadata texts;
  Checkpoint checkpoint;
  checkpoint.tensors = io::load_safetensors(path, &texts);
  if (texts["format"] != format_of(task)) {
    throw IoError(
        fmt::format("checkpoint: {} is no checkpoint of ct-train {}: format is \"{}\", not \"{}\"",
                    path.string(), task, texts["format"], format_of(task)));
  }
  const auto check = [&](const std::string& fault) {
    if (!fault.empty()) {
      throw IoError(fmt::format("checkpoint: {} is damaged: {}", path.string(), fault));
    }
  };
  check(fault_of(texts, checkpoint.tensors));
  checkpoint.config = texts["config"];
  checkpoint.extra = texts["state"];
  try {
    const auto json = io::JsonValue::parse(texts["state"], "its state");
    checkpoint.state = state_from_json(json);
    checkpoint.metrics_lines = json.at("metrics_lines").whole();
  } catch (const io::JsonFault& fault) {
    check(fault.what());
  }
  return checkpoint;
}

}  // namespace ct::train
