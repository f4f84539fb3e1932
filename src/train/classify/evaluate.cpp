// Evaluation: nothing is read back from the device until all batches are queued.
#include <chrono>

#include "customtensor/autograd.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/train/trainer.hpp"
#include "train/loop/meter.hpp"

namespace ct::train {

namespace {

/// Inference mode while it lives.
class EvalGuard {
 public:
  explicit EvalGuard(nn::Module& model) : model_(model), training_(model.is_training()) {
    model_.eval();
  }
  ~EvalGuard() { model_.train(training_); }
  EvalGuard(const EvalGuard&) = delete;
  EvalGuard& operator=(const EvalGuard&) = delete;

 private:
  nn::Module& model_;
  bool training_;
};

template <class T>
void append(std::vector<T>& all, const Tensor& part) {
  const auto values = part.to_vector<T>();
  all.insert(all.end(), values.begin(), values.end());
}

}  // namespace

Evaluation evaluate(nn::Module& model, const data::DatasetPtr& dataset, int64_t batch_size,
                    int64_t workers) {
  const auto start = std::chrono::steady_clock::now();
  const NoGradGuard off;
  const EvalGuard eval(model);
  const Device device = model.device();
  data::DataLoader loader(dataset, {.batch_size = batch_size, .workers = workers});
  Meter meter(device);
  Tensors predicted, probability;
  Evaluation result;
  for (auto& [images, labels] : loader) {
    const Tensor targets = labels.to(device);
    const Tensor logits = model(images.to(device));
    meter.add(cross_entropy(logits, targets), logits, targets);
    predicted.push_back(logits.argmax(1));
    probability.push_back(softmax(logits, 1).amax({1}));
    append(result.truth, labels);
  }
  for (const Tensor& part : predicted) append(result.predicted, part);
  for (const Tensor& part : probability) append(result.probability, part);
  const Sums sums = meter.peek();
  result.loss = sums.mean_loss();
  result.accuracy = sums.accuracy();
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace ct::train
