// Step: what a training loop repeats, and all that it knows of a task. A step takes a batch,
// changes the weights, and tells of it in named figures.
#pragma once

#include <cstdint>

#include "customtensor/data/dataset.hpp"
#include "customtensor/export.hpp"
#include "customtensor/train/meter.hpp"

namespace ct::train {

/// It refers to models and optimizers, any number of each, and owns none of them. All that the next
/// step depends on besides these must be a function of the batch and the step's number, or a random
/// stream that the loop knows (see Trained); else a resumed run would go on otherwise than one that
/// was not interrupted. (So gradients are not gathered over several steps.)
///
///   struct Regression : ct::train::Step {
///     ct::nn::Module& model;
///     ct::optim::Optimizer& optimizer;
///     Regression(ct::nn::Module& m, ct::optim::Optimizer& o) : model(m), optimizer(o) {}
///     void run(const ct::data::Batch& batch, int64_t step, ct::train::Meter& meter) override {
///       auto loss = ct::mse_loss(model(batch.images), batch.labels);
///       optimizer.zero_grad();
///       loss.backward();
///       optimizer.step();
///       meter.add_mean("loss", loss, batch.images.size(0));
///     }
///   };
///
/// Called by one thread at a time, that of Loop::run().
class CT_API Step {
 public:
  virtual ~Step();

  /// Learns from `batch`, whose tensors are on "cpu": run() moves them. `step` is the number of
  /// steps before this one, since the start of the run. The models are in training mode. Need not
  /// wait for the device. A figure that becomes infinite or not a number ends the run.
  virtual void run(const data::Batch& batch, int64_t step, Meter& meter) = 0;

  /// Counts the figures of `batch` and changes nothing. The models are in inference mode, nothing
  /// is recorded. Errors, unless overridden: ValueError (the step only trains).
  virtual void evaluate(const data::Batch& batch, Meter& meter);

 protected:
  Step() = default;
  Step(const Step&) = default;
  Step(Step&&) = default;
  Step& operator=(const Step&) = default;
  Step& operator=(Step&&) = default;
};

}  // namespace ct::train
