// Layers of attention and feed-forward networks around residuals, and stacks of them. A part is
// x + f(norm(x)), or norm(x + f(x)).
#include "customtensor/nn/attention/transformer.hpp"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "customtensor/error.hpp"
#include "customtensor/nn/init.hpp"
#include "customtensor/ops/activation.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/shape.hpp"

namespace ct::nn {
namespace {

MultiheadAttention attention(int64_t d_model, int64_t nhead, const TransformerLayerOptions& o) {
  return {d_model, nhead, {.dropout = o.dropout, .bias = o.bias, .batch_first = o.batch_first}};
}
LayerNorm norm_of(int64_t d_model, double eps, bool bias) {
  return LayerNorm(d_model, {.eps = eps, .bias = bias});
}
LayerNorm norm_of(int64_t d_model, const TransformerLayerOptions& o) {
  return norm_of(d_model, o.layer_norm_eps, o.bias);
}

/// A part and its residual; `first`: f takes the norm of x.
template <class F>
Tensor residual(const Tensor& x, Module& norm, bool first, const F& f) {
  if (first) return x + f(norm(x));
  return norm(x + f(x));
}

/// The feed-forward network of either layer.
template <class Layer>
Tensor network(Layer& layer, const Tensor& x, const TransformerLayerOptions& o) {
  const Tensor h = layer.linear1(x);
  return layer.linear2(layer.dropout(o.activation ? o.activation(h) : relu(h)));
}

TransformerLayerOptions layer_options(const TransformerOptions& o) {
  return {o.dim_feedforward, o.dropout,    o.activation, o.layer_norm_eps,
          o.batch_first,     o.norm_first, o.bias};
}

template <class Layer>
std::vector<Layer> copies(const char* name, const Layer& layer, int64_t count) {
  if (count < 1) {
    throw ValueError(
        fmt::format("{}: there must be at least one layer: num_layers {}", name, count));
  }
  std::vector<Layer> result;
  for (int64_t i = 0; i < count; ++i) result.push_back(copy(layer));
  return result;
}

}  // namespace

// ---- Layers -------------------------------------------------------------------------------------

TransformerEncoderLayer::TransformerEncoderLayer(int64_t d_model, int64_t nhead,
                                                 const TransformerLayerOptions& options)
    : self_attn(attention(d_model, nhead, options)),
      linear1(d_model, options.dim_feedforward, {.bias = options.bias}),
      linear2(options.dim_feedforward, d_model, {.bias = options.bias}),
      norm1(norm_of(d_model, options)),
      norm2(norm_of(d_model, options)),
      dropout(options.dropout),
      dropout1(options.dropout),
      dropout2(options.dropout),
      options_(options) {}

void TransformerEncoderLayer::members(Members& m) {
  m("self_attn", self_attn);
  m("linear1", linear1);
  m("dropout", dropout);
  m("linear2", linear2);
  m("norm1", norm1);
  m("norm2", norm2);
  m("dropout1", dropout1);
  m("dropout2", dropout2);
}

Tensor TransformerEncoderLayer::forward(const Tensor& x) { return (*this)(x, AttentionMasks()); }

Tensor TransformerEncoderLayer::operator()(const Tensor& x, const AttentionMasks& masks) {
  const bool first = options_.norm_first;
  const Tensor attended = residual(
      x, norm1, first, [&](const Tensor& t) { return dropout1(self_attn(t, t, t, masks)); });
  return residual(attended, norm2, first,
                  [&](const Tensor& t) { return dropout2(network(*this, t, options_)); });
}

TransformerDecoderLayer::TransformerDecoderLayer(int64_t d_model, int64_t nhead,
                                                 const TransformerLayerOptions& options)
    : self_attn(attention(d_model, nhead, options)),
      multihead_attn(attention(d_model, nhead, options)),
      linear1(d_model, options.dim_feedforward, {.bias = options.bias}),
      linear2(options.dim_feedforward, d_model, {.bias = options.bias}),
      norm1(norm_of(d_model, options)),
      norm2(norm_of(d_model, options)),
      norm3(norm_of(d_model, options)),
      dropout(options.dropout),
      dropout1(options.dropout),
      dropout2(options.dropout),
      dropout3(options.dropout),
      options_(options) {}

void TransformerDecoderLayer::members(Members& m) {
  m("self_attn", self_attn);
  m("multihead_attn", multihead_attn);
  m("linear1", linear1);
  m("dropout", dropout);
  m("linear2", linear2);
  m("norm1", norm1);
  m("norm2", norm2);
  m("norm3", norm3);
  m("dropout1", dropout1);
  m("dropout2", dropout2);
  m("dropout3", dropout3);
}

Tensor TransformerDecoderLayer::operator()(const Tensor& x, const Tensor& memory,
                                           const AttentionMasks& masks,
                                           const AttentionMasks& memory_masks) {
  const bool first = options_.norm_first;
  const Tensor own = residual(x, norm1, first,
                              [&](const Tensor& t) { return dropout1(self_attn(t, t, t, masks)); });
  const Tensor attended = residual(own, norm2, first, [&](const Tensor& t) {
    return dropout2(multihead_attn(t, memory, memory, memory_masks));
  });
  return residual(attended, norm3, first,
                  [&](const Tensor& t) { return dropout3(network(*this, t, options_)); });
}

// ---- Stacks -------------------------------------------------------------------------------------

TransformerEncoder::TransformerEncoder(const TransformerEncoderLayer& layer, int64_t num_layers,
                                       std::optional<LayerNorm> norm_of_result)
    : layers(copies("TransformerEncoder", layer, num_layers)), norm(std::move(norm_of_result)) {}

void TransformerEncoder::members(Members& m) {
  m("layers", layers);
  if (norm) m("norm", *norm);
}

Tensor TransformerEncoder::forward(const Tensor& x) {
  Tensor y = x;
  for (TransformerEncoderLayer& layer : layers) y = layer(y);
  return norm ? (*norm)(y) : y;
}

Tensor TransformerEncoder::operator()(const Tensor& x, const AttentionMasks& masks) {
  Tensor y = x;
  for (TransformerEncoderLayer& layer : layers) y = layer(y, masks);
  return norm ? (*norm)(y) : y;
}

TransformerDecoder::TransformerDecoder(const TransformerDecoderLayer& layer, int64_t num_layers,
                                       std::optional<LayerNorm> norm_of_result)
    : layers(copies("TransformerDecoder", layer, num_layers)), norm(std::move(norm_of_result)) {}

void TransformerDecoder::members(Members& m) {
  m("layers", layers);
  if (norm) m("norm", *norm);
}

Tensor TransformerDecoder::operator()(const Tensor& x, const Tensor& memory,
                                      const AttentionMasks& masks,
                                      const AttentionMasks& memory_masks) {
  Tensor y = x;
  for (TransformerDecoderLayer& layer : layers) y = layer(y, memory, masks, memory_masks);
  return norm ? (*norm)(y) : y;
}

Transformer::Transformer(const TransformerOptions& o)
    : encoder(TransformerEncoderLayer(o.d_model, o.nhead, layer_options(o)), o.num_encoder_layers,
              norm_of(o.d_model, o.layer_norm_eps, o.bias)),
      decoder(TransformerDecoderLayer(o.d_model, o.nhead, layer_options(o)), o.num_decoder_layers,
              norm_of(o.d_model, o.layer_norm_eps, o.bias)) {
  for (const Tensor& p : parameters()) {
    if (p.dim() > 1) init::xavier_uniform_(p);
  }
}

void Transformer::members(Members& m) {
  m("encoder", encoder);
  m("decoder", decoder);
}

Tensor Transformer::operator()(const Tensor& source, const Tensor& target,
                               const TransformerMasks& masks) {
  return decoder(target, encoder(source, masks.source), masks.target, masks.memory);
}

Tensor generate_square_subsequent_mask(int64_t size, const Device& device, DType dtype) {
  if (size < 0) {
    throw ValueError(
        fmt::format("generate_square_subsequent_mask: the size must not be negative: {}", size));
  }
  return triu(full({size, size}, -std::numeric_limits<double>::infinity(),
                   {.dtype = dtype, .device = device}),
              1);
}

}  // namespace ct::nn
