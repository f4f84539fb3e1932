// Training on the OpenCL device: the cpu's loss curve, the same weights twice, nothing on the host.
#include "backend_opencl/custom_gpu.hpp"
#include "customtensor/backend.hpp"
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

INSTANTIATE_TEST_SUITE_P(Models, OpenClTraining, ::testing::Values("mlp", "cnn", "resnet18"),
                         [](const ::testing::TestParamInfo<const char*>& p) {
                           return std::string(p.param);
                         });

}  // namespace
}  // namespace ct::test
