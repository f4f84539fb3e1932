// Evaluation: nothing is read back from the device until all batches are queued.
#include <chrono>

#include "customtensor/ops.hpp"
#include "customtensor/train/trainer.hpp"
#include "train/classify/classification_figures.hpp"
#include "train/loop/inference_mode.hpp"

namespace ct::train {

namespace {

template <class T>
void append(std::vector<T>& all, const Tensor& part) {
  const auto values = part.to_vector<T>();
  all.insert(all.end(), values.begin(), values.end());
}

}  // namespace

Evaluation evaluate(nn::Module& model, const data::DatasetPtr& dataset, int64_t batch_size,
                    int64_t workers) {
  const auto start = std::chrono::steady_clock::now();
  const InferenceMode inference({&model});
  const Device device = model.device();
  data::DataLoader loader(dataset, {.batch_size = batch_size, .workers = workers});
  Meter meter;
  Tensors predicted, probability;
  Evaluation result;
  for (auto& [images, labels] : loader) {
    const Tensor targets = labels.to(device);
    const Tensor logits = model(images.to(device));
    count_classification(meter, cross_entropy(logits, targets), logits, targets);
    predicted.push_back(logits.argmax(1));
    probability.push_back(softmax(logits, 1).amax({1}));
    append(result.truth, labels);
  }
  for (const Tensor& part : predicted) append(result.predicted, part);
  for (const Tensor& part : probability) append(result.probability, part);
  const Figures figures = meter.peek();
  result.loss = figures.mean("loss", 0);
  result.accuracy = figures.mean("accuracy", 0);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace ct::train
