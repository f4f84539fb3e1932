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
inline Tensor cross_entropy(const Tensor& logits, const Tensor& targets) {
  return at::cross_entropy_loss(logits, targets);
}
inline Tensor conv2d(const Tensor& x, const Tensor& w, const Tensor& b, int64_t stride,
                     int64_t padding, int64_t groups) {
  return at::conv2d(x, w, b, {stride, stride}, {padding, padding}, {1, 1}, groups);
}
inline Tensor batch_norm(const Tensor& x, const Tensor& w, const Tensor& b, const Tensor& mean,
                         const Tensor& var, bool training) {
  return at::batch_norm(x, w, b, mean, var, training, 0.1, 1e-5, false);
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
  return matmul(softmax(matmul(q, k.transpose(-2, -1)) / std::sqrt(q.size(-1)), -1), v);
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
