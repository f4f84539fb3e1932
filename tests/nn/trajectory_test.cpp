// Twenty steps of training against PyTorch 2.13 (reference/trajectories.py): from the same weights,
// loaded by PyTorch's names, on the same inputs, the losses of every step and the norms of all
// parameters and running statistics after the last.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>

#include "conformance/devices.hpp"
#include "customtensor/autograd.hpp"
#include "customtensor/optim.hpp"
#include "nn/trajectory_networks.hpp"
#include "reference/json_data.hpp"
#include "reference/op_data.hpp"
#include "support/tolerance.hpp"

namespace ct::test {
namespace {

using Json = nlohmann::json;

/// Networks, and what one step does: it gives the step's losses.
struct Training {
  std::vector<std::shared_ptr<nn::Module>> networks;
  std::function<Tensors(const Tensors& inputs, int64_t step)> step;
};

Tensor updated(optim::Optimizer& optimizer, const Tensor& loss) {
  optimizer.zero_grad();
  loss.backward();
  optimizer.step();
  return loss;
}

/// The same batch in every step.
template <class Network, class Optimizer, class Options>
Training classify(const Network& made, const Options& options) {
  const auto network = std::make_shared<Network>(made);
  const auto optimizer = std::make_shared<Optimizer>(network->parameters(), options);
  return {{network}, [=](const Tensors& inputs, int64_t) {
            return Tensors{updated(*optimizer, cross_entropy((*network)(inputs[0]), inputs[1]))};
          }};
}

/// Of the step's text: all characters but the last, and what follows each.
std::pair<Tensor, Tensor> characters(const Tensor& texts, int64_t step) {
  const Tensor text = texts.select(0, step % texts.size(0));
  return {text.slice(1, Slice(0, -1)), text.slice(1, Slice(1)).flatten()};
}

Training transformer() {
  const auto network = std::make_shared<TransformerModel>();
  const auto optimizer = std::make_shared<optim::AdamW>(
      network->parameters(), optim::AdamWOptions{.lr = 1e-2, .eps = 1e-6, .weight_decay = 0.1});
  return {
      {network}, [=](const Tensors& inputs, int64_t step) {
        const auto [text, next] = characters(inputs[0], step);
        return Tensors{updated(*optimizer, cross_entropy((*network)(text).flatten(0, 1), next))};
      }};
}

struct LstmModel : CharModel<nn::LSTM> {
  nn::LSTMState state;

  Tensor run(const Tensor& text) {
    auto [y, last] = rnn(embedding(text), state);
    state = {last.h.detach(), last.c.detach()};
    return head(y);
  }
};
struct GruModel : CharModel<nn::GRU> {
  Tensor state;

