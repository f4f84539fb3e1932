// LibTorch (1.13 and later) behind the few names in which it differs from CustomTensor; the
// counterpart is customtensor/library.hpp. Operators and functions of the same name (relu, matmul,
// softmax, …) are found through the arguments and need no entry here.
#pragma once

#include <torch/torch.h>
#include <torch/version.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace lib {

using Tensor = torch::Tensor;
using NoGrad = torch::NoGradGuard;
using Dims = std::vector<int64_t>;

inline std::string version() { return std::string("LibTorch ") + TORCH_VERSION; }
inline void set_threads(int n) { at::set_num_threads(n); }
inline void use_device(const std::string& name) {
  if (name != "cpu") throw std::runtime_error("LibTorch is measured on the CPU");
}
inline void synchronize() {}

// Keeps the optimizer from dropping an unused result.
inline void keep(const Tensor& t) { asm volatile("" : : "r"(t.unsafeGetTensorImpl()) : "memory"); }

inline Tensor from_host(const std::vector<float>& values, const Dims& shape) {
  return torch::from_blob(const_cast<float*>(values.data()), shape).clone();
}
inline Tensor from_host(const std::vector<int64_t>& values, const Dims& shape) {
  return torch::from_blob(const_cast<int64_t*>(values.data()), shape, torch::kInt64).clone();
}
inline std::vector<float> to_host(const Tensor& t) {
  const Tensor flat = t.detach().to(torch::kFloat32).contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}
inline void clear_grad(Tensor& t) { t.mutable_grad().reset(); }
inline void set_grad(Tensor& t, const Tensor& g) { t.mutable_grad() = g; }

inline Tensor var(const Tensor& x, int64_t axis) { return x.var(at::IntArrayRef{axis}, 1, false); }
inline std::pair<Tensor, Tensor> max(const Tensor& x, int64_t axis) {
  auto [values, positions] = x.max(axis);
  return {values, positions};
}
inline Tensor mean(const Tensor& x, int64_t axis) { return x.mean(at::IntArrayRef{axis}); }
inline Tensor cross_entropy(const Tensor& logits, const Tensor& targets, double smoothing = 0) {
  return at::cross_entropy_loss(logits, targets, {}, at::Reduction::Mean, -100, smoothing);
}
inline Tensor conv1d(const Tensor& x, const Tensor& w, const Tensor& b, int64_t stride,
                     int64_t padding) {
  return at::conv1d(x, w, b, {stride}, {padding});
}
inline Tensor conv2d(const Tensor& x, const Tensor& w, const Tensor& b, int64_t stride,
                     int64_t padding, int64_t groups) {
  return at::conv2d(x, w, b, {stride, stride}, {padding, padding}, {1, 1}, groups);
}
inline Tensor conv3d(const Tensor& x, const Tensor& w, const Tensor& b, int64_t stride,
                     int64_t padding) {
  return at::conv3d(x, w, b, {stride, stride, stride}, {padding, padding, padding});
}
inline Tensor conv_transpose2d(const Tensor& x, const Tensor& w, const Tensor& b, int64_t stride,
                               int64_t padding, int64_t output_padding) {
  return at::conv_transpose2d(x, w, b, {stride, stride}, {padding, padding},
                              {output_padding, output_padding});
}
inline Tensor batch_norm(const Tensor& x, const Tensor& w, const Tensor& b, const Tensor& mean,
                         const Tensor& var, bool training) {
  return at::batch_norm(x, w, b, mean, var, training, 0.1, 1e-5, false);
}
/// Over the last axis. LibTorch before 2.4 has no op of it.
inline Tensor rms_norm(const Tensor& x, const Tensor& w, double eps) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
  return at::rms_norm(x, {w.size(0)}, w, eps);
#else
  return x * (x.square().mean(at::IntArrayRef{-1}, true) + eps).rsqrt() * w;
#endif
}
inline Tensor global_avg_pool2d(const Tensor& x) { return at::adaptive_avg_pool2d(x, {1, 1}); }
inline Tensor upsample_bilinear(const Tensor& x, int64_t factor) {
  return at::upsample_bilinear2d(x, {x.size(2) * factor, x.size(3) * factor}, false);
}
inline Tensor embedding(const Tensor& weight, const Tensor& ids) {
  return at::embedding(weight, ids);
}
/// softmax(q kᵀ / sqrt(E)) v; LibTorch 1.13 has no op of it.
inline Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v) {
#if TORCH_VERSION_MAJOR >= 2
  return at::scaled_dot_product_attention(q, k, v);
#else
  return matmul(softmax(matmul(q, k.transpose(-2, -1)) / std::sqrt(q.size(-1)), -1), v);
#endif
}
inline Tensor rand(const Dims& shape) { return torch::rand(shape); }
inline Tensor randn(const Dims& shape) { return torch::randn(shape); }

