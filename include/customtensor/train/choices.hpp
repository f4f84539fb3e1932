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
  double weight_decay = 0;  ///< >= 0; an L2 penalty, or decoupled where the rule decays so
};

/// The words that make_optimizer knows: "adadelta", "adafactor", "adagrad", "adam", "adamax",
/// "adamw", "asgd", "lamb", "lion", "nadam", "radam", "rmsprop", "rprop", "sgd" (momentum 0.9). All
/// but the settings are the defaults. Muon, of matrices alone, and LBFGS, which calls the loss
/// itself, do not train any model in the usual loop: make those oneself.
CT_API std::vector<std::string> optimizer_names();

/// A new optimizer of `parameters`. Thread-safe.
/// Errors: ValueError for another name, listing those there are, and for a weight decay where the
///         rule has none (rprop); those of the optimizer
CT_API std::unique_ptr<optim::Optimizer> make_optimizer(std::string_view name, Tensors parameters,
                                                        const OptimizerSettings& settings = {});

/// The learning rate of a step: (rate at the start, steps done before, steps of the whole run).
using Schedule = std::function<double(double lr, int64_t step, int64_t steps)>;

/// The words that make_schedule knows. Each but "constant" spans the whole run:
///   "cosine"           half a cosine down to 0
///   "cosine_restarts"  three of those, each twice as long as the one before
///   "cyclic"           four times in lines from lr / 10 up to lr and back
///   "exponential"      by the same factor each step, down to lr / 100
///   "linear"           in a line down to 0
///   "multi_step"       lr / 10 from a half on, lr / 100 from three quarters on
///   "one_cycle"        from lr / 25 up to lr at 30%, then to nearly nothing, as optim::OneCycleLR
///   "polynomial"       a parabola down to 0
///   "step"             lr / 10 in the second third, lr / 100 in the last
///   "warmup_cosine"    in a line up to lr over a tenth, then "cosine"
CT_API std::vector<std::string> schedule_names();

/// Thread-safe. Errors: ValueError for another name, listing those there are.
CT_API Schedule make_schedule(std::string_view name);

}  // namespace ct::train
