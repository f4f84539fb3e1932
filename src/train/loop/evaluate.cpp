// A step's figures over a data set.
#include "customtensor/train/loop.hpp"
#include "train/loop/inference_mode.hpp"

namespace ct::train {

Figures evaluate(Step& step, const Trained& trained, const data::DatasetPtr& dataset,
                 int64_t batch_size, int64_t workers) {
  std::vector<nn::Module*> models;
  for (const auto& [name, model] : trained.models) models.push_back(model);
  const InferenceMode inference(models);
  data::DataLoader loader(dataset, {.batch_size = batch_size, .workers = workers});
  Meter meter;
  for (const auto& batch : loader) step.evaluate(batch, meter);
  return meter.peek();
}

}  // namespace ct::train
