// What a run chooses by name: optimizers and schedules of the learning rate. (Models: models.hpp.)
// A name that is not known is an error where it is looked up, which lists those that are.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "customtensor/export.hpp"
#include "customtensor/optim/optimizer.hpp"
#include "customtensor/tensor.hpp"

namespace ct::train {

/// What every optimizer is told.
struct OptimizerSettings {
  double lr = 1e-3;         ///< >= 0
  double weight_decay = 0;  ///< L2 penalty, >= 0
};

/// The words that make_optimizer knows: "adam", "sgd" (momentum 0.9).
CT_API std::vector<std::string> optimizer_names();

/// A new optimizer of `parameters`. Thread-safe.
/// Errors: ValueError for another name, listing those there are; those of the optimizer
CT_API std::unique_ptr<optim::Optimizer> make_optimizer(std::string_view name, Tensors parameters,
                                                        const OptimizerSettings& settings = {});

/// The learning rate of a step: (rate at the start, steps done before, steps of the whole run).
using Schedule = std::function<double(double lr, int64_t step, int64_t steps)>;

/// The words that make_schedule knows: "constant", "cosine" (down to 0 over the whole run, see
/// optim::cosine_lr).
CT_API std::vector<std::string> schedule_names();

/// Thread-safe. Errors: ValueError for another name, listing those there are.
CT_API Schedule make_schedule(std::string_view name);

}  // namespace ct::train
