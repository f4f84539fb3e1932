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
using Make = Made (*)(Tensors, const OptimizerSettings&);

Made adam(Tensors parameters, const OptimizerSettings& s) {
  return std::make_unique<optim::Adam>(
      std::move(parameters), optim::AdamOptions{.lr = s.lr, .weight_decay = s.weight_decay});
}

Made sgd(Tensors parameters, const OptimizerSettings& s) {
  return std::make_unique<optim::SGD>(
      std::move(parameters),
      optim::SgdOptions{.lr = s.lr, .momentum = 0.9, .weight_decay = s.weight_decay});
}

constexpr Choice<Make> kOptimizers[] = {{"adam", adam}, {"sgd", sgd}};

}  // namespace

std::vector<std::string> optimizer_names() { return names_of(kOptimizers); }

std::unique_ptr<optim::Optimizer> make_optimizer(std::string_view name, Tensors parameters,
                                                 const OptimizerSettings& settings) {
  const Make* make = find_choice(kOptimizers, name);
  if (make == nullptr) {
    throw ValueError(
        fmt::format("optimizer: unknown '{}'; use {}", name, any_of(optimizer_names())));
  }
  return (*make)(std::move(parameters), settings);
}

}  // namespace ct::train
