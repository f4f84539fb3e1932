// Which op runs in what under autocast: the one table, which docs/mixed_precision.md shows. Sorted
// by name. An op that is not in it takes its operands as they are, promoted as ever.
//
// A pointwise function of one program (exp, pow) needs its row here and nothing else: ops::apply
// looks it up by name. Any other op asks at its entry, see autocast.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ct::ops {

enum class Precision : uint8_t {
  lower,    ///< float16 or bfloat16, as the guard says
  float32,  ///< float32, and so is the result
  widest,   ///< the widest type among the operands
  own,      ///< the first operand's, computed in float32 inside; weights may be float32
};

struct PrecisionRow {
  std::string_view op;
  Precision precision;
};

inline constexpr std::array kPrecisions = std::to_array<PrecisionRow>({
    {"acos", Precision::float32},
    {"addmm", Precision::lower},
    {"asin", Precision::float32},
    {"baddbmm", Precision::lower},
    {"batch_norm", Precision::own},
    {"bilinear", Precision::widest},
    {"binary_cross_entropy", Precision::float32},
    {"binary_cross_entropy_with_logits", Precision::float32},
    {"bmm", Precision::lower},
    {"cdist", Precision::float32},
    {"cholesky", Precision::float32},
    {"conv1d", Precision::lower},
    {"conv2d", Precision::lower},
    {"conv3d", Precision::lower},
    {"conv_transpose1d", Precision::lower},
    {"conv_transpose2d", Precision::lower},
    {"conv_transpose3d", Precision::lower},
    {"cosh", Precision::float32},
    {"cosine_embedding_loss", Precision::float32},
    {"cosine_similarity", Precision::float32},
    {"cross_entropy", Precision::float32},
    {"ctc_loss", Precision::float32},
    {"cumprod", Precision::float32},
    {"cumsum", Precision::float32},
    {"det", Precision::float32},
    {"dice_loss", Precision::float32},
    {"dot", Precision::widest},
    {"eigh", Precision::float32},
    {"eigvalsh", Precision::float32},
    {"einsum", Precision::lower},
    {"erfinv", Precision::float32},
    {"exp", Precision::float32},
    {"expm1", Precision::float32},
    {"fft", Precision::float32},
    {"focal_loss", Precision::float32},
    {"gaussian_nll_loss", Precision::float32},
    {"grid_sample", Precision::widest},
    {"group_norm", Precision::own},
    {"gru_cell", Precision::lower},
    {"hinge_embedding_loss", Precision::float32},
    {"huber_loss", Precision::float32},
    {"index_add", Precision::widest},
    {"index_copy", Precision::widest},
    {"index_put", Precision::widest},
    {"instance_norm", Precision::own},
    {"inv", Precision::float32},
    {"kl_div", Precision::float32},
    {"l1_loss", Precision::float32},
    {"layer_norm", Precision::own},
    {"linear", Precision::lower},
    {"log", Precision::float32},
    {"log10", Precision::float32},
    {"log1p", Precision::float32},
    {"log2", Precision::float32},
    {"log_softmax", Precision::float32},
    {"logsumexp", Precision::float32},
    {"lstm_cell", Precision::lower},
    {"lstsq", Precision::float32},
    {"margin_ranking_loss", Precision::float32},
    {"matmul", Precision::lower},
    {"matrix_norm", Precision::float32},
    {"matrix_power", Precision::float32},
    {"matrix_rank", Precision::float32},
    {"mm", Precision::lower},
    {"mse_loss", Precision::float32},
    {"multi_margin_loss", Precision::float32},
    {"multilabel_margin_loss", Precision::float32},
    {"multilabel_soft_margin_loss", Precision::float32},
    {"mv", Precision::lower},
    {"nll_loss", Precision::float32},
    {"norm", Precision::float32},
    {"normalize", Precision::float32},
    {"pairwise_distance", Precision::float32},
    {"pdist", Precision::float32},
    {"pinv", Precision::float32},
    {"poisson_nll_loss", Precision::float32},
    {"pow", Precision::float32},
    {"prelu", Precision::lower},
    {"prod", Precision::float32},
    {"qr", Precision::float32},
    {"reciprocal", Precision::float32},
    {"recurrent_layer", Precision::lower},
    {"rms_norm", Precision::own},
    {"rnn_relu_cell", Precision::lower},
    {"rnn_tanh_cell", Precision::lower},
    {"rsqrt", Precision::float32},
    {"scaled_dot_product_attention", Precision::lower},
    {"scatter_add", Precision::widest},
    {"sigmoid_focal_loss", Precision::float32},
    {"sinh", Precision::float32},
    {"slogdet", Precision::float32},
    {"smooth_l1_loss", Precision::float32},
    {"soft_margin_loss", Precision::float32},
    {"softmax", Precision::float32},
    {"softplus", Precision::float32},
    {"solve", Precision::float32},
    {"solve_triangular", Precision::float32},
    {"stft", Precision::float32},
    {"sum", Precision::float32},
    {"svd", Precision::float32},
    {"svdvals", Precision::float32},
    {"tan", Precision::float32},
    {"tensordot", Precision::widest},
    {"trace", Precision::float32},
    {"triplet_margin_loss", Precision::float32},
    {"triplet_margin_with_distance_loss", Precision::float32},
    {"vector_norm", Precision::float32},
});
static_assert(std::ranges::is_sorted(kPrecisions, {}, &PrecisionRow::op));

constexpr std::optional<Precision> precision_of(std::string_view op) {
  const auto* const row = std::ranges::lower_bound(kPrecisions, op, {}, &PrecisionRow::op);
  if (row == kPrecisions.end() || row->op != op) return std::nullopt;
  return row->precision;
}

}  // namespace ct::ops
