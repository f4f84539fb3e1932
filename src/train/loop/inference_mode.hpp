// Inference mode and no recording while it lives. Internal.
#pragma once

#include <utility>
#include <vector>

#include "customtensor/autograd.hpp"
#include "customtensor/nn/module.hpp"

namespace ct::train {

class InferenceMode {
 public:
  explicit InferenceMode(const std::vector<nn::Module*>& models) {
    for (nn::Module* model : models) {
      before_.emplace_back(model, model->is_training());
      model->eval();
    }
  }
  ~InferenceMode() {
    for (const auto& [model, training] : before_) model->train(training);
  }
  InferenceMode(const InferenceMode&) = delete;
  InferenceMode& operator=(const InferenceMode&) = delete;

 private:
  NoGradGuard off_;
  std::vector<std::pair<nn::Module*, bool>> before_;
};

}  // namespace ct::train
