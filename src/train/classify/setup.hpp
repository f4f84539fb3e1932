// From the settings of a classification run to its parts: data, model, optimizer, loop. Internal.
#pragma once

#include <memory>
#include <string>

#include "customtensor/device.hpp"
#include "customtensor/nn/module.hpp"
#include "customtensor/optim/optimizer.hpp"
#include "customtensor/train/checkpoint.hpp"
#include "customtensor/train/classify.hpp"
#include "customtensor/train/config.hpp"
#include "customtensor/train/data_source.hpp"
#include "train/classify/classification_loop.hpp"

namespace ct::train {

/// Errors: UsageError that says which devices there are.
Device find_device(const ClassifyConfig& config);

/// Errors: UsageError that lists the settings in which a resumed run differs from its checkpoint.
void check_config(const ClassifyConfig& now, const Checkpoint& checkpoint);

/// Members in the order in which they are made.
struct ClassifySetup {
  ClassifyConfig config;
  Device device;
  ClassificationData data;
  std::unique_ptr<nn::Module> model;
  std::unique_ptr<optim::Optimizer> optimizer;
  std::unique_ptr<ClassificationLoop> training;

  /// A run at its start, its weights drawn from `config.seed`; or, with `resumed`, where that was.
  /// Errors: those of the data and the model; IoError if `resumed` is of other data
  ClassifySetup(const ClassifyConfig& config, const Device& device, const Checkpoint* resumed);

  Loop& loop() const { return training->loop; }
  /// What the checkpoint keeps of the data, for the next session to compare: JSON.
  std::string data_json() const;
  /// Builds the kernels of a step, so that the first one takes no longer than the others.
  void warm_up(const std::function<void(const KernelBuild&)>& on_build) const;
};

}  // namespace ct::train
