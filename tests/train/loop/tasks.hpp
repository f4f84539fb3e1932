// Small tasks for the tests of the loop, none of them classification: a GAN of two models, two
// optimizers and a random stream of its own, and a regression.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "customtensor/customtensor.hpp"

namespace ct::test {

/// Points on a line in 4 dimensions, with labels y = sum of x.
inline data::DatasetPtr points(int64_t count, uint64_t seed = 5) {
  Generator generator(seed);
  const Tensor t = rand({count, 1}, {}, &generator);
  const Tensor x = cat(Tensors{t, t * 2, 1 - t, t * 0.5}, 1);
  return std::make_shared<const data::TensorDataset>(x, x.sum(1, true));
}

/// A least-squares GAN (arXiv:1611.04076). The generator learns in every second step only.
struct Gan : train::Step {
  struct Part : nn::Module {
    nn::Linear in, out;
    Part(int64_t from, int64_t to) : in(from, 8), out(8, to) {}
    void members(nn::Members& m) override { m("in", in), m("out", out); }
    Tensor forward(const Tensor& x) override { return out(tanh(in(x))); }
  };
  Part generator{3, 4}, discriminator{4, 1};
  optim::Adam optimizer_g{generator.parameters(), {.lr = 1e-2}};
  optim::SGD optimizer_d{discriminator.parameters(), {.lr = 5e-2, .momentum = 0.5}};
  Generator noise{11};

  void to(Device device) {
    generator.to(device);
    discriminator.to(device);
  }
  train::Trained trained() {
    return {.models = {{"generator", &generator}, {"discriminator", &discriminator}},
            .optimizers = {{"optimizer_g", &optimizer_g}, {"optimizer_d", &optimizer_d}},
            .generators = {{"noise", &noise}}};
  }

  Tensor fake(int64_t n) {
    return generator(randn({n, 3}, {.device = generator.device()}, &noise));
  }
  static Tensor distance(const Tensor& scores, double wanted) {
    return (scores - wanted).square().mean();
  }

  void run(const data::Batch& batch, int64_t step, train::Meter& meter) override {
    const int64_t n = batch.images.size(0);
    const auto weight = static_cast<double>(n);
    const Tensor real = batch.images.to(generator.device());
    optimizer_d.zero_grad();
    const Tensor loss_d =
        distance(discriminator(real), 1) + distance(discriminator(fake(n).detach()), 0);
    loss_d.backward();
    optimizer_d.step();
    meter.add_mean("loss_d", loss_d, weight);
    if (step % 2 == 0) return;
    optimizer_g.zero_grad();
    const Tensor loss_g = distance(discriminator(fake(n)), 1);
    loss_g.backward();
    optimizer_g.step();
    meter.add_mean("loss_g", loss_g, weight);
  }
};

struct Regression : train::Step {
  nn::Linear model{4, 1};
  optim::Adam optimizer{model.parameters(), {.lr = 5e-2}};

  train::Trained trained() {
    return {.models = {{"model", &model}}, .optimizers = {{"optimizer", &optimizer}}};
  }

  void run(const data::Batch& batch, int64_t, train::Meter& meter) override {
    const Tensor loss = mse_loss(model(batch.images), batch.labels);
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    meter.add_mean("loss", loss, static_cast<double>(batch.images.size(0)));
  }
  void evaluate(const data::Batch& batch, train::Meter& meter) override {
    const Tensor y = model(batch.images);
    const auto weight = static_cast<double>(batch.images.size(0));
    meter.add_mean("loss", mse_loss(y, batch.labels), weight);
    meter.add_sum("mae", (y - batch.labels).abs().sum(), weight);
  }
};

/// All that a run has learnt, as numbers.
inline std::vector<std::pair<std::string, std::vector<double>>> numbers_of(
    const train::Trained& trained) {
  std::vector<std::pair<std::string, std::vector<double>>> numbers;
  for (const auto& [name, tensor] : trained.state_dict()) {
    numbers.emplace_back(name, tensor.to_vector<double>());
  }
  return numbers;
}

}  // namespace ct::test
