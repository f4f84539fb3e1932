// Each loss module is the function of its name with the module's settings.
#include <gtest/gtest.h>

#include "customtensor/nn.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct::nn {
namespace {

constexpr auto kSum = Reduction::sum;

void same(const char* name, const Tensor& module, const Tensor& function) {
  EXPECT_TRUE(test::near(module, function, 0)) << name;
}

TEST(LossModules, AreTheirFunctionsWithTheirSettings) {
  manual_seed(6);
  const Tensor x = randn({3, 4}), y = randn({3, 4}), p = rand({3, 4}), v = rand({3, 4}) + 0.1;
  const Tensor bits = (rand({3, 4}) > 0.5).to(float32), signs = bits * 2 - 1;
  const Tensor labels = tensor({2, 0, 3}), weight = rand({4});
  same("MSELoss", MSELoss(kSum)(x, y), mse_loss(x, y, kSum));
  same("L1Loss", L1Loss(kSum)(x, y), l1_loss(x, y, kSum));
  same("SmoothL1Loss", SmoothL1Loss(kSum, 0.3)(x, y), smooth_l1_loss(x, y, kSum, 0.3));
  same("HuberLoss", HuberLoss(kSum, 0.3)(x, y), huber_loss(x, y, kSum, 0.3));
  const CrossEntropyOptions classes{.reduction = kSum, .ignore_index = 2, .weight = weight};
  same("CrossEntropyLoss", CrossEntropyLoss(classes)(x, labels), cross_entropy(x, labels, classes));
  same("NLLLoss", NLLLoss(classes)(x, labels), nll_loss(x, labels, classes));
  const BCEOptions bce{.weight = weight, .reduction = kSum};
  same("BCELoss", BCELoss(bce)(p, bits), binary_cross_entropy(p, bits, bce));
  const BCEWithLogitsOptions logits{.pos_weight = weight, .reduction = kSum};
  same("BCEWithLogitsLoss", BCEWithLogitsLoss(logits)(x, bits),
       binary_cross_entropy_with_logits(x, bits, logits));
  const FocalOptions focal{.alpha = 0.6, .gamma = 1, .reduction = kSum};
  same("SigmoidFocalLoss", SigmoidFocalLoss(focal)(x, bits), sigmoid_focal_loss(x, bits, focal));
  const KLDivOptions kl{.reduction = KLDivReduction::batchmean, .log_target = true};
  same("KLDivLoss", KLDivLoss(kl)(x, y), kl_div(x, y, kl));
  const GaussianNLLOptions gaussian{.full = true, .eps = 0.5, .reduction = kSum};
  same("GaussianNLLLoss", GaussianNLLLoss(gaussian)(x, y, v), gaussian_nll_loss(x, y, v, gaussian));
  const PoissonNLLOptions poisson{.log_input = false, .full = true, .reduction = kSum};
  same("PoissonNLLLoss", PoissonNLLLoss(poisson)(v, bits), poisson_nll_loss(v, bits, poisson));
  same("SoftMarginLoss", SoftMarginLoss(kSum)(x, signs), soft_margin_loss(x, signs, kSum));
  same("HingeEmbeddingLoss", HingeEmbeddingLoss(0.7, kSum)(x, signs),
       hinge_embedding_loss(x, signs, 0.7, kSum));
  same("MarginRankingLoss", MarginRankingLoss(0.7, kSum)(x, y, signs),
       margin_ranking_loss(x, y, signs, 0.7, kSum));
  const Tensor sign = signs.select(1, 0);
  same("CosineEmbeddingLoss", CosineEmbeddingLoss(0.2, kSum)(x, y, sign),
       cosine_embedding_loss(x, y, sign, 0.2, kSum));
  const TripletMarginOptions triplet{.margin = 2, .p = 1, .swap = true, .reduction = kSum};
  same("TripletMarginLoss", TripletMarginLoss(triplet)(x, y, v),
       triplet_margin_loss(x, y, v, triplet));
  const auto distance = [](const Tensor& a, const Tensor& b) { return (a - b).abs().sum({1}); };
  const TripletDistanceOptions by{.margin = 2, .reduction = kSum};
  same("TripletMarginWithDistanceLoss", TripletMarginWithDistanceLoss(distance, by)(x, y, v),
       triplet_margin_with_distance_loss(x, y, v, distance, by));
  const MultiMarginOptions margin{.p = 2, .margin = 0.6, .weight = weight, .reduction = kSum};
  same("MultiMarginLoss", MultiMarginLoss(margin)(x, labels), multi_margin_loss(x, labels, margin));
  const Tensor rows = tensor({{2, -1, 0, 0}, {0, 1, 3, -1}, {3, 2, 1, 0}});
  same("MultiLabelMarginLoss", MultiLabelMarginLoss(kSum)(x, rows),
       multilabel_margin_loss(x, rows, kSum));
  same("MultiLabelSoftMarginLoss", MultiLabelSoftMarginLoss(weight, kSum)(x, bits),
       multilabel_soft_margin_loss(x, bits, weight, kSum));
  const ClassFocalOptions sure{.gamma = 1, .weight = weight, .reduction = kSum};
  same("FocalLoss", FocalLoss(sure)(x, labels), focal_loss(x, labels, sure));
  const DiceOptions dice{.smooth = 0.3, .reduction = kSum};
  same("DiceLoss", DiceLoss(dice)(p, bits), dice_loss(p, bits, dice));
  const Tensor steps = log_softmax(randn({5, 3, 4}), 2), targets = tensor({{1, 2}, {3, 1}, {2, 2}});
  const Tensor times = tensor({5, 5, 4}), lengths = tensor({2, 1, 2});
  const CTCOptions ctc{.reduction = kSum, .zero_infinity = true};
  same("CTCLoss", CTCLoss(ctc)(steps, targets, times, lengths),
       ctc_loss(steps, targets, times, lengths, ctc));
  same("CosineSimilarity", CosineSimilarity(0, 0.1)(x, y), cosine_similarity(x, y, 0, 0.1));
  same("PairwiseDistance", PairwiseDistance(1, 0.1, true)(x, y),
       pairwise_distance(x, y, 1, 0.1, true));
}

}  // namespace
}  // namespace ct::nn
