// Trained: the models, optimizers and random streams of a run by name, as one state.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "customtensor/export.hpp"
#include "customtensor/nn/module.hpp"
#include "customtensor/optim/optimizer.hpp"
#include "customtensor/random.hpp"
#include "customtensor/state_dict.hpp"

namespace ct::train {

/// What a loop trains. Refers to the parts, which must outlive it. The names are those of a
/// checkpoint's tensors: "generator.fc1.weight"; the only model is "model" by custom, the only
/// optimizer "optimizer".
///
///   Trained trained{.models = {{"generator", &g}, {"discriminator", &d}},
///                   .optimizers = {{"optimizer_g", &og}, {"optimizer_d", &od}}};
///
/// Used by one thread at a time.
struct CT_API Trained {
  /// A model that is not trained but changes, such as a running mean of weights, belongs here; one
  /// that stays as it is does not.
  std::vector<std::pair<std::string, nn::Module*>> models = {};
  std::vector<std::pair<std::string, optim::Optimizer*>> optimizers = {};
  /// Streams that a step draws from besides the thread's default one.
  std::vector<std::pair<std::string, Generator*>> generators = {};

  /// Errors: ValueError for a name that is empty, holds a dot or comes twice, or a null pointer.
  void check() const;

  /// The models' tensors, then the optimizers', each behind its name and a dot. Shares memory with
  /// them. Errors: as check.
  StateDict state_dict() const;
  /// All of it is checked before any of it is used.
  /// Errors: ValueError for tensors of a part that is not there; those of the parts' own
  ///         load_state_dict; then nothing is changed
  void load_state_dict(const StateDict& state) const;
};

}  // namespace ct::train
