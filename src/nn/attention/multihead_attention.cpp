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
int64_t checked(int64_t embed_dim, int64_t num_heads, const MultiheadAttentionOptions& options) {
  if (embed_dim < 1 || num_heads < 1 || embed_dim % num_heads != 0) {
    throw ValueError(fmt::format(
        "MultiheadAttention: num_heads must divide embed_dim: embed_dim {}, num_heads {}",
        embed_dim, num_heads));
  }
  if (!(options.dropout >= 0 && options.dropout <= 1)) {
    throw ValueError(fmt::format("MultiheadAttention: dropout must be a probability in [0, 1]: {}",
                                 options.dropout));
  }
  if (options.kdim < 0 || options.vdim < 0) {
    throw ValueError(fmt::format(
        "MultiheadAttention: kdim and vdim must be at least 1, or 0 for embed_dim: {} and {}",
        options.kdim, options.vdim));
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
    : out_proj(checked(embed_dim, num_heads, options), embed_dim, {.bias = options.bias}),
      embed_dim_(embed_dim),
      num_heads_(num_heads),
      options_(options) {
  if (options_.kdim == 0) options_.kdim = embed_dim;
  if (options_.vdim == 0) options_.vdim = embed_dim;
  const auto projection = [](const Shape& shape) {
    return init::xavier_uniform_(empty(shape)).requires_grad_();
  };
  if (options_.kdim == embed_dim && options_.vdim == embed_dim) {
    in_proj_weight = projection({3 * embed_dim, embed_dim});
  } else {
    q_proj_weight = projection({embed_dim, embed_dim});
    k_proj_weight = projection({embed_dim, options_.kdim});
    v_proj_weight = projection({embed_dim, options_.vdim});
  }
  if (options.bias) {
    in_proj_bias = zeros({3 * embed_dim}, {.requires_grad = true});
    init::zeros_(out_proj.bias);
  }
  if (options.add_bias_kv) {
    bias_k = init::xavier_normal_(empty({1, 1, embed_dim})).requires_grad_();
    bias_v = init::xavier_normal_(empty({1, 1, embed_dim})).requires_grad_();
  }
}

void MultiheadAttention::members(Members& m) {
  m("in_proj_weight", in_proj_weight);
  m("q_proj_weight", q_proj_weight);
  m("k_proj_weight", k_proj_weight);
  m("v_proj_weight", v_proj_weight);
  m("in_proj_bias", in_proj_bias);
  m("bias_k", bias_k);
  m("bias_v", bias_v);
  m("out_proj", out_proj);
}

/// The three projections; of one tensor in one product.
Tensors MultiheadAttention::project(const Tensor& query, const Tensor& key,
                                    const Tensor& value) const {
  const bool together = in_proj_weight.defined();
  if (together && query.impl() == key.impl() && query.impl() == value.impl()) {
    return chunk(linear(query, in_proj_weight, in_proj_bias), 3, -1);
  }
  Tensors result;
  const Tensor* const own[] = {&q_proj_weight, &k_proj_weight, &v_proj_weight};
  for (const Tensor* t : {&query, &key, &value}) {
    const size_t i = result.size();
    const auto at = static_cast<int64_t>(i) * embed_dim_;
    const Tensor bias = in_proj_bias.defined() ? in_proj_bias.narrow(0, at, embed_dim_) : Tensor();
    const Tensor weight = together ? in_proj_weight.narrow(0, at, embed_dim_) : *own[i];
    result.push_back(linear(*t, weight, bias));
  }
  return result;
}

/// (N, num_heads, L, E / num_heads), a view.
Tensor MultiheadAttention::heads(const Tensor& t) const {
  const Tensor split = t.reshape({t.size(0), t.size(1), num_heads_, embed_dim_ / num_heads_});
  return options_.batch_first ? split.permute({0, 2, 1, 3}) : split.permute({1, 2, 0, 3});
}

/// Keys or values of heads with the ones that the options add.
Tensor MultiheadAttention::with_more(const Tensor& heads, const Tensor& bias) const {
  if (!bias.defined() && !options_.add_zero_attn) return heads;
  Shape one = heads.shape();
  one[2] = 1;
  Tensors parts{heads};
  if (bias.defined()) {
    parts.push_back(bias.reshape({1, num_heads_, 1, embed_dim_ / num_heads_}).expand(one));
  }
  if (options_.add_zero_attn) {
    parts.push_back(zeros(one, {.dtype = heads.dtype(), .device = heads.device()}));
  }
  return cat(parts, 2);
}

/// All that leaves keys out, as scaled_dot_product_attention takes it; undefined if nothing does.
/// q (N, num_heads, L, …); `keys` without those that the options add, to which all attend.
Tensor MultiheadAttention::mask_of(const AttentionMasks& masks, const Tensor& q,
                                   int64_t keys) const {
  const int64_t n = q.size(0), l = q.size(-2);
  Tensor out_mask = masks.attn_mask;
  const Shape for_all{l, keys}, for_each{n * num_heads_, l, keys};
  if (out_mask.defined() && out_mask.shape() != for_all && out_mask.shape() != for_each) {
    throw ShapeError(
        fmt::format("MultiheadAttention: attn_mask {} does not fit: it must be {} or {}",
                    to_string(out_mask.shape()), to_string(for_all), to_string(for_each)));
  }
  if (out_mask.defined() && out_mask.dim() == 3) {
    out_mask = out_mask.reshape({n, num_heads_, l, keys});
  }
  Tensor padding = masks.key_padding_mask;
  if (padding.defined()) {
    if (padding.shape() != Shape{n, keys}) {
      throw ShapeError(
          fmt::format("MultiheadAttention: key_padding_mask {} does not fit: it must be ({}, {})",
                      to_string(padding.shape()), n, keys));
    }
    padding = padding.reshape({n, 1, 1, keys});
  }
  Tensor mask = both(out_mask, padding, q.dtype());
  const int64_t more = (bias_k.defined() ? 1 : 0) + (options_.add_zero_attn ? 1 : 0);
  if (masks.is_causal && (mask.defined() || more > 0)) {
    const TensorOptions places{.dtype = int32, .device = q.device()};
    mask = both(mask, arange(keys, places) > arange(l, places).unsqueeze(1), q.dtype());
  }
  if (!mask.defined()) return mask;
  if (more > 0) {
    Shape added = mask.shape();
    added[added.rank() - 1] = more;
    const Tensors parts{mask, zeros(added, {.dtype = mask.dtype(), .device = mask.device()})};
    mask = cat(parts, -1);
  }
  return mask.dtype() == bool_ ? logical_not(mask) : mask;
}

void MultiheadAttention::check(const Tensor& query, const Tensor& key, const Tensor& value) const {
  const int batch_axis = options_.batch_first ? 0 : 1;
  const int64_t rank = query.dim();
  bool fits = (rank == 2 || rank == 3) && key.dim() == rank && value.dim() == rank &&
              query.size(-1) == embed_dim_ && key.size(-1) == options_.kdim &&
              value.size(-1) == options_.vdim;
  for (int64_t axis = 0; fits && axis < rank - 1; ++axis) {
    fits = key.size(axis) == value.size(axis);
  }
  if (fits && rank == 3) fits = query.size(batch_axis) == key.size(batch_axis);
  if (fits) return;
  const bool same = options_.kdim == embed_dim_ && options_.vdim == embed_dim_;
  throw ShapeError(fmt::format(
      "MultiheadAttention: query {}, key {} and value {} do not fit: they must be {} with E = {}{}",
      to_string(query.shape()), to_string(key.shape()), to_string(value.shape()),
      options_.batch_first ? "(N, L, E), (N, S, E) and (N, S, E)"
                           : "(L, N, E), (S, N, E) and (S, N, E)",
      embed_dim_,
      same ? "" : fmt::format(", of key {}, of value {}", options_.kdim, options_.vdim)));
}

WeightedAttention MultiheadAttention::attend(const Tensor& query, const Tensor& key,
                                             const Tensor& value, const AttentionMasks& masks,
                                             bool weights) {
  check(query, key, value);
  if (query.dim() == 2) {
    const int batch_axis = options_.batch_first ? 0 : 1;
    const Tensor q = query.unsqueeze(batch_axis);
    const bool one = query.impl() == key.impl() && query.impl() == value.impl();
    AttentionMasks batched = masks;
    if (masks.key_padding_mask.defined()) {
      batched.key_padding_mask = masks.key_padding_mask.unsqueeze(0);
    }
    const WeightedAttention r = attend(q, one ? q : key.unsqueeze(batch_axis),
                                       one ? q : value.unsqueeze(batch_axis), batched, weights);
    return {r.output.squeeze(batch_axis), weights ? r.weights.squeeze(0) : Tensor()};
  }
  const Tensors projected = project(query, key, value);
  const Tensor q = heads(projected[0]), k = heads(projected[1]), v = heads(projected[2]);
  const Tensor mask = mask_of(masks, q, k.size(-2));
  const AttentionOptions options{.attn_mask = mask,
                                 .dropout_p = is_training() ? options_.dropout : 0.0,
                                 .is_causal = masks.is_causal && !mask.defined()};
  const Tensor keys = with_more(k, bias_k), values = with_more(v, bias_v);
  AttentionWithScores r;
  if (weights) {
    r = scaled_dot_product_attention_with_scores(q, keys, values, options);
  } else {
    r.output = scaled_dot_product_attention(q, keys, values, options);
  }
  const Tensor joined =
      options_.batch_first ? r.output.permute({0, 2, 1, 3}) : r.output.permute({2, 0, 1, 3});
  return {out_proj(joined.reshape(query.shape())), r.scores};
}

Tensor MultiheadAttention::forward(const Tensor& x) { return (*this)(x, x, x); }

Tensor MultiheadAttention::operator()(const Tensor& query, const Tensor& key, const Tensor& value,
                                      const AttentionMasks& masks) {
  return attend(query, key, value, masks, false).output;
}

WeightedAttention MultiheadAttention::with_weights(const Tensor& query, const Tensor& key,
                                                   const Tensor& value, const AttentionMasks& masks,
                                                   bool average) {
  WeightedAttention r = attend(query, key, value, masks, true);
  if (average) r.weights = r.weights.mean({-3});
  return r;
}

}  // namespace ct::nn
