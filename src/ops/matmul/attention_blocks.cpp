// See attention_blocks.hpp.
#include "ops/matmul/attention_blocks.hpp"

#include <algorithm>
#include <limits>

#include "core/view/strided.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "ops/pointwise/pointwise_ops.hpp"

namespace ct::ops {

using ct::detail::impl;

namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();
/// Scores of a block. A quarter leaves too few products for two threads (forward 1.25 times the
/// time at [8,8,256,64]), eight times as many leave the cache (PoCL, with gradients: 1.15 times).
constexpr int64_t kBlockScores = 1 << 20;
/// Queries of a block where the keys are many: fewer make slow products.
constexpr int64_t kLeastRows = 64;

// ---- Blocks -------------------------------------------------------------------------------------

/// A box of the scores (batch…, L, S): a range of each axis but the last.
struct Block {
  Dims first, count;
};

/// Calls fn(block) on blocks that make up (batch…, L) together, in order; only the first
/// `splittable` axes are split.
template <class F>
void for_blocks(const Shape& rows, int64_t keys, int splittable, const F& fn) {
  Block block{Dims::filled(rows.rank(), 0), rows};
  int axis = rows.rank() - 1;
  int64_t inner = keys;  // scores behind one place of `axis`
  while (axis >= 0 && (axis >= splittable || inner * rows[axis] <= kBlockScores))
    inner *= rows[axis--];
  if (axis < 0) {
    fn(block);
    return;
  }
  const int64_t least = axis == rows.rank() - 1 ? kLeastRows : 1;
  const int64_t step = std::max(least, kBlockScores / std::max<int64_t>(1, inner));
  int64_t outer = 1;
  for (int i = 0; i < axis; ++i) {
    outer *= rows[i];
    block.count[i] = 1;
  }
  for (int64_t o = 0; o < outer; ++o) {
    int64_t rest = o;
    for (int i = axis - 1; i >= 0; --i) {
      block.first[i] = rest % rows[i];
      rest /= rows[i];
    }
    for (int64_t at = 0; at < rows[axis]; at += step) {
      block.first[axis] = at;
      block.count[axis] = std::min(step, rows[axis] - at);
      fn(block);
    }
  }
}

/// `view` on the ranges of the block's first `axes` axes.
TensorView part_of(TensorView view, const Block& block, int axes) {
  for (int i = 0; i < axes; ++i) narrow_axis(view, i, block.first[i], block.count[i]);
  return view;
}

TensorView transposed(TensorView view) {
  const int rank = view.shape.rank();
  std::swap(view.shape[rank - 2], view.shape[rank - 1]);
  std::swap(view.strides[rank - 2], view.strides[rank - 1]);
  return view;
}

TensorView first_of(TensorView view, int axis, int64_t count) {
  view.shape[axis] = count;
  return view;
}

TensorView expanded(const Tensor& t, const Shape& shape) {
  const Operand o = broadcast_operand(t, shape);
  return {o.buffer, o.offset, o.dtype, shape, o.strides};
}

/// (batch…, sizes of t's last two axes)
Shape with_batch(const Shape& scores, const Tensor& t) {
  Shape shape = scores;
  shape[shape.rank() - 2] = t.size(-2);
  shape[shape.rank() - 1] = t.size(-1);
  return shape;
}

/// (batch…, L)
Shape rows_of(const Shape& scores) {
  Shape shape = scores;
  shape.resize(shape.rank() - 1);
  return shape;
}

// ---- What happens to a block of scores before softmax ----------------------------------------

/// What masks: nothing, a bool mask, numbers, the places of query and key.
enum class MaskKind : uint8_t { none, keep, added, causal };

/// The mask's program; with a cap, the scalar, that first.
const ProgramPtr& score_program(MaskKind kind, bool capped) {
  static const auto programs = [] {
    std::array<std::array<ProgramPtr, 2>, 4> made;
    for (int k = 0; k < 4; ++k) {
      for (int c = 0; c < 2; ++c) {
        const auto mask = static_cast<MaskKind>(k);
        const int inputs = mask == MaskKind::none ? 1 : mask == MaskKind::causal ? 3 : 2;
        made[static_cast<size_t>(k)][static_cast<size_t>(c)] =
            make_program("mask_scores", inputs, c, [&](PointwiseBuilder& b) {
              const auto s = c == 1 ? b.scalar(0) * b.apply(Opcode::tanh, b.input(0) / b.scalar(0))
                                    : b.input(0);
              if (mask == MaskKind::none) return s;
              if (mask == MaskKind::added) return s + b.input(1);
              const auto kept =
                  mask == MaskKind::keep ? b.input(1) : b.apply(Opcode::le, b.input(2), b.input(1));
              return b.apply(Opcode::select, kept, s, b.constant(kNever));
            });
      }
    }
    return made;
  }();
  return programs[static_cast<size_t>(kind)][capped ? 1 : 0];
}
const ProgramPtr& scale_program() {
  static const ProgramPtr program =
      make_program("scale", 1, 1, [](PointwiseBuilder& b) { return b.input(0) * b.scalar(0); });
  return program;
}

/// The mask, as what a product does with its result. A causal one is made of the places.
class Masking {
 public:
  Masking(const Tensor& mask, bool causal, double softcap, const Tensor& like, const Shape& scores)
      : causal_(causal), capped_(softcap != 0.0), cap_(softcap) {
    MaskKind kind = MaskKind::none;
    if (mask.defined()) {
      kind = mask.dtype() == bool_ ? MaskKind::keep : MaskKind::added;
      views_[count_++] = expanded(mask, scores);
    } else if (causal) {
      kind = MaskKind::causal;
      const int64_t queries = scores[scores.rank() - 2];
      places_ = arange(std::max(queries, scores.back()), {.dtype = int32, .device = like.device()});
      views_[count_++] = expanded(places_.narrow(0, 0, queries).unsqueeze(1), scores);
      views_[count_++] = expanded(places_.narrow(0, 0, scores.back()), scores);
    }
    if (kind != MaskKind::none || capped_) program_ = score_program(kind, capped_).get();
  }

