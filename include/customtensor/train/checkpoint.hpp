// checkpoint.safetensors: all that a run of any task needs to go on bit for bit. The tensors of its
// models and optimizers; settings, the loop's state as JSON and a checksum of all that in the
// file's metadata.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
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
/// `before_replacing` is called when the new file is on the disk, just before it takes the place of
/// what is at `path`.
/// Errors: IoError if the file cannot be written; ValueError if `extra` is no JSON object
///         or has a field of the loop's
CT_API void save_checkpoint(const std::filesystem::path& path, std::string_view task,
                            const Checkpoint& checkpoint,
                            const std::function<void()>& before_replacing = {});

/// Tensors are on "cpu". All of the file is checked before anything comes back: its checksum (a
/// file without one is older than they are), and kind and range of every field of the state.
/// Errors: IoError for a file that is missing, damaged or not a checkpoint of that task.
CT_API Checkpoint load_checkpoint(const std::filesystem::path& path, std::string_view task);

}  // namespace ct::train
