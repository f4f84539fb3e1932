// How near vectors are to one another, and losses of that.
#pragma once

#include <cstdint>
#include <functional>

#include "customtensor/ops/loss.hpp"
#include "customtensor/tensor.hpp"

namespace ct {

/// x1 · x2 / (max(|x1|, eps) max(|x2|, eps)) along `axis`; the rest broadcasts.
/// Errors: IndexError, ShapeError
/// Source: torch.nn.functional.cosine_similarity
CT_API Tensor cosine_similarity(const Tensor& x1, const Tensor& x2, int64_t axis = 1,
                                double eps = 1e-8);
/// |x1 - x2 + eps|, the norm of order p along the last axis; the rest broadcasts.
/// Errors: ShapeError
/// Source: torch.nn.functional.pairwise_distance
CT_API Tensor pairwise_distance(const Tensor& x1, const Tensor& x2, double p = 2.0,
                                double eps = 1e-6, bool keepdim = false);
/// Norms of order p of the differences of all rows of x1 with all rows of x2. Those of order 2 by a
/// matrix product where there are more than 25 rows, as |a|² + |b|² - 2 a · b.
///
/// Shapes:   x1 (..., m, d), x2 (..., n, d) -> (..., m, n)
/// Errors:   ShapeError; ValueError if p < 0
/// Gradient: 0 where a distance is 0
/// Source:   torch.cdist
CT_API Tensor cdist(const Tensor& x1, const Tensor& x2, double p = 2.0);
/// Norms of order p of the differences of all pairs i < j of rows, in the order of j within i.
/// Shapes: x (n, d) -> (n (n - 1) / 2)
/// Errors: ShapeError, ValueError
/// Source: torch.nn.functional.pdist
CT_API Tensor pdist(const Tensor& x, double p = 2.0);

/// 1 - cos(x1, x2) where target is 1, max(0, cos(x1, x2) - margin) where it is -1.
/// Shapes: x1, x2 (n, d) and target (n), or (d) and ()
/// Errors: ShapeError
/// Source: torch.nn.functional.cosine_embedding_loss
CT_API Tensor cosine_embedding_loss(const Tensor& x1, const Tensor& x2, const Tensor& target,
                                    double margin = 0.0, Reduction reduction = Reduction::mean);

struct TripletMarginOptions {
  double margin = 1.0;  ///< > 0
  double p = 2.0;       ///< order of the norm
  double eps = 1e-6;    ///< added to differences
  bool swap = false;    ///< take the positive's distance to the negative if that is less
  Reduction reduction = Reduction::mean;
};
/// max(0, |anchor - positive| - |anchor - negative| + margin), by pairwise_distance.
/// Shapes: all (n, d) or (d)
/// Errors: ShapeError; ValueError unless margin > 0
/// Source: torch.nn.functional.triplet_margin_loss, V. Balntas et al., BMVC 2016
CT_API Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive,
                                  const Tensor& negative, const TripletMarginOptions& options = {});

/// Distances of the rows of two tensors, not negative.
using DistanceFunction = std::function<Tensor(const Tensor&, const Tensor&)>;
struct TripletDistanceOptions {
  double margin = 1.0;  ///< > 0
  bool swap = false;
  Reduction reduction = Reduction::mean;
};
/// The same by any distance; an empty one is pairwise_distance.
CT_API Tensor triplet_margin_with_distance_loss(const Tensor& anchor, const Tensor& positive,
                                                const Tensor& negative,
                                                const DistanceFunction& distance = {},
                                                const TripletDistanceOptions& options = {});

}  // namespace ct