  /// How many keys the block's queries attend to at most.
  int64_t keys(const Block& block, int64_t all) const {
    return causal_ ? std::min(all, block.first.back() + block.count.back()) : all;
  }
  /// Valid until the next call.
  Epilogue on(const Block& block, int64_t keys) {
    for (size_t i = 0; i < count_; ++i) {
      const int rank = views_[i].shape.rank();
      parts_[i] = first_of(part_of(views_[i], block, rank - 1), rank - 1, keys);
    }
    return {program_, std::span(parts_).first(count_), std::span(&cap_, capped_ ? 1 : 0)};
  }

 private:
  bool causal_, capped_;
  Scalar cap_;
  const PointwiseProgram* program_ = nullptr;
  Tensor places_;
  std::array<TensorView, 2> views_, parts_;
  size_t count_ = 0;
};

}  // namespace

void attention_forward(const AttentionInputs& x, const Tensor& mask, bool causal, double scale,
                       double softcap, const Tensor& out, const Tensor& weights) {
  const NoGradGuard off;
  Masking masking(mask, causal, softcap, x.query, x.scores);
  const Kernels kernels = impl(x.query).kernels();
  const int rank = x.scores.rank();
  const int batch = rank - 2;
  const Tensor queries = scale == 1.0 ? x.query : x.query * scale;
  const auto view = [&](const Tensor& t) { return expanded(t, with_batch(x.scores, t)); };
  const TensorView query = view(queries), key = view(x.key), value = view(x.value),
                   result = ct::detail::view_of(out);
  for_blocks(rows_of(x.scores), x.scores.back(), rank - 1, [&](const Block& block) {
    const bool keep = weights.defined();
    const int64_t keys = keep ? x.scores.back() : masking.keys(block, x.scores.back());
    Shape shape = block.count;
    shape.push_back(keys);
    const Tensor scratch = keep ? Tensor() : x.make(shape);
    const TensorView scores = keep ? part_of(ct::detail::view_of(weights), block, rank - 1)
                                   : ct::detail::view_of(scratch);
    kernels.matmul({.a = part_of(query, block, rank - 1),
                    .b = transposed(first_of(part_of(key, block, batch), batch, keys)),
                    .out = scores,
                    .bias = {},
                    .epilogue = masking.on(block, keys)});
    kernels.softmax_forward({.log = false, .axis = rank - 1, .x = scores, .y = scores});
    kernels.matmul({.a = scores,
                    .b = first_of(part_of(value, block, batch), batch, keys),
                    .out = part_of(result, block, rank - 1),
                    .bias = {},
                    .epilogue = {}});
  });
}

std::array<Tensor, 4> attention_backward(const AttentionInputs& x, const Tensor& weights,
                                         double scale, const Tensor& g,
                                         const std::array<bool, 4>& wanted) {
  const Kernels kernels = impl(x.query).kernels();
  const int rank = x.scores.rank();
  const int batch = rank - 2;
  std::array<Tensor, 4> d;
  for (size_t i = 0; i < 3; ++i) {
    const Tensor& t = i == 0 ? x.query : i == 1 ? x.key : x.value;
    if (wanted[i]) d[i] = x.make(with_batch(x.scores, t));
  }
  if (wanted[3]) d[3] = x.make(x.scores);
  const auto view = [&](const Tensor& t) { return expanded(t, with_batch(x.scores, t)); };
  const TensorView query = view(x.query), key = view(x.key), value = view(x.value),
                   grad_out = view(g), all = ct::detail::view_of(weights);
  const Scalar factors[] = {scale};
  const Epilogue scaling{scale_program().get(), {}, factors};
  // A block holds all queries of its keys, whose gradients sum over them.
  for_blocks(rows_of(x.scores), x.scores.back(), batch, [&](const Block& block) {
    const auto part = [&](const TensorView& view) { return part_of(view, block, batch); };
    const auto own = [&](const Tensor& t) { return part(ct::detail::view_of(t)); };
    if (wanted[2]) {
      kernels.matmul({.a = transposed(part(all)),
                      .b = part(grad_out),
                      .out = own(d[2]),
                      .bias = {},
                      .epilogue = {}});
    }
    if (!wanted[0] && !wanted[1] && !wanted[3]) return;
    Shape shape = block.count;
    shape.push_back(x.scores.back());
    const Tensor scratch = wanted[3] ? Tensor() : x.make(shape);
    const TensorView scores = wanted[3] ? own(d[3]) : ct::detail::view_of(scratch);
    kernels.matmul({.a = part(grad_out),
                    .b = transposed(part(value)),
                    .out = scores,
                    .bias = {},
                    .epilogue = {}});
    kernels.softmax_backward(
        {.log = false, .axis = rank - 1, .y = part(all), .grad_y = scores, .grad_x = scores});
    if (wanted[0]) {
      kernels.matmul(
          {.a = scores, .b = part(key), .out = own(d[0]), .bias = {}, .epilogue = scaling});
    }
    if (wanted[1]) {
      kernels.matmul({.a = transposed(scores),
                      .b = part(query),
                      .out = own(d[1]),
                      .bias = {},
                      .epilogue = scaling});
    }
  });
  return d;
}

}  // namespace ct::ops
