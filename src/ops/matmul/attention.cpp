// Attention: checks, tape and the composed form; the kernels are called in attention_blocks.cpp.
// With dropout, and under create_graph, it is composed of public ops. Scores and weights are wide
// (wide.hpp); of narrow tensors none of that is kept, a checkpoint makes it again for backward.
#include "customtensor/ops/attention.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>

#include "customtensor/autograd_functional.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/activation.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/compare.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/loss.hpp"
#include "customtensor/ops/matmul.hpp"
#include "customtensor/ops/reduce.hpp"
#include "ops/autocast.hpp"
#include "ops/matmul/attention_blocks.hpp"
#include "ops/pointwise/apply.hpp"
#include "ops/pointwise/wide.hpp"
#include "ops/shape/leading.hpp"

namespace ct {

using autograd::Gradients;
using autograd::Recording;

namespace {

constexpr const char* kName = "scaled_dot_product_attention";
constexpr double kNever = -std::numeric_limits<double>::infinity();

void check(const Tensor& query, const Tensor& key, const Tensor& value) {
  detail::check_defined(query, kName, "query");
  detail::check_defined(key, kName, "key");
  detail::check_defined(value, kName, "value");
  detail::check_same_device(query, key, kName);
  detail::check_same_device(query, value, kName);
  if (!is_floating(query.dtype()) || key.dtype() != query.dtype() ||
      value.dtype() != query.dtype()) {
    throw DTypeError(fmt::format(
        "scaled_dot_product_attention: query, key and value are {}, {} and {}: they must be of one "
        "floating dtype; convert with .to(dtype)",
        name(query.dtype()), name(key.dtype()), name(value.dtype())));
  }
  if (query.dim() < 2 || key.dim() < 2 || value.dim() < 2 || query.size(-1) != key.size(-1) ||
      key.size(-2) != value.size(-2)) {
    throw ShapeError(fmt::format(
        "scaled_dot_product_attention: query {}, key {} and value {} do not fit: they must be "
        "(..., L, E), (..., S, E) and (..., S, Ev)",
        to_string(query.shape()), to_string(key.shape()), to_string(value.shape())));
  }
}

void check(const AttentionOptions& options, const Tensor& query, const Shape& scores) {
  if (!(options.dropout_p >= 0.0 && options.dropout_p <= 1.0)) {
    throw ValueError(
        fmt::format("scaled_dot_product_attention: dropout_p must be a probability in [0, 1]: {}",
                    options.dropout_p));
  }
  if (!(options.softcap >= 0.0) || std::isinf(options.softcap)) {
    throw ValueError(
        fmt::format("scaled_dot_product_attention: softcap must be finite and not below 0: {}",
                    options.softcap));
  }
  const Tensor& mask = options.attn_mask;
  if (!mask.defined()) return;
  if (options.is_causal) {
    throw ValueError(fmt::format(
        "scaled_dot_product_attention: attn_mask {} and is_causal exclude each other: put the "
        "causal mask into attn_mask",
        to_string(mask.shape())));
  }
  detail::check_same_device(query, mask, kName);
  if (mask.dtype() != bool_ && mask.dtype() != query.dtype()) {
    throw DTypeError(
        fmt::format("scaled_dot_product_attention: attn_mask is {}: it must be bool or query's {}",
                    name(mask.dtype()), name(query.dtype())));
  }
  bool fits = mask.dim() <= scores.rank();
  for (int64_t i = 1; fits && i <= mask.dim(); ++i) {
    const int64_t size = mask.size(-i);
    fits = size == 1 || size == scores[scores.rank() - static_cast<int>(i)];
  }
  if (!fits) {
    throw ShapeError(fmt::format(
        "scaled_dot_product_attention: attn_mask {} does not broadcast to the scores {}",
        to_string(mask.shape()), to_string(scores)));
  }
}

/// The shape of all scores: what the leading axes broadcast to, L, S.
Shape scores_shape(const Tensor& query, const Tensor& key, const Tensor& value) {
  // Where each two broadcast, all three do.
  Shape shape = ops::broadcast_leading(query.shape(), key.shape(), kName);
  ops::broadcast_leading(query.shape(), value.shape(), kName);
  ops::broadcast_leading(key.shape(), value.shape(), kName);
  shape = broadcast_shapes(shape, ops::without_last(value.shape(), 2), kName);
  shape.push_back(query.size(-2));
  shape.push_back(key.size(-2));
  return shape;
}

/// Where query i may attend to key j: j <= i.
Tensor causal_mask(const Tensor& like, int64_t queries, int64_t keys) {
  const TensorOptions options{.dtype = int32, .device = like.device()};
  return arange(keys, options) <= arange(queries, options).unsqueeze(1);
}

Tensor scaled(const Tensor& t, double factor) { return factor == 1.0 ? t : t * factor; }

/// cap tanh(x / cap), one program.
Tensor capped(const Tensor& scores, double cap) {
  static const ProgramPtr program = [] {
    PointwiseBuilder b("softcap", 1, 1);
    b.output(b.scalar(0) * b.apply(Opcode::tanh, b.input(0) / b.scalar(0)));
    return b.build();
  }();
  return cap == 0.0 ? scores : ops::apply("softcap", program, {&scores}, {cap});
}

/// The scores, recorded, up to `stage`; `mask` may be undefined.
Tensor scores_of(const Tensor& query, const Tensor& key, const Tensor& mask, double scale,
                 double softcap, AttentionStage stage) {
  Tensor scores = matmul(scaled(query, scale), key.transpose(-2, -1));
  if (stage == AttentionStage::product) return scores;
  scores = capped(scores, softcap);
  if (stage == AttentionStage::capped || !mask.defined()) return scores;
  return mask.dtype() == bool_ ? where(mask, scores, kNever) : scores + mask;
}

/// The weights, recorded.
Tensor weights_of(const Tensor& query, const Tensor& key, const Tensor& mask, double scale,
                  double softcap = 0.0) {
  return softmax(scores_of(query, key, mask, scale, softcap, AttentionStage::masked), -1);
}

/// What attention_backward gives, recorded.
std::array<Tensor, 4> recorded_backward(const ops::AttentionInputs& x, const Tensor& mask,
                                        double scale, const Tensor& g) {
  const Tensor weights = weights_of(x.query, x.key, mask, scale);
  const Tensor dw = matmul(g, x.value.transpose(-2, -1));
  const Tensor ds = weights * (dw - (weights * dw).sum({-1}, true));
  return {scaled(matmul(ds, x.key), scale), scaled(matmul(ds.transpose(-2, -1), x.query), scale),
          matmul(weights.transpose(-2, -1), g), ds};
}

/// Which queries the mask lets attend to anything, (…, L, 1).
Tensor attending(const Tensor& mask) {
  const NoGradGuard off;
  return mask.dtype() == bool_ ? any(mask, {-1}, true) : amax(mask, {-1}, true) != kNever;
}

/// Whether the host can read, without waiting for a device, that all are true.
bool known_true(const Tensor& t) {
  const TensorImpl& i = detail::impl(t);
  return i.backend().host_pointer(i.buffer()) != nullptr && all(t).item<bool>();
}

Tensor attend(const Tensor& query, const Tensor& key, const Tensor& value,
              const AttentionOptions& options) {
  const ops::AttentionInputs x{query, key, value, scores_shape(query, key, value)};
  const int64_t queries = query.size(-2), keys = key.size(-2);
  const double scale = options.scale.value_or(1.0 / std::sqrt(static_cast<double>(query.size(-1))));
  const Tensor& mask = options.attn_mask;
  const bool recorded = autograd::recording({&query, &key, &value, &mask});
  if (options.dropout_p > 0.0 || (recorded && options.softcap != 0.0)) {
    const Tensor given = options.is_causal ? causal_mask(query, queries, keys) : mask;
    const Tensor weights = weights_of(query, key, given, scale, options.softcap);
    return matmul(dropout(weights, options.dropout_p, true, options.generator), value);
  }

  Shape shape = x.scores;
  shape[shape.rank() - 1] = value.size(-1);
  Tensor out = x.make(shape);
  const Tensor weights = recorded ? x.make(x.scores) : Tensor();
  ops::attention_forward(x, mask, options.is_causal, scale, options.softcap, out, weights);
  autograd::record(kName, {&out}, {&query, &key, &value, &mask}, [&](const Recording& r) {
    return
        [query = r.save(0), key = r.save(1), value = r.save(2), mask = r.save_if(mask.defined(), 3),
         mask_shape = mask.defined() ? mask.shape() : Shape(), weights = r.save_extra(weights),
         scores = x.scores, scale,
         causal = options.is_causal](std::span<const Tensor> g, Gradients& d) {
          const ops::AttentionInputs x{query.get(), key.get(), value.get(), scores};
          const auto given = [&] {
            return causal ? causal_mask(x.query, x.query.size(-2), x.key.size(-2)) : mask.get();
          };
          const auto gradients =
              grad_enabled()
                  ? recorded_backward(x, given(), scale, g[0])
                  : ops::attention_backward(x, weights.get(), scale, g[0],
                                            {d.needed(0), d.needed(1), d.needed(2), d.needed(3)});
          const std::array shapes{x.query.shape(), x.key.shape(), x.value.shape(), mask_shape};
          for (int i = 0; i < 4; ++i) {
            const auto at = static_cast<size_t>(i);
            if (d.needed(i)) d[i] = sum_to(gradients[at], shapes[at]);
          }
        };
  });
  return out;
}

/// What grouped queries are without the word: query (…, heads, group, L, E), key and value (…,
/// heads, 1, S, E). Its result has the group apart.
struct Grouped {
  Tensor query, key, value;
  AttentionOptions options;
};

Grouped grouped(const Tensor& query, const Tensor& key, const Tensor& value,
                const AttentionOptions& options) {
  const bool axes = query.dim() >= 3 && key.dim() >= 3 && value.dim() >= 3;
  const int64_t heads = axes ? key.size(-3) : 0;
  if (!axes || heads == 0 || value.size(-3) != heads || query.size(-3) % heads != 0) {
    throw ShapeError(fmt::format(
        "scaled_dot_product_attention: query {}, key {} and value {} are no grouped queries: the "
        "heads of query, axis -3, must be a multiple of those of key and value",
        to_string(query.shape()), to_string(key.shape()), to_string(value.shape())));
  }
  const int64_t group = query.size(-3) / heads;
  const auto apart = [&](const Tensor& t, int64_t of_heads, int64_t of_group) {
    const Shape& s = t.shape();
    Shape shape = ops::without_last(s, 3);
    for (const int64_t size : {of_heads, of_group, s[s.rank() - 2], s.back()}) {
      shape.push_back(size);
    }
    return t.reshape(shape);
  };
  Grouped result{apart(query, heads, group), key.unsqueeze(-3), value.unsqueeze(-3), options};
  result.options.enable_gqa = false;
  Tensor& mask = result.options.attn_mask;
  if (mask.defined() && mask.dim() >= 3) {
    const int64_t own = mask.size(-3);
    if (own != 1 && own != query.size(-3)) {
      throw ShapeError(
          fmt::format("scaled_dot_product_attention: attn_mask {} does not fit {} heads of queries",
                      to_string(mask.shape()), query.size(-3)));
    }
    mask = own == 1 ? apart(mask, 1, 1) : apart(mask, heads, group);
  }
  return result;
}

/// Computed wide. What backward needs would be kept wide as well, more than twice what was given:
/// it is made again instead.
Tensor attend_narrow(const Tensor& query, const Tensor& key, const Tensor& value,
                     const AttentionOptions& options) {
  const auto first_draw = std::make_shared<std::optional<RandomState>>();
  const auto run = [options, first_draw](const Tensors& in) {
    AttentionOptions wide = options;
    wide.attn_mask = ops::wide(in[3]);
    Generator again;
    if (options.generator != nullptr) {
      if (first_draw->has_value()) {
        again.set_state(**first_draw);
        wide.generator = &again;
      } else {
        *first_draw = options.generator->state();
      }
    }
    return Tensors{
        scaled_dot_product_attention(ops::wide(in[0]), ops::wide(in[1]), ops::wide(in[2]), wide)
            .to(in[0].dtype())};
  };
  const Tensors inputs{query, key, value, options.attn_mask};
  const bool recorded = autograd::recording({&query, &key, &value, &options.attn_mask});
  return (recorded ? autograd::checkpoint(run, inputs) : run(inputs))[0];
}

constexpr ops::Autocast::Rule kRow = "scaled_dot_product_attention";
AttentionOptions masked_as(const ops::Autocast& cast, AttentionOptions options) {
  options.attn_mask = cast(options.attn_mask);
  return options;
}

/// The group and the heads joined again.
Tensor joined(const Tensor& t) { return t.flatten(-4, -3); }

}  // namespace

AttentionWithScores scaled_dot_product_attention_with_scores(const Tensor& query, const Tensor& key,
                                                             const Tensor& value,
                                                             const AttentionOptions& options,
                                                             AttentionStage stage) {
  if (const ops::Autocast cast{kRow}) {
    return scaled_dot_product_attention_with_scores(cast(query), cast(key), cast(value),
                                                    masked_as(cast, options), stage);
  }
  check(query, key, value);
  if (options.enable_gqa) {
    const Grouped g = grouped(query, key, value, options);
    const auto r =
        scaled_dot_product_attention_with_scores(g.query, g.key, g.value, g.options, stage);
    return {joined(r.output), joined(r.scores)};
  }
  const Shape all = scores_shape(query, key, value);
  check(options, query, all);
  const Tensor q = ops::wide(query), k = ops::wide(key), v = ops::wide(value);
  const double scale = options.scale.value_or(1.0 / std::sqrt(static_cast<double>(q.size(-1))));
  const Tensor mask =
      options.is_causal ? causal_mask(q, q.size(-2), k.size(-2)) : ops::wide(options.attn_mask);
  const Tensor masked = scores_of(q, k, mask, scale, options.softcap, AttentionStage::masked);
  Tensor weights = masked;
  if (mask.defined() && mask.numel() > 0) {
    // A query without keys would be 0 / 0: its weights are 0.
    const Tensor some = attending(mask);
    weights = where(some, softmax(where(some, masked, 0.0), -1), 0.0);
  } else {
    weights = softmax(masked, -1);
  }
  weights = dropout(weights, options.dropout_p, true, options.generator);
  const Tensor scores = stage == AttentionStage::weights ? weights
                        : stage == AttentionStage::masked
                            ? masked
                            : scores_of(q, k, mask, scale, options.softcap, stage);
  const DType dtype = query.dtype();
  return {matmul(weights, v).to(dtype), scores.to(dtype)};
}

Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value,
                                    const AttentionOptions& options) {
  if (const ops::Autocast cast{kRow}) {
    return scaled_dot_product_attention(cast(query), cast(key), cast(value),
                                        masked_as(cast, options));
  }
  check(query, key, value);
  if (options.enable_gqa) {
    const Grouped g = grouped(query, key, value, options);
    return joined(scaled_dot_product_attention(g.query, g.key, g.value, g.options));
  }
  check(options, query, scores_shape(query, key, value));
  if (ops::is_narrow(query)) return attend_narrow(query, key, value, options);
  const Tensor& mask = options.attn_mask;
  if (!mask.defined() || mask.numel() == 0) return attend(query, key, value, options);
  // The weights of a query without keys would be 0 / 0. It gets keys, then zeros for its result.
  const Tensor some = attending(mask);
  if (known_true(some)) return attend(query, key, value, options);
  AttentionOptions with_keys = options;
  with_keys.attn_mask =
      mask.dtype() == bool_ ? logical_or(mask, logical_not(some)) : where(some, mask, 0.0);
  return where(some, attend(query, key, value, with_keys), 0.0);
}

}  // namespace ct