  Tensor run(const Tensor& text) {
    auto [y, last] = rnn(embedding(text), state);
    state = last.detach();
    return head(y);
  }
};

/// The states of a step's end begin the next; norms of gradients are limited.
template <class Network>
Training recurrent() {
  const auto network = std::make_shared<Network>();
  const auto optimizer =
      std::make_shared<optim::Adam>(network->parameters(), optim::AdamOptions{.lr = 2e-2});
  return {{network}, [=](const Tensors& inputs, int64_t step) {
            const auto [text, next] = characters(inputs[0], step);
            const Tensor loss = cross_entropy(network->run(text).flatten(0, 1), next);
            optimizer->zero_grad();
            loss.backward();
            optim::clip_grad_norm_(network->parameters(), 0.15);
            optimizer->step();
            return Tensors{loss};
          }};
}

/// The discriminator learns, then the generator.
Training dcgan() {
  const auto make = std::make_shared<Adversary>(dcgan_generator());
  const auto judge = std::make_shared<Adversary>(dcgan_discriminator());
  const optim::AdamOptions options{.lr = 2e-3, .betas = {0.5, 0.999}};
  const auto makes = std::make_shared<optim::Adam>(make->parameters(), options);
  const auto judges = std::make_shared<optim::Adam>(judge->parameters(), options);
  return {{make, judge}, [=](const Tensors& inputs, int64_t step) {
            const Tensor fake = (*make)(inputs[1].select(0, step));
            const auto loss = [&](const Tensor& x, double wanted) {
              const Tensor verdict = (*judge)(x).flatten();
              return binary_cross_entropy(verdict, full_like(verdict, wanted));
            };
            judges->zero_grad();
            const Tensor on_real = loss(inputs[0], 1);
            on_real.backward();
            const Tensor on_fake = loss(fake.detach(), 0);
            on_fake.backward();
            judges->step();
            return Tensors{on_real + on_fake, updated(*makes, loss(fake, 1))};
          }};
}

Training vae() {
  const auto network = std::make_shared<Vae>();
  const auto optimizer =
      std::make_shared<optim::Adam>(network->parameters(), optim::AdamOptions{.lr = 1e-2});
  return {{network}, [=](const Tensors& inputs, int64_t step) {
            const auto [again, mu, logvar] = (*network)(inputs[0], inputs[1].select(0, step));
            const Tensor divergence = (1 + logvar - mu.square() - exp(logvar)).sum() * -0.5;
            const Tensor likeness =
                binary_cross_entropy(again, inputs[0], {.reduction = Reduction::sum});
            return Tensors{updated(*optimizer, likeness + divergence)};
          }};
}

Training training(const std::string& name) {
  if (name == "mlp") {
    return classify<nn::Sequential, optim::Adam>(
        nn::Sequential{nn::Linear(20, 32), nn::ReLU(), nn::Linear(32, 16), nn::ReLU(),
                       nn::Linear(16, 5)},
        optim::AdamOptions{.lr = 1e-2});
  }
  if (name == "lenet") {
    return classify<LeNet, optim::SGD>(
        LeNet(), optim::SgdOptions{.lr = 0.1, .momentum = 0.9, .weight_decay = 1e-3});
  }
  if (name == "resnet") {
    return classify<ResNet, optim::SGD>(
        ResNet(), optim::SgdOptions{.lr = 0.02, .momentum = 0.9, .nesterov = true});
  }
  if (name == "transformer") return transformer();
  if (name == "char_lstm") return recurrent<LstmModel>();
  if (name == "char_gru") return recurrent<GruModel>();
  if (name == "dcgan") return dcgan();
  return vae();
}

struct Where {
  const char* device;
  DType dtype;
};

class Trajectory : public ::testing::TestWithParam<Where> {
 protected:
  void SetUp() override {
    if (!device_available(GetParam().device)) {
      GTEST_SKIP() << "DEVICE MISSING: " << GetParam().device;
    }
  }
  void agrees(const std::string& name) const;
  /// The largest relative difference from what is stored; NaN if there was one.
  static double deviation(double found, double expected, double so_far) {
    const double off = std::abs(found - expected) / std::max(std::abs(expected), 1e-30);
    return std::isnan(so_far) || off <= so_far ? so_far : off;
  }
};

DataInput input_named(const Json& in, DType dtype) {
  const bool counts = in.at("dtype") != "float32";
  return {Shape(in.at("shape").get<std::vector<int64_t>>()),
          in.at("view"),
          in.at("values"),
          in.at("low"),
          in.at("high"),
          counts ? int64 : dtype};
}

/// The first step's state, by PyTorch's names.
StateDict start_of(const Json& network, size_t number, Device device, DType dtype) {
  constexpr uint32_t kWeights = 1000;  // their streams, as in trajectories.py
  StateDict state;
  uint32_t stream = kWeights * static_cast<uint32_t>(number + 1);
  for (const Json& entry : network["start"]) {
    const DataInput in{
        Shape(entry[1].get<std::vector<int64_t>>()), "dense", "uniform", entry[2], entry[3], dtype};
    state.insert(entry[0], drawn(in, stream++, device));
  }
  return state;
}

void Trajectory::agrees(const std::string& name) const {
  const auto [device_name, dtype] = GetParam();
  const Device device(device_name);
  const Json data = read_reference("trajectories").at(name);
  const Training t = training(name);
  ASSERT_EQ(t.networks.size(), data["networks"].size());
  for (size_t n = 0; n < t.networks.size(); ++n) {
    t.networks[n]->to(device);
    t.networks[n]->to(dtype);
    t.networks[n]->load_state_dict(start_of(data["networks"][n], n, device, dtype));
  }
  Tensors inputs;
  for (const Json& in : data["inputs"]) {
    inputs.push_back(
        drawn(input_named(in, dtype), static_cast<uint32_t>(inputs.size() + 1), device));
  }
  double off = 0;
  for (size_t step = 0; step < data["losses"].size(); ++step) {
    const Tensors losses = t.step(inputs, static_cast<int64_t>(step));
    const auto expected = data["losses"][step].get<std::vector<double>>();
    ASSERT_EQ(losses.size(), expected.size());
    for (size_t i = 0; i < losses.size(); ++i) {
      off = deviation(losses[i].item<double>(), expected[i], off);
    }
  }
  double norms_off = 0;
  for (size_t n = 0; n < t.networks.size(); ++n) {
    size_t i = 0;
    const StateDict state = t.networks[n]->state_dict();
    for (const Json& entry : data["networks"][n]["start"]) {
      const Tensor end = state.at(entry[0].get<std::string>()).to(Device("cpu")).to(float64);
      norms_off =
          deviation(end.norm().item<double>(), data["networks"][n]["norms"][i++], norms_off);
    }
  }
  EXPECT_LE(off, dtype == float64 ? kTrajectory64 : kTrajectory32);
  EXPECT_LE(norms_off, dtype == float64 ? kTrajectory64 : kTrajectoryNorm32);
}

TEST_P(Trajectory, MlpWithAdam) { agrees("mlp"); }
TEST_P(Trajectory, LenetWithMomentum) { agrees("lenet"); }
TEST_P(Trajectory, ResnetWithNesterovMomentum) { agrees("resnet"); }
TEST_P(Trajectory, TransformerWithAdamW) { agrees("transformer"); }
TEST_P(Trajectory, CharLstm) { agrees("char_lstm"); }
TEST_P(Trajectory, CharGru) { agrees("char_gru"); }
TEST_P(Trajectory, DcganBothNetworks) { agrees("dcgan"); }
TEST_P(Trajectory, VariationalAutoencoder) { agrees("vae"); }

INSTANTIATE_TEST_SUITE_P(Devices, Trajectory,
                         ::testing::Values(Where{"cpu", float32}, Where{"cpu", float64},
                                           Where{"custom_gpu", float32},
                                           Where{"custom_gpu", float64}),
                         [](const ::testing::TestParamInfo<Where>& p) {
                           return std::string(p.param.device) + "_" +
                                  std::string(name(p.param.dtype));
                         });

}  // namespace
}  // namespace ct::test
