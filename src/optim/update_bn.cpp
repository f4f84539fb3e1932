// What update_bn changes of a model while it runs, and puts back however it ends.
#include "customtensor/optim/update_bn.hpp"

namespace ct::detail {

StatisticsAnew::StatisticsAnew(nn::Module& model) {
  const std::vector<nn::Module*> modules = model.modules();
  for (nn::Module* module : modules) {
    if (auto* norm = dynamic_cast<nn::BatchNorm*>(module)) {
      norms_.emplace_back(norm, norm->momentum());
    }
  }
  if (norms_.empty()) return;
  for (nn::Module* module : modules) modes_.emplace_back(module, module->is_training());
  for (const auto& [norm, momentum] : norms_) norm->reset_running_stats();
  for (const auto& [norm, momentum] : norms_) norm->set_momentum(std::nullopt);
  model.train();
}

StatisticsAnew::~StatisticsAnew() {
  for (const auto& [norm, momentum] : norms_) norm->set_momentum(momentum);
  // Parents first, so that each one's own mode is the last that it is given.
  for (const auto& [module, training] : modes_) module->train(training);
}

}  // namespace ct::detail
