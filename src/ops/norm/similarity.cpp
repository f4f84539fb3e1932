// Similarities and distances of vectors: sums of programs, so that no array of differences is made
// but where a norm is neither a sum nor a product.
#include "customtensor/ops/similarity.hpp"

#include <fmt/format.h>

#include <cmath>

#include "core/view/sizes.hpp"
#include "customtensor/error.hpp"
#include "customtensor/linalg.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/indexing.hpp"
#include "customtensor/ops/matmul.hpp"
#include "customtensor/ops/reduce.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/autocast.hpp"
#include "ops/norm/loss_reduce.hpp"
#include "ops/pointwise/pointwise_ops.hpp"
#include "ops/pointwise/wide.hpp"
#include "ops/reduce/reduce.hpp"

namespace ct {

namespace {

using Builder = PointwiseBuilder;
using Value = PointwiseValue;
using ops::check_same_shape;
using ops::make_program;

const ProgramPtr& product() {
  static const ProgramPtr program =
      make_program("dot", 2, 0, [](Builder& b) { return b.input(0) * b.input(1); });
  return program;
}
const ProgramPtr& squared() {
  static const ProgramPtr program =
      make_program("dot", 1, 0, [](Builder& b) { return b.input(0) * b.input(0); });
  return program;
}
Tensor dot(const Tensor& a, const Tensor& b, uint32_t mask) {
  const Tensor* inputs[] = {&a, &b};
  return ops::sum_of_program("dot", product(), inputs, {}, mask, false, 1.0);
}
Tensor square_sum(const Tensor& a, uint32_t mask) {
  const Tensor* inputs[] = {&a};
  return ops::sum_of_program("dot", squared(), inputs, {}, mask, false, 1.0);
}

void check_floating_pair(const char* op, const Tensor& a, const Tensor& b) {
  detail::check_defined(a, op, "x1");
  detail::check_defined(b, op, "x2");
  detail::check_same_device(a, b, op);
  ops::check_floating(op, a);
  ops::check_floating(op, b);
}

void check_order(const char* op, double p) {
  if (p >= 0.0) return;
  throw ValueError(fmt::format("{}: p must not be negative: {}", op, p));
}

void check_triplet(const char* op, const Tensor& anchor, const Tensor& positive,
                   const Tensor& negative, double margin) {
  check_same_shape(op, anchor, positive);
  check_same_shape(op, anchor, negative);
  if (!(margin > 0.0)) throw ValueError(fmt::format("{}: margin must be positive: {}", op, margin));
}

Tensor triplet(const char* op, const Tensor& anchor, const Tensor& positive, const Tensor& negative,
               const DistanceFunction& distance, const TripletDistanceOptions& options) {
  const Tensor a = ops::wide(anchor), p = ops::wide(positive), n = ops::wide(negative);
  const Tensor near = distance(a, p);
  Tensor far = distance(a, n);
  static const ProgramPtr least = make_program(
      "minimum", 2, 0, [](Builder& b) { return b.apply(Opcode::minimum, b.input(0), b.input(1)); });
  if (options.swap) {
    const Tensor other = distance(p, n);
    far = ops::apply("minimum", least, {&far, &other});
  }
  static const ProgramPtr program = make_program("triplet_margin_loss", 2, 1, [](Builder& b) {
    const Value v = b.input(0) - b.input(1) + b.scalar(0);
    return b.apply(Opcode::select, b.apply(Opcode::gt, v, 0.0), v, 0.0);
  });
  return ops::pointwise_loss(op, program, {&near, &far}, {options.margin}, options.reduction)
      .to(anchor.dtype());
}

}  // namespace

Tensor cosine_similarity(const Tensor& x1, const Tensor& x2, int64_t axis, double eps) {
  if (const ops::Autocast cast{"cosine_similarity"}) {
    return cosine_similarity(cast(x1), cast(x2), axis, eps);
  }
  check_floating_pair("cosine_similarity", x1, x2);
  const Shape shape = broadcast_shapes(x1.shape(), x2.shape(), "cosine_similarity");
  const int at = normalize_axis(axis, shape.rank(), "cosine_similarity");
  const Tensor a = ops::wide(x1).expand(shape), b = ops::wide(x2).expand(shape);
  const uint32_t mask = 1U << at;
  const Tensor ab = dot(a, b, mask), aa = square_sum(a, mask), bb = square_sum(b, mask);
  // The roots are limited from below one by one; below the limit a root has no slope.
  static const ProgramPtr program = make_program("cosine_similarity", 3, 1, [](Builder& builder) {
    const auto length = [&](Value square) {
      const Value least = builder.scalar(0) * builder.scalar(0);
      const Value small = builder.apply(Opcode::le, square, least);
      return builder.apply(
          Opcode::select, small, builder.scalar(0),
          builder.apply(Opcode::sqrt, builder.apply(Opcode::select, small, 1.0, square)));
    };
    return builder.input(0) / (length(builder.input(1)) * length(builder.input(2)));
  });
  return ops::apply("cosine_similarity", program, {&ab, &aa, &bb}, {eps})
      .to(promote_types(x1.dtype(), x2.dtype()));
}

Tensor pairwise_distance(const Tensor& x1, const Tensor& x2, double p, double eps, bool keepdim) {
  if (const ops::Autocast cast{"pairwise_distance"}) {
    return pairwise_distance(cast(x1), cast(x2), p, eps, keepdim);
  }
  check_floating_pair("pairwise_distance", x1, x2);
  static const ProgramPtr program = make_program(
      "pairwise_distance", 2, 1, [](Builder& b) { return b.input(0) - b.input(1) + b.scalar(0); });
  const Tensor a = ops::wide(x1), b = ops::wide(x2);
  const Tensor difference = ops::apply("pairwise_distance", program, {&a, &b}, {eps});
  return linalg::vector_norm(difference, p, {-1}, keepdim)
      .to(promote_types(x1.dtype(), x2.dtype()));
}

Tensor cdist(const Tensor& x1, const Tensor& x2, double p) {
  if (const ops::Autocast cast{"cdist"}) return cdist(cast(x1), cast(x2), p);
  check_floating_pair("cdist", x1, x2);
  check_order("cdist", p);
  if (x1.dim() < 2 || x2.dim() < 2 || x1.size(-1) != x2.size(-1)) {
    throw ShapeError(
        fmt::format("cdist: x1 must be (..., m, d) and x2 (..., n, d) with one d: {} and {}",
                    to_string(x1.shape()), to_string(x2.shape())));
  }
  const DType dtype = promote_types(x1.dtype(), x2.dtype());
  const Tensor a = ops::wide(x1).unsqueeze(-2), b = ops::wide(x2).unsqueeze(-3);
  if (p != 2.0 || (x1.size(-2) <= 25 && x2.size(-2) <= 25)) {
    return linalg::vector_norm(a - b, p, {-1}).to(dtype);
  }
  const Tensor wide1 = ops::wide(x1), wide2 = ops::wide(x2);
  const uint32_t last1 = 1U << (wide1.dim() - 1), last2 = 1U << (wide2.dim() - 1);
  const Tensor aa = square_sum(wide1, last1).unsqueeze(-1);
  const Tensor bb = square_sum(wide2, last2).unsqueeze(-2);
  const Tensor ab = matmul(wide1, wide2.transpose(-2, -1));
  // Rounding may leave a little less than nothing; a distance of 0 has no slope.
  static const ProgramPtr program = make_program("cdist", 3, 0, [](Builder& builder) {
    const Value square = builder.input(0) + builder.input(1) - 2.0 * builder.input(2);
    const Value some = builder.apply(Opcode::gt, square, 0.0);
    return builder.apply(
        Opcode::select, some,
        builder.apply(Opcode::sqrt, builder.apply(Opcode::select, some, square, 1.0)), 0.0);
  });
  return ops::apply("cdist", program, {&aa, &bb, &ab}).to(dtype);
}

Tensor pdist(const Tensor& x, double p) {
  if (const ops::Autocast cast{"pdist"}) return pdist(cast(x), p);
  detail::check_defined(x, "pdist", "x");
  ops::check_floating("pdist", x);
  check_order("pdist", p);
  if (x.dim() != 2) {
    throw ShapeError(fmt::format("pdist: x must be (n, d): {}", to_string(x.shape())));
  }
  const int64_t n = x.size(0);
  std::vector<int64_t> first, second;
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = i + 1; j < n; ++j) {
      first.push_back(i);
      second.push_back(j);
    }
  }
  const auto count = static_cast<int64_t>(first.size());
  const Tensor all = ops::wide(x);
  const auto rows = [&](const std::vector<int64_t>& places) {
    return index_select(
        all, 0, from_values(places.data(), int64, {count}, {.dtype = int64, .device = x.device()}));
  };
  return pairwise_distance(rows(first), rows(second), p, 0.0).to(x.dtype());
}

