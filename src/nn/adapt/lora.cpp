// The base is frozen where it is put in. Merging changes its weight in place, by the product that
// forward would have applied.
#include "customtensor/nn/adapt/lora.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <utility>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/nn/init.hpp"
#include "customtensor/ops/activation.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/conv.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/indexing.hpp"
#include "customtensor/ops/matmul.hpp"
#include "customtensor/ops/shape.hpp"

namespace ct::nn {

namespace {

void check(const char* layer, const LoRAOptions& options) {
  if (options.rank < 1 || !(options.dropout >= 0 && options.dropout <= 1)) {
    throw ValueError(
        fmt::format("{}: rank must be at least 1 and dropout in [0, 1]: rank {}, dropout {}", layer,
                    options.rank, options.dropout));
  }
}

double scale_of(const LoRAOptions& options) {
  return options.alpha / static_cast<double>(options.rank);
}

/// A drawn as a linear layer's weight, B zeros: the product begins as 0.
void begin(Tensor& a, Tensor& b, const Shape& a_shape, const Shape& b_shape, const Tensor& like) {
  a = empty(a_shape, {.dtype = like.dtype(), .device = like.device()});
  init::kaiming_uniform_(a, {.negative_slope = std::sqrt(5.0)});
  b = zeros(b_shape, {.dtype = like.dtype(), .device = like.device()});
  a.requires_grad_();
  b.requires_grad_();
}

void add_to(Tensor& weight, const Tensor& delta, double sign) {
  const NoGradGuard off;
  Tensor target = weight.detach();
  target += delta.detach() * sign;
}

}  // namespace

LoRALinear::LoRALinear(Linear given, const LoRAOptions& options)
    : base(std::move(given)), scale_(scale_of(options)), dropout_(options.dropout) {
  check("LoRALinear", options);
  base.requires_grad_(false);
  begin(lora_A, lora_B, {options.rank, base.weight.size(1)}, {base.weight.size(0), options.rank},
        base.weight);
}
void LoRALinear::members(Members& m) {
  m("base", base);
  m("lora_A", lora_A);
  m("lora_B", lora_B);
}
Tensor LoRALinear::delta() const { return matmul(lora_B, lora_A) * scale_; }
Tensor LoRALinear::forward(const Tensor& x) {
  Tensor y = base(x);
  if (merged_) return y;
  const Tensor small = linear(dropout(x, dropout_, is_training()), lora_A);
  return y + linear(small, lora_B) * scale_;
}
void LoRALinear::merge() {
  if (!std::exchange(merged_, true)) add_to(base.weight, delta(), 1.0);
}
void LoRALinear::unmerge() {
  if (std::exchange(merged_, false)) add_to(base.weight, delta(), -1.0);
}

LoRAConv2d::LoRAConv2d(Conv2d given, const LoRAOptions& options)
    : base(std::move(given)), scale_(scale_of(options)), dropout_(options.dropout) {
  check("LoRAConv2d", options);
  if (base.options().groups != 1) {
    throw ValueError(
        fmt::format("LoRAConv2d: the base must have one group: {}", base.options().groups));
  }
  base.requires_grad_(false);
  Shape filters = base.weight.shape();
  filters[0] = options.rank;
  begin(lora_A, lora_B, filters, {base.weight.size(0), options.rank}, base.weight);
}
void LoRAConv2d::members(Members& m) {
  m("base", base);
  m("lora_A", lora_A);
  m("lora_B", lora_B);
}
Tensor LoRAConv2d::delta() const {
  const Tensor product = matmul(lora_B, lora_A.reshape({lora_A.size(0), -1}));
  return product.reshape(base.weight.shape()) * scale_;
}
Tensor LoRAConv2d::forward(const Tensor& x) {
  Tensor y = base(x);
  if (merged_) return y;
  const Conv2dOptions& o = base.options();
  const Tensor small = conv2d(dropout(x, dropout_, is_training()), lora_A, Tensor(),
                              {.stride = o.stride, .padding = o.padding, .dilation = o.dilation});
  return y + conv2d(small, lora_B.reshape({lora_B.size(0), lora_B.size(1), 1, 1})) * scale_;
}
void LoRAConv2d::merge() {
  if (!std::exchange(merged_, true)) add_to(base.weight, delta(), 1.0);
}
void LoRAConv2d::unmerge() {
  if (std::exchange(merged_, false)) add_to(base.weight, delta(), -1.0);
}

LoRAEmbedding::LoRAEmbedding(Embedding given, const LoRAOptions& options)
    : base(std::move(given)), scale_(scale_of(options)) {
  check("LoRAEmbedding", options);
  base.requires_grad_(false);
  begin(lora_A, lora_B, {options.rank, base.weight.size(0)}, {base.weight.size(1), options.rank},
        base.weight);
}
void LoRAEmbedding::members(Members& m) {
  m("base", base);
  m("lora_A", lora_A);
  m("lora_B", lora_B);
}
Tensor LoRAEmbedding::delta() const { return matmul(lora_B, lora_A).transpose(0, 1) * scale_; }
Tensor LoRAEmbedding::forward(const Tensor& x) {
  Tensor y = base(x);
  if (merged_) return y;
  return y + linear(embedding(x, lora_A.transpose(0, 1)), lora_B) * scale_;
}
void LoRAEmbedding::merge() {
  if (!std::exchange(merged_, true)) add_to(base.weight, delta(), 1.0);
}
void LoRAEmbedding::unmerge() {
  if (std::exchange(merged_, false)) add_to(base.weight, delta(), -1.0);
}

namespace {
bool is_lora(const std::string& name) {
  const std::string_view last = std::string_view(name).substr(name.rfind('.') + 1);
  return last == "lora_A" || last == "lora_B";
}
}  // namespace

StateDict lora_state_dict(const Module& module) {
  StateDict result;
  for (const auto& [name, value] : module.state_dict()) {
    if (is_lora(name)) result.insert(name, value);
  }
  return result;
}

void load_lora_state_dict(Module& module, const StateDict& state) {
  // All names of the module, those of LoRA from `state`: so that load_state_dict checks them.
  StateDict whole;
  for (const auto& [name, value] : module.state_dict()) {
    if (!is_lora(name)) whole.insert(name, value);
  }
  for (const auto& [name, value] : state) whole.insert(name, value);
  module.load_state_dict(whole);
}

}  // namespace ct::nn
