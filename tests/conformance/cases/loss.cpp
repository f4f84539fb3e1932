// Losses and similarities.
#include "conformance/op_cases.hpp"

namespace ct::test {

namespace {

using In = const Tensors&;

Tensor whole(std::initializer_list<int64_t> values, const Shape& shape, const Tensor& like) {
  return tensor(values).to(like.device()).reshape(shape);
}
Tensor signs(const Tensor& like) {
  return (whole({1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1}, {3, 4}, like) * 2 - 1).to(like.dtype());
}
Tensor bits(const Tensor& like) { return (signs(like) + 1) / 2; }
Tensor labels(const Tensor& like) { return whole({2, 0, 3}, {3}, like); }
Tensor label_map(const Tensor& like) { return whole({2, 0, 3, 1, 1, 2}, {2, 3}, like); }

}  // namespace

void add_loss_cases(std::vector<OpCase>& cases) {
  const Shape s = {3, 4};
  const auto add = [&](const char* name, std::vector<Shape> shapes, auto run, double low = -2,
                       double high = 2) {
    cases.push_back({name, std::move(shapes), run, low, high, kProduct32});
  };
  const auto two = [&](const char* name, auto run, double low = -2, double high = 2) {
    add(name, {s, s}, run, low, high);
  };
  const auto one = [&](const char* name, auto run, double low = -2, double high = 2) {
    add(name, {s}, run, low, high);
  };
  two("smooth_l1_loss", [](In x) { return smooth_l1_loss(x[0], x[1], Reduction::mean, 0.7); });
  two("smooth_l1_loss/none", [](In x) { return smooth_l1_loss(x[0], x[1], Reduction::none); });
  two("huber_loss", [](In x) { return huber_loss(x[0], x[1], Reduction::sum, 0.7); });
  two(
      "kl_div", [](In x) { return kl_div(x[0], x[1], {.reduction = KLDivReduction::batchmean}); },
      0.2, 1);
  two("kl_div/log", [](In x) { return kl_div(x[0], x[1], {.log_target = true}); });
  one(
      "binary_cross_entropy", [](In x) { return binary_cross_entropy(x[0], bits(x[0])); }, 0.1,
      0.9);
  one("binary_cross_entropy_with_logits",
      [](In x) { return binary_cross_entropy_with_logits(x[0], bits(x[0])); });
  one("sigmoid_focal_loss", [](In x) { return sigmoid_focal_loss(x[0], bits(x[0])); });
  add(
      "gaussian_nll_loss", {s, s, {3, 1}},
      [](In x) { return gaussian_nll_loss(x[0], x[1], x[2], {.full = true}); }, 0.3, 2);
  one("poisson_nll_loss", [](In x) { return poisson_nll_loss(x[0], bits(x[0]) * 3); });
  one("soft_margin_loss", [](In x) { return soft_margin_loss(x[0], signs(x[0])); });
  one("hinge_embedding_loss", [](In x) { return hinge_embedding_loss(x[0], signs(x[0]), 0.77); });
  two("margin_ranking_loss",
      [](In x) { return margin_ranking_loss(x[0], x[1], signs(x[0]), 0.37); });
  two("cosine_embedding_loss",
      [](In x) { return cosine_embedding_loss(x[0], x[1], signs(x[0]).select(1, 0)); });
  add("triplet_margin_loss", {s, s, s},
      [](In x) { return triplet_margin_loss(x[0], x[1], x[2], {.margin = 1.3}); });
  add("triplet_margin_with_distance_loss", {s, s, s}, [](In x) {
    const auto distance = [](const Tensor& a, const Tensor& b) {
      return (a - b).square().sum({1});
    };
    return triplet_margin_with_distance_loss(x[0], x[1], x[2], distance, {.margin = 3.1});
  });
  one("multi_margin_loss", [](In x) { return multi_margin_loss(x[0], labels(x[0]), {.p = 2}); });
  one("multilabel_margin_loss", [](In x) {
    return multilabel_margin_loss(x[0],
                                  whole({2, 0, -1, 1, 3, -1, 0, 0, 0, 1, 2, 3}, {3, 4}, x[0]));
  });
  one("multilabel_soft_margin_loss",
      [](In x) { return multilabel_soft_margin_loss(x[0], bits(x[0])); });
  one("focal_loss", [](In x) { return focal_loss(x[0], labels(x[0])); });
  one(
      "dice_loss", [](In x) { return dice_loss(x[0], bits(x[0])); }, 0.1, 0.9);
  add("cross_entropy/map", {{2, 4, 3}},
      [](In x) { return cross_entropy(x[0], label_map(x[0]), {.label_smoothing = 0.1}); });
  add("cross_entropy/weight", {{2, 4, 3}}, [](In x) {
    return cross_entropy(
        x[0], label_map(x[0]),
        {.ignore_index = 1, .weight = tensor({1.F, 2.F, .5F, 3.F}).to(x[0].device())});
  });
  add(
      "cross_entropy/probabilities", {{2, 4, 3}, {2, 4, 3}},
      [](In x) { return cross_entropy(x[0], x[1], {.label_smoothing = 0.2}); }, 0.1, 1);
  add("nll_loss/map", {{2, 4, 3}},
      [](In x) { return nll_loss(x[0], label_map(x[0]), {.reduction = Reduction::none}); });
  cases.push_back({"ctc_loss", {{5, 2, 4}}, [](In x) {
                     return ctc_loss(log_softmax(x[0], 2), whole({1, 3, 2, 2}, {2, 2}, x[0]),
                                     tensor({5, 4}), tensor({2, 2}));
                   }});
  cases.back().tolerance = kGradient32;
  cases.back().twice = false;
  add("cosine_similarity", {{3, 4, 2}, {4, 2}},
      [](In x) { return cosine_similarity(x[0], x[1], 1); });
  two("pairwise_distance", [](In x) { return pairwise_distance(x[0], x[1], 3); });
  add("cdist", {{3, 4}, {2, 4}}, [](In x) { return cdist(x[0], x[1]); });
  add("cdist/product", {{30, 4}, {2, 4}}, [](In x) { return cdist(x[0], x[1]); });
  add("pdist", {{4, 3}}, [](In x) { return pdist(x[0]); });
}

}  // namespace ct::test
