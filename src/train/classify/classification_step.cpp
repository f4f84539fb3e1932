// See classification_step.hpp.
#include "train/classify/classification_step.hpp"

#include "customtensor/ops.hpp"

namespace ct::train {

void classification_step(nn::Module& model, optim::Optimizer& optimizer, Meter& meter,
                         const Tensor& images, const Tensor& labels) {
  const Tensor logits = model(images);
  const Tensor loss = cross_entropy(logits, labels);
  optimizer.zero_grad();
  loss.backward();
  optimizer.step();
  meter.add(loss, logits, labels);
}

}  // namespace ct::train