using Linear = torch::nn::Linear;
using Conv2d = torch::nn::Conv2d;
using BatchNorm2d = torch::nn::BatchNorm2d;
inline Linear linear(int64_t in, int64_t out) { return Linear(in, out); }
inline Conv2d conv(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t padding,
                   bool bias) {
  return Conv2d(
      torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(padding).bias(bias));
}
using Lstm = torch::nn::LSTM;
using Gru = torch::nn::GRU;
inline Lstm lstm(int64_t in, int64_t hidden, int64_t layers) {
  return Lstm(torch::nn::LSTMOptions(in, hidden).num_layers(layers));
}
inline Gru gru(int64_t in, int64_t hidden, int64_t layers) {
  return Gru(torch::nn::GRUOptions(in, hidden).num_layers(layers));
}
/// The output of every step.
template <class Layer>
Tensor sequence_of(Layer& layer, const Tensor& x) {
  return std::get<0>(layer(x));
}

/// What PyTorch's TransformerEncoderLayer does while training: its attention is the fused op, which
/// that of the C++ front end is not.
struct EncoderLayerImpl : torch::nn::Module {
  EncoderLayerImpl(int64_t width, int64_t heads_, int64_t forward) : heads(heads_) {
    in_proj = register_module("in_proj", torch::nn::Linear(width, 3 * width));
    out_proj = register_module("out_proj", torch::nn::Linear(width, width));
    linear1 = register_module("linear1", torch::nn::Linear(width, forward));
    linear2 = register_module("linear2", torch::nn::Linear(forward, width));
    const torch::nn::LayerNormOptions norm({width});
    norm1 = register_module("norm1", torch::nn::LayerNorm(norm));
    norm2 = register_module("norm2", torch::nn::LayerNorm(norm));
  }
  Tensor forward(const Tensor& x) {
    const auto parts = in_proj(x).unflatten(-1, {3, heads, -1}).permute({2, 0, 3, 1, 4}).unbind(0);
    const Tensor heard = attention(parts[0], parts[1], parts[2]).transpose(1, 2).flatten(2);
    const Tensor y = norm1(x + out_proj(heard));
    return norm2(y + linear2(relu(linear1(y))));
  }
  int64_t heads;
  torch::nn::Linear in_proj{nullptr}, out_proj{nullptr}, linear1{nullptr}, linear2{nullptr};
  torch::nn::LayerNorm norm1{nullptr}, norm2{nullptr};
};
TORCH_MODULE(EncoderLayer);

struct TransformerEncoderImpl : torch::nn::Module {
  TransformerEncoderImpl(int64_t width, int64_t heads, int64_t forward, int64_t count) {
    for (int64_t i = 0; i < count; ++i) layers->push_back(EncoderLayer(width, heads, forward));
    register_module("layers", layers);
  }
  Tensor forward(const Tensor& x) { return layers->forward(x); }
  torch::nn::Sequential layers;
};
TORCH_MODULE(TransformerEncoder);
/// Of x (batch, length, width), with ReLU and without dropout.
inline TransformerEncoder transformer_encoder(int64_t width, int64_t heads, int64_t forward,
                                              int64_t layers) {
  return TransformerEncoder(width, heads, forward, layers);
}
template <class Layer>
std::vector<Tensor> parameters(Layer& layer) {
  return layer->parameters();
}

using Sgd = torch::optim::SGD;
using Adam = torch::optim::Adam;
using AdamW = torch::optim::AdamW;
inline std::shared_ptr<Sgd> sgd(const std::vector<Tensor>& p, double lr, double momentum) {
  return std::make_shared<Sgd>(p, torch::optim::SGDOptions(lr).momentum(momentum));
}
inline std::shared_ptr<Adam> adam(const std::vector<Tensor>& p, double lr) {
  return std::make_shared<Adam>(p, torch::optim::AdamOptions(lr));
}
inline std::shared_ptr<AdamW> adamw(const std::vector<Tensor>& p, double lr) {
  return std::make_shared<AdamW>(p, torch::optim::AdamWOptions(lr).weight_decay(1e-2));
}

}  // namespace lib
