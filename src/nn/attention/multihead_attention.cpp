// Projections around scaled_dot_product_attention, and the two kinds of masks (bool: left out;
// numbers: added) joined to one.
#include "customtensor/nn/attention/multihead_attention.hpp"

#include <fmt/format.h>

#include <limits>

#include "customtensor/error.hpp"
#include "customtensor/nn/init.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/attention.hpp"
#include "customtensor/ops/compare.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/matmul.hpp"
#include "customtensor/ops/shape.hpp"

namespace ct::nn {
namespace {

/// embed_dim, if the layer can be.
int64_t checked(int64_t embed_dim, int64_t num_heads, double dropout) {
  if (embed_dim < 1 || num_heads < 1 || embed_dim % num_heads != 0) {
    throw ValueError(fmt::format(
        "MultiheadAttention: num_heads must divide embed_dim: embed_dim {}, num_heads {}",
        embed_dim, num_heads));
  }
  if (!(dropout >= 0 && dropout <= 1)) {
    throw ValueError(
        fmt::format("MultiheadAttention: dropout must be a probability in [0, 1]: {}", dropout));
  }
  return embed_dim;
}

/// A bool mask as one that is added.
Tensor added(const Tensor& mask, DType dtype) {
  if (mask.dtype() != bool_) return mask;
  const Tensor zero = zeros({}, {.dtype = dtype, .device = mask.device()});
  return where(mask, -std::numeric_limits<double>::infinity(), zero);
}

/// What leaves out where either does; both may be undefined.
Tensor both(const Tensor& a, const Tensor& b, DType dtype) {
  if (!a.defined() || !b.defined()) return a.defined() ? a : b;
  if (a.dtype() == bool_ && b.dtype() == bool_) return logical_or(a, b);
  return added(a, dtype) + added(b, dtype);
}

}  // namespace

MultiheadAttention::MultiheadAttention(int64_t embed_dim, int64_t num_heads,
                                       const MultiheadAttentionOptions& options)
    : out_proj(checked(embed_dim, num_heads, options.dropout), embed_dim, {.bias = options.bias}),
      embed_dim_(embed_dim),
      num_heads_(num_heads),
      options_(options) {
  in_proj_weight = init::xavier_uniform_(empty({3 * embed_dim, embed_dim})).requires_grad_();
  if (!options.bias) return;
  in_proj_bias = zeros({3 * embed_dim}, {.requires_grad = true});
  init::zeros_(out_proj.bias);
}

void MultiheadAttention::members(Members& m) {
  m("in_proj_weight", in_proj_weight);
  m("in_proj_bias", in_proj_bias);
  m("out_proj", out_proj);
}

/// The three projections; of one tensor in one product.
Tensors MultiheadAttention::project(const Tensor& query, const Tensor& key,
                                    const Tensor& value) const {
  if (query.impl() == key.impl() && query.impl() == value.impl()) {
    return chunk(linear(query, in_proj_weight, in_proj_bias), 3, -1);
  }
  Tensors result;
  for (const Tensor* t : {&query, &key, &value}) {
    const auto at = static_cast<int64_t>(result.size()) * embed_dim_;
    const Tensor bias = in_proj_bias.defined() ? in_proj_bias.narrow(0, at, embed_dim_) : Tensor();
    result.push_back(linear(*t, in_proj_weight.narrow(0, at, embed_dim_), bias));
  }
  return result;
}

/// (N, num_heads, L, E / num_heads), a view.
Tensor MultiheadAttention::heads(const Tensor& t) const {
  const Tensor split = t.reshape({t.size(0), t.size(1), num_heads_, embed_dim_ / num_heads_});
  return options_.batch_first ? split.permute({0, 2, 1, 3}) : split.permute({1, 2, 0, 3});
}

Tensor MultiheadAttention::forward(const Tensor& x) { return (*this)(x, x, x); }

Tensor MultiheadAttention::operator()(const Tensor& query, const Tensor& key, const Tensor& value,
                                      const AttentionMasks& masks) {
  const int batch_axis = options_.batch_first ? 0 : 1;
  const int64_t rank = query.dim();
  bool fits = (rank == 2 || rank == 3) && key.dim() == rank && key.shape() == value.shape() &&
              query.size(-1) == embed_dim_ && key.size(-1) == embed_dim_;
  if (fits && rank == 3) fits = query.size(batch_axis) == key.size(batch_axis);
  if (!fits) {
    throw ShapeError(fmt::format(
        "MultiheadAttention: query {}, key {} and value {} do not fit: they must be {} with E = {}",
        to_string(query.shape()), to_string(key.shape()), to_string(value.shape()),
        options_.batch_first ? "(N, L, E), (N, S, E) and (N, S, E)"
                             : "(L, N, E), (S, N, E) and (S, N, E)",
        embed_dim_));
  }
  if (rank == 2) {
    const Tensor q = query.unsqueeze(batch_axis);
    const bool one = query.impl() == key.impl() && query.impl() == value.impl();
    AttentionMasks batched = masks;
    if (masks.key_padding_mask.defined()) {
      batched.key_padding_mask = masks.key_padding_mask.unsqueeze(0);
    }
    return (*this)(q, one ? q : key.unsqueeze(batch_axis), one ? q : value.unsqueeze(batch_axis),
                   batched)
        .squeeze(batch_axis);
  }

  const Tensors projected = project(query, key, value);
  const Tensor q = heads(projected[0]), k = heads(projected[1]), v = heads(projected[2]);
  const int64_t n = q.size(0), l = q.size(-2), s = k.size(-2);
  Tensor out_mask = masks.attn_mask;
  const Shape for_all{l, s}, for_each{n * num_heads_, l, s};
  if (out_mask.defined() && out_mask.shape() != for_all && out_mask.shape() != for_each) {
    throw ShapeError(
        fmt::format("MultiheadAttention: attn_mask {} does not fit: it must be {} or {}",
                    to_string(out_mask.shape()), to_string(for_all), to_string(for_each)));
  }
  if (out_mask.defined() && out_mask.dim() == 3) out_mask = out_mask.reshape({n, num_heads_, l, s});
  Tensor padding = masks.key_padding_mask;
  if (padding.defined()) {
    if (padding.shape() != Shape{n, s}) {
      throw ShapeError(
          fmt::format("MultiheadAttention: key_padding_mask {} does not fit: it must be ({}, {})",
                      to_string(padding.shape()), n, s));
    }
    padding = padding.reshape({n, 1, 1, s});
  }
  Tensor mask = both(out_mask, padding, query.dtype());
  const bool causal = masks.is_causal && !mask.defined();
  if (masks.is_causal && !causal) {
    const TensorOptions places{.dtype = int32, .device = query.device()};
    mask = both(mask, arange(s, places) > arange(l, places).unsqueeze(1), query.dtype());
  }
  if (mask.defined() && mask.dtype() == bool_) mask = logical_not(mask);
  const Tensor y =
      scaled_dot_product_attention(q, k, v,
                                   {.attn_mask = mask,
                                    .dropout_p = is_training() ? options_.dropout : 0.0,
                                    .is_causal = causal});
  const Tensor joined = options_.batch_first ? y.permute({0, 2, 1, 3}) : y.permute({2, 0, 1, 3});
  return out_proj(joined.reshape(query.shape()));
}

}  // namespace ct::nn
