// Ops that the reference data names: losses and similarities.
#include "reference/op_data.hpp"

namespace ct::test {

namespace {

using In = const Tensors&;
using A = const Args&;

Reduction reduction_of(A args) {
  const std::string text = args.text("reduction");
  return text == "none" ? Reduction::none : text == "sum" ? Reduction::sum : Reduction::mean;
}
KLDivReduction kl_reduction_of(A args) {
  const std::string text = args.text("reduction");
  return text == "none"   ? KLDivReduction::none
         : text == "sum"  ? KLDivReduction::sum
         : text == "mean" ? KLDivReduction::mean
                          : KLDivReduction::batchmean;
}

/// A whole input as a floating one.
Tensor real(const Tensor& whole, const Tensor& like) { return whole.to(like.dtype()); }
Tensor sign(const Tensor& whole, const Tensor& like) { return real(whole, like) * 2 - 1; }
/// Weights are given in quarters.
Tensor weight(In x, size_t i) { return i < x.size() ? real(x[i], x[0]) / 4 : Tensor(); }

CrossEntropyOptions class_options(In x, A a) {
  return {.reduction = reduction_of(a),
          .ignore_index = a.integer("ignore_index", -100),
          .label_smoothing = a.real("label_smoothing"),
          .weight = weight(x, 2)};
}

void add_pointwise(DataOps& ops) {
  ops["smooth_l1_loss"] = [](In x, A a) {
    return Tensors{smooth_l1_loss(x[0], x[1], reduction_of(a), a.real("beta", 1))};
  };
  ops["huber_loss"] = [](In x, A a) {
    return Tensors{huber_loss(x[0], x[1], reduction_of(a), a.real("delta", 1))};
  };
  ops["binary_cross_entropy"] = [](In x, A a) {
    return Tensors{
        binary_cross_entropy(x[0], x[1], {.weight = weight(x, 2), .reduction = reduction_of(a)})};
  };
  ops["binary_cross_entropy_with_logits"] = [](In x, A a) {
    BCEWithLogitsOptions options{.reduction = reduction_of(a)};
    const std::string names = a.dump();
    size_t next = 2;
    if (names.find("\"weight\"") != std::string::npos) options.weight = weight(x, next++);
    if (names.find("\"pos_weight\"") != std::string::npos) options.pos_weight = weight(x, next);
    return Tensors{binary_cross_entropy_with_logits(x[0], real(x[1], x[0]), options)};
  };
  ops["sigmoid_focal_loss"] = [](In x, A a) {
    return Tensors{sigmoid_focal_loss(
        x[0], real(x[1], x[0]),
        {.alpha = a.real("alpha"), .gamma = a.real("gamma"), .reduction = reduction_of(a)})};
  };
  ops["kl_div"] = [](In x, A a) {
    return Tensors{kl_div(x[0], a.flag("whole") ? real(x[1], x[0]) : x[1],
                          {.reduction = kl_reduction_of(a), .log_target = a.flag("log_target")})};
  };
  ops["gaussian_nll_loss"] = [](In x, A a) {
    return Tensors{gaussian_nll_loss(
        x[0], x[1], x[2],
        {.full = a.flag("full"), .eps = a.real("eps", 1e-6), .reduction = reduction_of(a)})};
  };
  ops["poisson_nll_loss"] = [](In x, A a) {
    return Tensors{poisson_nll_loss(
        x[0], real(x[1], x[0]),
        {.log_input = a.flag("log_input"), .full = a.flag("full"), .reduction = reduction_of(a)})};
  };
  ops["soft_margin_loss"] = [](In x, A a) {
    return Tensors{soft_margin_loss(x[0], sign(x[1], x[0]), reduction_of(a))};
  };
  ops["hinge_embedding_loss"] = [](In x, A a) {
    return Tensors{hinge_embedding_loss(x[0], sign(x[1], x[0]), a.real("margin"), reduction_of(a))};
  };
  ops["margin_ranking_loss"] = [](In x, A a) {
    return Tensors{
        margin_ranking_loss(x[0], x[1], sign(x[2], x[0]), a.real("margin"), reduction_of(a))};
  };
}

void add_similarities(DataOps& ops) {
  ops["cosine_similarity"] = [](In x, A a) {
    return Tensors{cosine_similarity(x[0], x[1], a.integer("dim"))};
  };
  ops["pairwise_distance"] = [](In x, A a) {
    return Tensors{pairwise_distance(x[0], x[1], a.real("p"), 1e-6, a.flag("keepdim"))};
  };
  ops["cdist"] = [](In x, A a) { return Tensors{cdist(x[0], x[1], a.real("p"))}; };
  ops["pdist"] = [](In x, A a) { return Tensors{pdist(x[0], a.real("p"))}; };
  ops["cosine_embedding_loss"] = [](In x, A a) {
    return Tensors{
        cosine_embedding_loss(x[0], x[1], sign(x[2], x[0]), a.real("margin"), reduction_of(a))};
  };
  ops["triplet_margin_loss"] = [](In x, A a) {
    return Tensors{triplet_margin_loss(
        x[0], x[1], x[2],
        {.p = a.real("p"), .swap = a.flag("swap"), .reduction = reduction_of(a)})};
  };
  ops["triplet_margin_with_distance_loss"] = [](In x, A a) {
    return Tensors{
        triplet_margin_with_distance_loss(x[0], x[1], x[2], {}, {.reduction = reduction_of(a)})};
  };
}

}  // namespace

void add_loss_ops(DataOps& ops) {
  add_pointwise(ops);
  add_similarities(ops);
  ops["multi_margin_loss"] = [](In x, A a) {
    return Tensors{multi_margin_loss(x[0], x[1],
                                     {.p = a.integer("p", 1),
                                      .margin = a.real("margin", 1),
                                      .weight = weight(x, 2),
                                      .reduction = reduction_of(a)})};
  };
  ops["multilabel_margin_loss"] = [](In x, A a) {
    return Tensors{multilabel_margin_loss(x[0], x[1], reduction_of(a))};
  };
  ops["multilabel_soft_margin_loss"] = [](In x, A a) {
    return Tensors{
        multilabel_soft_margin_loss(x[0], real(x[1], x[0]), weight(x, 2), reduction_of(a))};
  };
  ops["cross_entropy"] = [](In x, A a) {
    return Tensors{cross_entropy(x[0], x[1], class_options(x, a))};
  };
  ops["nll_loss"] = [](In x, A a) { return Tensors{nll_loss(x[0], x[1], class_options(x, a))}; };
  ops["ctc_loss"] = [](In x, A a) {
    const auto lengths = [&](const char* name) {
      const auto values = a.list(name);
      return from_values(values.data(), int64, {static_cast<int64_t>(values.size())},
                         {.dtype = int64, .device = x[0].device()});
    };
    return Tensors{ctc_loss(log_softmax(x[0], 2), x[1], lengths("inputs"), lengths("lengths"),
                            {.blank = a.integer("blank"),
                             .reduction = reduction_of(a),
                             .zero_infinity = a.flag("zero_infinity")})};
  };
  ops["focal_loss"] = [](In x, A a) {
    return Tensors{focal_loss(
        x[0], x[1],
        {.gamma = a.real("gamma"), .weight = weight(x, 2), .reduction = reduction_of(a)})};
  };
  ops["dice_loss"] = [](In x, A a) {
    return Tensors{dice_loss(x[0], real(x[1], x[0]),
                             {.smooth = a.real("smooth"), .reduction = reduction_of(a)})};
  };
}

}  // namespace ct::test