Tensor cosine_embedding_loss(const Tensor& x1, const Tensor& x2, const Tensor& target,
                             double margin, Reduction reduction) {
  if (const ops::Autocast cast{"cosine_embedding_loss"}) {
    return cosine_embedding_loss(cast(x1), cast(x2), cast(target), margin, reduction);
  }
  check_same_shape("cosine_embedding_loss", x1, x2);
  detail::check_defined(target, "cosine_embedding_loss", "target");
  const bool fits = (x1.dim() == 2 && target.shape() == Shape{x1.size(0)}) ||
                    (x1.dim() == 1 && target.dim() == 0);
  if (!fits) {
    throw ShapeError(fmt::format(
        "cosine_embedding_loss: x1, x2 {} and target {} must be (n, d), (n, d) and (n), or (d), "
        "(d) and ()",
        to_string(x1.shape()), to_string(target.shape())));
  }
  const uint32_t last = 1U << (x1.dim() - 1);
  const Tensor a = ops::wide(x1), b = ops::wide(x2);
  const Tensor ab = dot(a, b, last), aa = square_sum(a, last), bb = square_sum(b, last);
  static const ProgramPtr program = make_program("cosine_embedding_loss", 4, 1, [](Builder& b) {
    const Value t = b.input(3);
    const Value squares = (b.input(1) + 1e-12) * (b.input(2) + 1e-12);
    const Value cosine = b.input(0) * b.apply(Opcode::rsqrt, squares);
    const Value apart = b.apply(Opcode::relu, cosine - b.scalar(0));
    return b.apply(Opcode::select, b.apply(Opcode::eq, t, 1.0), 1.0 - cosine,
                   b.apply(Opcode::select, b.apply(Opcode::eq, t, -1.0), apart, 0.0));
  });
  return ops::pointwise_loss("cosine_embedding_loss", program, {&ab, &aa, &bb, &target}, {margin},
                             reduction)
      .to(x1.dtype());
}

Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                           const TripletMarginOptions& options) {
  if (const ops::Autocast cast{"triplet_margin_loss"}) {
    return triplet_margin_loss(cast(anchor), cast(positive), cast(negative), options);
  }
  check_triplet("triplet_margin_loss", anchor, positive, negative, options.margin);
  const auto distance = [&](const Tensor& a, const Tensor& b) {
    return pairwise_distance(a, b, options.p, options.eps);
  };
  return triplet("triplet_margin_loss", anchor, positive, negative, distance,
                 {.margin = options.margin, .swap = options.swap, .reduction = options.reduction});
}

Tensor triplet_margin_with_distance_loss(const Tensor& anchor, const Tensor& positive,
                                         const Tensor& negative, const DistanceFunction& distance,
                                         const TripletDistanceOptions& options) {
  if (const ops::Autocast cast{"triplet_margin_with_distance_loss"}) {
    return triplet_margin_with_distance_loss(cast(anchor), cast(positive), cast(negative), distance,
                                             options);
  }
  constexpr const char* kName = "triplet_margin_with_distance_loss";
  check_triplet(kName, anchor, positive, negative, options.margin);
  const auto pairwise = [](const Tensor& a, const Tensor& b) { return pairwise_distance(a, b); };
  return triplet(kName, anchor, positive, negative,
                 distance ? distance : DistanceFunction(pairwise), options);
}

}  // namespace ct
