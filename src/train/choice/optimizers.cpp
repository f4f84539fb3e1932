// The optimizers by name.
#include <fmt/format.h>

#include <utility>

#include "customtensor/error.hpp"
#include "customtensor/optim.hpp"
#include "customtensor/train/choices.hpp"
#include "train/choice/table.hpp"

namespace ct::train {

namespace {

using Made = std::unique_ptr<optim::Optimizer>;
using Make = Made (*)(std::string_view name, Tensors, const OptimizerSettings&);

/// Any optimizer whose options have a rate, with its other defaults.
template <class O, class Options>
Made made(std::string_view name, Tensors parameters, const OptimizerSettings& s) {
  Options options;
  options.lr = s.lr;
  if constexpr (requires { options.weight_decay; }) {
    options.weight_decay = s.weight_decay;
  } else if (s.weight_decay != 0) {
    throw ValueError(
        fmt::format("optimizer: {} has no weight decay: it is {}", name, s.weight_decay));
  }
  return std::make_unique<O>(std::move(parameters), options);
}

Made sgd(std::string_view, Tensors parameters, const OptimizerSettings& s) {
  return std::make_unique<optim::SGD>(
      std::move(parameters),
      optim::SgdOptions{.lr = s.lr, .momentum = 0.9, .weight_decay = s.weight_decay});
}

constexpr Choice<Make> kOptimizers[] = {
    {"adadelta", made<optim::Adadelta, optim::AdadeltaOptions>},
    {"adafactor", made<optim::Adafactor, optim::AdafactorOptions>},
    {"adagrad", made<optim::Adagrad, optim::AdagradOptions>},
    {"adam", made<optim::Adam, optim::AdamOptions>},
    {"adamax", made<optim::Adamax, optim::AdamaxOptions>},
    {"adamw", made<optim::AdamW, optim::AdamWOptions>},
    {"asgd", made<optim::ASGD, optim::AsgdOptions>},
    {"lamb", made<optim::LAMB, optim::LambOptions>},
    {"lion", made<optim::Lion, optim::LionOptions>},
    {"nadam", made<optim::NAdam, optim::NAdamOptions>},
    {"radam", made<optim::RAdam, optim::RAdamOptions>},
    {"rmsprop", made<optim::RMSprop, optim::RmspropOptions>},
    {"rprop", made<optim::Rprop, optim::RpropOptions>},
    {"sgd", sgd},
};

}  // namespace

std::vector<std::string> optimizer_names() { return names_of(kOptimizers); }

std::unique_ptr<optim::Optimizer> make_optimizer(std::string_view name, Tensors parameters,
                                                 const OptimizerSettings& settings) {
  const Make* make = find_choice(kOptimizers, name);
  if (make == nullptr) {
    throw ValueError(
        fmt::format("optimizer: unknown '{}'; use {}", name, any_of(optimizer_names())));
  }
  return (*make)(name, std::move(parameters), settings);
}

}  // namespace ct::train
