// CustomTensor behind the few names in which it differs from LibTorch; the counterpart is
// libtorch/library.hpp.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "customtensor/backend.hpp"
#include "customtensor/customtensor.hpp"

namespace lib {

using Tensor = ct::Tensor;
using NoGrad = ct::NoGradGuard;
using Dims = std::vector<int64_t>;

inline std::string version() { return "CustomTensor " CT_BENCH_VERSION; }
inline void set_threads(int n) { ct::set_num_threads(n); }
inline void use_device(const std::string& name) {
  ct::set_default_device(name);
  static const ct::EagerBuilds eager;  // what is measured is the time after all builds
}
/// Waits until everything queued is done.
inline void synchronize() { ct::Device().backend().synchronize(); }

// Keeps the optimizer from dropping an unused result.
inline void keep(const Tensor& t) { asm volatile("" : : "r"(t.impl()) : "memory"); }

inline Tensor from_host(const std::vector<float>& values, const Dims& shape) {
  return ct::tensor(values).reshape(shape);
}
inline Tensor from_host(const std::vector<int64_t>& values, const Dims& shape) {
  return ct::tensor(values).reshape(shape);
}
inline std::vector<float> to_host(const Tensor& t) { return t.to_vector<float>(); }
inline void clear_grad(Tensor& t) { t.set_grad(Tensor()); }
inline void set_grad(Tensor& t, const Tensor& g) { t.set_grad(g); }

inline Tensor var(const Tensor& x, int64_t axis) { return x.var({axis}); }
inline std::pair<Tensor, Tensor> max(const Tensor& x, int64_t axis) { return ct::max(x, axis); }
inline Tensor mean(const Tensor& x, int64_t axis) { return x.mean({axis}); }
inline Tensor cross_entropy(const Tensor& logits, const Tensor& targets, double smoothing = 0) {
  return ct::cross_entropy(logits, targets, {.label_smoothing = smoothing});
}
inline Tensor conv1d(const Tensor& x, const Tensor& w, const Tensor& b, int64_t stride,
                     int64_t padding) {
  return ct::conv1d(x, w, b, {.stride = stride, .padding = padding});
}
inline Tensor conv2d(const Tensor& x, const Tensor& w, const Tensor& b, int64_t stride,
                     int64_t padding, int64_t groups) {
  return ct::conv2d(x, w, b, {.stride = stride, .padding = padding, .groups = groups});
}
inline Tensor conv3d(const Tensor& x, const Tensor& w, const Tensor& b, int64_t stride,
                     int64_t padding) {
  return ct::conv3d(x, w, b, {.stride = stride, .padding = padding});
}
inline Tensor conv_transpose2d(const Tensor& x, const Tensor& w, const Tensor& b, int64_t stride,
                               int64_t padding, int64_t output_padding) {
  return ct::conv_transpose2d(
      x, w, b, {.stride = stride, .padding = padding, .output_padding = output_padding});
}
inline Tensor batch_norm(const Tensor& x, const Tensor& w, const Tensor& b, const Tensor& mean,
                         const Tensor& var, bool training) {
  return ct::batch_norm(x, w, b, mean, var, training);
}
/// Over the last axis.
inline Tensor rms_norm(const Tensor& x, const Tensor& w, double eps) {
  return ct::rms_norm(x, w.shape(), w, eps);
}
inline Tensor global_avg_pool2d(const Tensor& x) { return ct::global_avg_pool2d(x); }
inline Tensor upsample_bilinear(const Tensor& x, int64_t factor) {
  return ct::interpolate(x, {.scale_factor = factor, .mode = ct::InterpolateMode::bilinear});
}
inline Tensor embedding(const Tensor& weight, const Tensor& ids) {
  return ct::index_select(weight, 0, ids);
}
/// softmax(q kᵀ / sqrt(E)) v
inline Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v) {
  return ct::scaled_dot_product_attention(q, k, v);
}
inline Tensor rand(const Dims& shape) { return ct::rand(shape); }
inline Tensor randn(const Dims& shape) { return ct::randn(shape); }

using Linear = ct::nn::Linear;
using Conv2d = ct::nn::Conv2d;
using BatchNorm2d = ct::nn::BatchNorm2d;
inline Linear linear(int64_t in, int64_t out) { return Linear(in, out); }
inline Conv2d conv(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t padding,
                   bool bias) {
  return Conv2d(in, out, kernel, {.stride = stride, .padding = padding, .bias = bias});
}
using Lstm = ct::nn::LSTM;
using Gru = ct::nn::GRU;
inline Lstm lstm(int64_t in, int64_t hidden, int64_t layers) { return Lstm(in, hidden, layers); }
inline Gru gru(int64_t in, int64_t hidden, int64_t layers) { return Gru(in, hidden, layers); }
/// The output of every step.
template <class Layer>
Tensor sequence_of(Layer& layer, const Tensor& x) {
  return layer(x);
}
using TransformerEncoder = ct::nn::TransformerEncoder;
/// Of x (batch, length, width), with ReLU and without dropout.
inline TransformerEncoder transformer_encoder(int64_t width, int64_t heads, int64_t forward,
                                              int64_t layers) {
  return {{width, heads, {.dim_feedforward = forward, .dropout = 0, .batch_first = true}}, layers};
}
template <class Layer>
std::vector<Tensor> parameters(Layer& layer) {
  return layer.parameters();
}

using Sgd = ct::optim::SGD;
using Adam = ct::optim::Adam;
using AdamW = ct::optim::AdamW;
inline std::shared_ptr<Sgd> sgd(const std::vector<Tensor>& p, double lr, double momentum) {
  return std::make_shared<Sgd>(p, ct::optim::SgdOptions{.lr = lr, .momentum = momentum});
}
inline std::shared_ptr<Adam> adam(const std::vector<Tensor>& p, double lr) {
  return std::make_shared<Adam>(p, ct::optim::AdamOptions{.lr = lr});
}
inline std::shared_ptr<AdamW> adamw(const std::vector<Tensor>& p, double lr) {
  return std::make_shared<AdamW>(p, ct::optim::AdamWOptions{.lr = lr, .weight_decay = 1e-2});
}

}  // namespace lib
