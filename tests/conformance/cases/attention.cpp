// Attention: masks, broadcasting, sizes that differ in every axis.
#include <cmath>

#include "conformance/op_cases.hpp"
#include "customtensor/ops/rotary.hpp"

namespace ct::test {

namespace {
using Inputs = const Tensors&;

/// Of 4 queries and 5 keys; each query keeps one.
Tensor mask_like(const Tensor& x) {
  return tensor({1, 0, 1, 1, 0, 0, 1, 1, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1},
                {.dtype = bool_, .device = x.device()})
      .reshape({4, 5});
}
}  // namespace

void add_attention_cases(std::vector<OpCase>& cases) {
  const auto attention = [&](const std::string& variant, std::vector<Shape> shapes,
                             std::function<Tensor(const Tensors&)> run,
                             double tolerance = kProduct32) {
    cases.push_back({"scaled_dot_product_attention" + variant, std::move(shapes), std::move(run),
                     -2, 2, tolerance});
  };
  const auto plain = [](Inputs x) { return scaled_dot_product_attention(x[0], x[1], x[2]); };
  attention("", {{2, 3, 4, 6}, {2, 3, 5, 6}, {2, 3, 5, 7}}, plain);
  attention("/matrices", {{4, 3}, {5, 3}, {5, 2}}, plain);
  attention("/one_key", {{2, 3, 4}, {2, 1, 4}, {2, 1, 4}}, plain);
  attention("/broadcast", {{2, 3, 4, 6}, {3, 5, 6}, {2, 1, 5, 7}}, plain);
  attention("/shared_keys", {{2, 3, 4, 6}, {5, 6}, {5, 7}}, plain);
  attention("/one_query_set", {{4, 6}, {3, 5, 6}, {3, 5, 2}}, plain);
  attention("/scale", {{2, 4, 6}, {2, 5, 6}, {2, 5, 3}}, [](Inputs x) {
    return scaled_dot_product_attention(x[0], x[1], x[2], {.scale = 0.7});
  });
  attention("/scale_one", {{2, 4, 6}, {2, 5, 6}, {2, 5, 3}}, [](Inputs x) {
    return scaled_dot_product_attention(x[0], x[1], x[2], {.scale = 1.0});
  });
  const auto causal = [](Inputs x) {
    return scaled_dot_product_attention(x[0], x[1], x[2], {.is_causal = true});
  };
  attention("/causal", {{2, 5, 4}, {2, 5, 4}, {2, 5, 4}}, causal);
  attention("/causal_more_keys", {{2, 3, 4}, {2, 5, 4}, {2, 5, 4}}, causal);
  attention("/causal_fewer_keys", {{2, 5, 4}, {2, 3, 4}, {2, 3, 4}}, causal);
  attention("/bool_mask", {{2, 3, 4, 6}, {2, 3, 5, 6}, {2, 3, 5, 2}}, [](Inputs x) {
    return scaled_dot_product_attention(x[0], x[1], x[2], {.attn_mask = mask_like(x[0])});
  });
  attention("/bool_mask_of_keys", {{3, 4, 6}, {3, 5, 6}, {3, 5, 2}}, [](Inputs x) {
    const Tensor keys = mask_like(x[0]).narrow(0, 0, 3).unsqueeze(1);
    return scaled_dot_product_attention(x[0], x[1], x[2], {.attn_mask = keys});
  });
  const auto with_mask = [](Inputs x) {
    return scaled_dot_product_attention(x[0], x[1], x[2], {.attn_mask = x[3]});
  };
  attention("/float_mask", {{2, 4, 6}, {2, 5, 6}, {2, 5, 3}, {2, 4, 5}}, with_mask);
  attention("/float_mask_broadcast", {{2, 3, 4, 6}, {3, 5, 6}, {5, 2}, {3, 1, 5}}, with_mask);
  attention(
      "/dropout", {{2, 4, 6}, {2, 5, 6}, {2, 5, 3}},
      [](Inputs x) {
        Generator generator(5);
        return scaled_dot_product_attention(x[0], x[1], x[2],
                                            {.dropout_p = 0.3, .generator = &generator});
      },
      INFINITY);
  attention(
      "/causal_dropout", {{2, 4, 6}, {2, 4, 6}, {2, 4, 3}},
      [](Inputs x) {
        Generator generator(5);
        return scaled_dot_product_attention(
            x[0], x[1], x[2], {.dropout_p = 0.3, .is_causal = true, .generator = &generator});
      },
      INFINITY);
  const auto capped = [](Inputs x) {
    return scaled_dot_product_attention(x[0], x[1], x[2], {.is_causal = true, .softcap = 1.5});
  };
  attention("/softcap_causal", {{2, 5, 4}, {2, 5, 4}, {2, 5, 3}}, capped);
  attention("/softcap_mask", {{2, 4, 6}, {2, 5, 6}, {2, 5, 3}, {4, 5}}, [](Inputs x) {
    return scaled_dot_product_attention(x[0], x[1], x[2], {.attn_mask = x[3], .softcap = 2.0});
  });
  attention("/grouped", {{2, 4, 3, 6}, {2, 2, 5, 6}, {2, 2, 5, 3}}, [](Inputs x) {
    return scaled_dot_product_attention(x[0], x[1], x[2], {.enable_gqa = true});
  });
  attention("/grouped_mask", {{2, 4, 4, 6}, {2, 1, 5, 6}, {2, 1, 5, 3}}, [](Inputs x) {
    return scaled_dot_product_attention(
        x[0], x[1], x[2], {.attn_mask = mask_like(x[0]).unsqueeze(0), .enable_gqa = true});
  });
  const auto with_scores = [&](const std::string& variant, const AttentionOptions& options,
                               AttentionStage stage) {
    attention("_with_scores" + variant, {{2, 4, 3, 6}, {2, 2, 5, 6}, {2, 2, 5, 3}},
              [options, stage](Inputs x) {
                const auto r =
                    scaled_dot_product_attention_with_scores(x[0], x[1], x[2], options, stage);
                return cat(Tensors{r.output.flatten(), r.scores.flatten()});
              });
  };
  const auto rotary = [&](const char* name, Shape shape, bool interleaved) {
    cases.push_back({name,
                     {std::move(shape)},
                     [interleaved](Inputs x) {
                       const Tensor angles =
                           arange(6, {.dtype = float32, .device = x[0].device()}).reshape({3, 2});
                       return rotary_embedding(x[0], angles.cos().to(compute_type(x[0].dtype())),
                                               angles.sin().to(compute_type(x[0].dtype())),
                                               interleaved);
                     },
                     -2,
                     2,
                     kElementwise32});
  };
  rotary("rotary_embedding", {2, 3, 4}, false);
  rotary("rotary_embedding/interleaved_rest", {2, 2, 3, 5}, true);
  with_scores("", {.enable_gqa = true}, AttentionStage::weights);
  with_scores("/capped", {.enable_gqa = true, .softcap = 1.5}, AttentionStage::capped);
  with_scores("/product", {.scale = 0.5, .enable_gqa = true}, AttentionStage::product);
}

}  // namespace ct::test
