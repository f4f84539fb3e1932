// checkpoint.safetensors: all that a run of any task needs to go on bit for bit. The tensors of its
// models and optimizers; settings and the loop's state as JSON in the file's metadata.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "customtensor/export.hpp"
#include "customtensor/state_dict.hpp"
#include "customtensor/train/loop.hpp"

namespace ct::train {

struct Checkpoint {
  std::string config = "{}";  ///< the task's settings, JSON
  LoopState state = {};
  /// What else the task keeps: a JSON object whose fields stand beside the loop's. As loaded it
  /// holds those too.
  std::string extra = "{}";
  int64_t metrics_lines = 0;  ///< lines of metrics.jsonl when it was written
  StateDict tensors = {};     ///< Trained::state_dict()
};

/// Written whole or not at all. `task` is one word, which load_checkpoint asks for again.
/// Errors: IoError if the file cannot be written; ValueError if `extra` is no JSON object
///         or has a field of the loop's
CT_API void save_checkpoint(const std::filesystem::path& path, std::string_view task,
                            const Checkpoint& checkpoint);

/// Tensors are on "cpu".
/// Errors: IoError for a file that is missing, damaged or not a checkpoint of that task.
CT_API Checkpoint load_checkpoint(const std::filesystem::path& path, std::string_view task);

}  // namespace ct::train
