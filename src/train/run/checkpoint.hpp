// checkpoint.safetensors: all that a run needs to go on bit for bit. Tensors "model.…" and
// "optimizer.…"; the config and the trainer's state as JSON in the file's metadata. Internal.
#pragma once

#include <cstdint>
#include <filesystem>

#include "customtensor/state_dict.hpp"
#include "customtensor/train/config.hpp"
#include "customtensor/train/models.hpp"
#include "customtensor/train/trainer.hpp"

namespace ct::train {

struct Checkpoint {
  ClassifyConfig config;
  TrainerState state;
  ImageShape image;
  int64_t train_images = 0, test_images = 0;
  int64_t metrics_lines = 0;  ///< lines of metrics.jsonl when it was written
  StateDict model, optimizer;
};

/// Written whole or not at all.
void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

/// Errors: IoError for a file that is missing, damaged or not a checkpoint of a classify run.
Checkpoint load_checkpoint(const std::filesystem::path& path);

}  // namespace ct::train
