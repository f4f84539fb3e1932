// Losses of similarities, as modules: the work is done by the functions of ops/similarity.hpp.
#include "customtensor/nn/loss/cosine_embedding_loss.hpp"
#include "customtensor/nn/loss/cosine_similarity.hpp"
#include "customtensor/nn/loss/pairwise_distance.hpp"
#include "customtensor/nn/loss/triplet_margin_loss.hpp"
#include "customtensor/nn/loss/triplet_margin_with_distance_loss.hpp"

namespace ct::nn {

Tensor CosineEmbeddingLoss::operator()(const Tensor& x1, const Tensor& x2,
                                       const Tensor& target) const {
  return ct::cosine_embedding_loss(x1, x2, target, margin_, reduction_);
}
Tensor TripletMarginLoss::operator()(const Tensor& anchor, const Tensor& positive,
                                     const Tensor& negative) const {
  return ct::triplet_margin_loss(anchor, positive, negative, options_);
}
Tensor TripletMarginWithDistanceLoss::operator()(const Tensor& anchor, const Tensor& positive,
                                                 const Tensor& negative) const {
  return ct::triplet_margin_with_distance_loss(anchor, positive, negative, distance_, options_);
}
Tensor CosineSimilarity::operator()(const Tensor& x1, const Tensor& x2) const {
  return ct::cosine_similarity(x1, x2, axis_, eps_);
}
Tensor PairwiseDistance::operator()(const Tensor& x1, const Tensor& x2) const {
  return ct::pairwise_distance(x1, x2, p_, eps_, keepdim_);
}

}  // namespace ct::nn
