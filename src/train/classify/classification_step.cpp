// See customtensor/train/classification_step.hpp.
#include "customtensor/train/classification_step.hpp"

#include "customtensor/autograd.hpp"
#include "customtensor/ops.hpp"
#include "train/classify/classification_figures.hpp"

namespace ct::train {

void count_classification(Meter& meter, const Tensor& loss, const Tensor& logits,
                          const Tensor& labels) {
  const NoGradGuard off;
  const auto n = static_cast<double>(labels.size(0));
  meter.add_mean("loss", loss, n);
  meter.add_sum("accuracy", eq(logits.detach().argmax(1), labels).sum(), n);
}

ClassificationStep::ClassificationStep(nn::Module& model, optim::Optimizer& optimizer)
    : model_(model), optimizer_(optimizer) {}

void ClassificationStep::run(const data::Batch& batch, int64_t, Meter& meter) {
  const Device device = model_.device();
  const Tensor images = batch.images.to(device), labels = batch.labels.to(device);
  const Tensor logits = model_(images);
  const Tensor loss = cross_entropy(logits, labels);
  optimizer_.zero_grad();
  loss.backward();
  optimizer_.step();
  count_classification(meter, loss, logits, labels);
}

void ClassificationStep::evaluate(const data::Batch& batch, Meter& meter) {
  const Device device = model_.device();
  const Tensor labels = batch.labels.to(device);
  const Tensor logits = model_(batch.images.to(device));
  count_classification(meter, cross_entropy(logits, labels), logits, labels);
}

}  // namespace ct::train
