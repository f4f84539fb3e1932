// Training on the OpenCL device: the cpu's loss curve, the same weights twice, nothing on the host.
#include <utility>

#include "backend_opencl/custom_gpu.hpp"
#include "customtensor/backend.hpp"
#include "customtensor/train/classification_step.hpp"
#include "customtensor/train/loop.hpp"
#include "customtensor/train/models.hpp"

namespace ct::test {
namespace {

class OpenClTraining : public CustomGpuTest, public ::testing::WithParamInterface<const char*> {};

constexpr int kBatch = 16;
constexpr train::ImageShape kImage{.channels = 3, .height = 12, .width = 12, .classes = 10};

struct Curve {
  std::vector<double> losses;
  std::vector<std::vector<float>> weights;
};

Curve run_training(const char* model_name, Device device, int steps) {
  manual_seed(7);
  const auto model = train::make_classifier(model_name, kImage);
  model->to(device);
  // Small: in a deep network the rounding error that turns a relu over soon grows to a tenth of the
  // loss, between float32 and float64 on the cpu as well.
  optim::SGD optimizer(model->parameters(), {.lr = 1e-4, .momentum = 0.9});
  Generator generator(3);
  Curve run;
  for (int step = 0; step < steps; ++step) {
    const Tensor x =
        rand({kBatch, kImage.channels, kImage.height, kImage.width}, {}, &generator).to(device);
    std::vector<int64_t> labels(kBatch);
    for (int i = 0; i < kBatch; ++i) labels[static_cast<size_t>(i)] = (i * 7 + step) % 10;
    const Tensor y =
        from_values(labels.data(), int64, Shape{kBatch}, {.dtype = int64, .device = device});
    optimizer.zero_grad();
    const Tensor loss = cross_entropy(model->forward(x), y);
    loss.backward();
    optimizer.step();
    run.losses.push_back(loss.item<double>());
  }
  for (const Tensor& p : model->parameters()) run.weights.push_back(p.to_vector<float>());
  return run;
}

TEST_P(OpenClTraining, FollowsTheLossCurveOfTheCpu) {
  const Curve expected = run_training(GetParam(), Device("cpu"), 20);
  const Curve actual = run_training(GetParam(), gpu_, 20);
  const double tolerance = GetParam() == std::string("resnet18") ? 5e-3 : 1e-4;
  for (size_t i = 0; i < expected.losses.size(); ++i) {
    EXPECT_NEAR(actual.losses[i], expected.losses[i], tolerance) << "step " << i;
  }
}

TEST_P(OpenClTraining, GivesTheSameWeightsTwice) {
  EXPECT_EQ(run_training(GetParam(), gpu_, 3).weights, run_training(GetParam(), gpu_, 3).weights);
}

TEST_P(OpenClTraining, RunsNothingOnTheHost) {
  reset_fallbacks();
  run_training(GetParam(), gpu_, 1);
  for (const FallbackCount& count : fallbacks()) {
    ADD_FAILURE() << count.family << " ran on the host " << count.calls << " times";
  }
}

/// Host waits of an epoch of so many steps, after one that built the kernels.
uint64_t waits_of_epoch(const char* model_name, Device device, int64_t steps) {
  manual_seed(7);
  const auto model = train::make_classifier(model_name, kImage);
  model->to(device);
  optim::SGD optimizer(model->parameters(), {.lr = 1e-4});
  const auto data = std::make_shared<const data::TensorDataset>(
      rand({steps * kBatch, kImage.channels, kImage.height, kImage.width}),
      zeros({steps * kBatch}, {.dtype = int64}));
  train::ClassificationStep step(*model, optimizer);
  train::Loop loop(step, {.models = {{"model", model.get()}}}, data,
                   {.epochs = 2, .batch_size = kBatch, .workers = 0, .log_steps = 100});
  uint64_t before = 0, after = 0;
  loop.on_step = [&](bool epoch_ended) {
    if (epoch_ended) before = std::exchange(after, device.backend().counts().host_waits);
  };
  loop.run();
  return after - before;
}

TEST_P(OpenClTraining, TheLoopWaitsForNoStep) {
  if (memory_is_checked()) GTEST_SKIP() << "each launch waits";
  EXPECT_EQ(waits_of_epoch(GetParam(), gpu_, 2), waits_of_epoch(GetParam(), gpu_, 6));
}

INSTANTIATE_TEST_SUITE_P(Models, OpenClTraining, ::testing::Values("mlp", "cnn", "resnet18"),
                         [](const ::testing::TestParamInfo<const char*>& p) {
                           return std::string(p.param);
                         });

}  // namespace
}  // namespace ct::test
