// The small networks of the loss trajectories, with the names that PyTorch's have: counterparts of
// those in reference/trajectories.py.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "customtensor/nn.hpp"
#include "customtensor/ops.hpp"

namespace ct::test {

struct LeNet : nn::Module {
  nn::Conv2d conv1{1, 6, 5, {.padding = 2}}, conv2{6, 16, 5};
  nn::Linear fc1{16, 24}, fc2{24, 16}, fc3{16, 10};

  void members(nn::Members& m) override {
    m("conv1", conv1);
    m("conv2", conv2);
    m("fc1", fc1);
    m("fc2", fc2);
    m("fc3", fc3);
  }
  Tensor forward(const Tensor& x) override {
    const Tensor y = max_pool2d(relu(conv1(x)), 2);
    return fc3(relu(fc2(relu(fc1(max_pool2d(relu(conv2(y)), 2).flatten(1))))));
  }
};

/// Two convolutions around a shortcut. Source: arXiv:1512.03385.
struct ResidualBlock : nn::Module {
  nn::Conv2d conv1, conv2;
  nn::BatchNorm2d bn1, bn2;
  std::optional<nn::Sequential> downsample;

  ResidualBlock(int64_t in, int64_t out, int64_t stride)
      : conv1(in, out, 3, {.stride = stride, .padding = 1, .bias = false}),
        conv2(out, out, 3, {.padding = 1, .bias = false}),
        bn1(out),
        bn2(out) {
    if (stride == 1) return;
    downsample = nn::Sequential{nn::Conv2d(in, out, 1, {.stride = stride, .bias = false}),
                                nn::BatchNorm2d(out)};
  }
  void members(nn::Members& m) override {
    m("conv1", conv1);
    m("bn1", bn1);
    m("conv2", conv2);
    m("bn2", bn2);
    if (downsample) m("downsample", *downsample);
  }
  Tensor forward(const Tensor& x) override {
    const Tensor y = bn2(conv2(relu(bn1(conv1(x)))));
    return relu(y + (downsample ? (*downsample)(x) : x));
  }
};

struct ResNet : nn::Module {
  nn::Conv2d conv1{3, 8, 3, {.padding = 1, .bias = false}};
  nn::BatchNorm2d bn1{8};
  nn::Sequential layer1{ResidualBlock(8, 8, 1)};
  nn::Sequential layer2{ResidualBlock(8, 16, 2), ResidualBlock(16, 16, 1)};
  nn::Linear fc{16, 10};

  void members(nn::Members& m) override {
    m("conv1", conv1);
    m("bn1", bn1);
    m("layer1", layer1);
    m("layer2", layer2);
    m("fc", fc);
  }
  Tensor forward(const Tensor& x) override {
    return fc(global_avg_pool2d(layer2(layer1(relu(bn1(conv1(x)))))).flatten(1));
  }
};

/// Each position sees those before it.
struct TransformerModel : nn::Module {
  nn::Embedding embedding{20, 16};
  nn::TransformerEncoder encoder{{16,
                                  4,
                                  {.dim_feedforward = 32,
                                   .dropout = 0.0,
                                   .activation = [](const Tensor& x) { return gelu(x); },
                                   .batch_first = true}},
                                 2};
  nn::Linear head{16, 20};

  void members(nn::Members& m) override {
    m("embedding", embedding);
    m("encoder", encoder);
    m("head", head);
  }
  Tensor forward(const Tensor& x) override {
    return head(encoder(embedding(x), {.is_causal = true}));
  }
};

/// Of nn::LSTM or nn::GRU.
template <class Layer>
struct CharModel : nn::Module {
  nn::Embedding embedding{16, 12};
  Layer rnn{12, 16, {.num_layers = 2, .batch_first = true}};
  nn::Linear head{16, 16};

  void members(nn::Members& m) override {
    m("embedding", embedding);
    m("rnn", rnn);
    m("head", head);
  }
};

/// One of DCGAN's two: arXiv:1511.06434.
struct Adversary : nn::Module {
  nn::Sequential main;

  explicit Adversary(nn::Sequential layers) : main(std::move(layers)) {}
  void members(nn::Members& m) override { m("main", main); }
  Tensor forward(const Tensor& x) override { return main(x); }
};

inline Adversary dcgan_generator() {
  return Adversary(nn::Sequential{
      nn::ConvTranspose2d(8, 16, 4, {.bias = false}), nn::BatchNorm2d(16), nn::ReLU(),
      nn::ConvTranspose2d(16, 8, 4, {.stride = 2, .padding = 1, .bias = false}), nn::BatchNorm2d(8),
      nn::ReLU(), nn::ConvTranspose2d(8, 1, 4, {.stride = 2, .padding = 1, .bias = false}),
      nn::Tanh()});
}
inline Adversary dcgan_discriminator() {
  return Adversary(nn::Sequential{
      nn::Conv2d(1, 8, 4, {.stride = 2, .padding = 1, .bias = false}), nn::LeakyReLU(0.2),
      nn::Conv2d(8, 16, 4, {.stride = 2, .padding = 1, .bias = false}), nn::BatchNorm2d(16),
      nn::LeakyReLU(0.2), nn::Conv2d(16, 1, 4, {.bias = false}), nn::Sigmoid()});
}

/// Source: arXiv:1312.6114.
struct Vae : nn::Module {
  nn::Linear fc1{64, 32}, fc21{32, 4}, fc22{32, 4}, fc3{4, 32}, fc4{32, 64};

  struct Result {
    Tensor again, mu, logvar;
  };
  void members(nn::Members& m) override {
    m("fc1", fc1);
    m("fc21", fc21);
    m("fc22", fc22);
    m("fc3", fc3);
    m("fc4", fc4);
  }
  using Module::operator();
  Result operator()(const Tensor& x, const Tensor& noise) {
    const Tensor h = relu(fc1(x)), mu = fc21(h), logvar = fc22(h);
    const Tensor z = mu + noise * exp(logvar * 0.5);
    return {sigmoid(fc4(relu(fc3(z)))), mu, logvar};
  }
};

}  // namespace ct::test
