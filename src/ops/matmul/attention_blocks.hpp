// Attention's kernel calls, block by block: a block of scores is made, turned into weights in place
// and used while it is in cache. Every device has it so, without kernels of its own. Time over that
// of the whole matrix by matmul and softmax, on cpu and on PoCL, one thread: [8,8,256,64] forward
// 0.87 and 0.82, with gradients 0.80 and 0.77; [1,8,2048,64] forward 0.58 and 0.55, which needs 12
// MiB in place of 388. Nothing here is recorded.
#pragma once

#include <array>

#include "core/tensor/tensor_impl.hpp"

namespace ct::ops {

/// What attention averages. The leading axes of the tensors broadcast to those of `scores`.
struct AttentionInputs {
  Tensor query, key, value;
  Shape scores;  ///< (batch…, L, S)

  /// A dense tensor of their dtype and device.
  Tensor make(const Shape& shape) const {
    return ct::detail::make_tensor(shape, query.dtype(), ct::detail::impl(query).backend());
  }
};

/// Writes `out`, dense, and if `weights` is defined all of them. `mask` may be undefined; a softcap
/// of 0 is none.
void attention_forward(const AttentionInputs& x, const Tensor& mask, bool causal, double scale,
                       double softcap, const Tensor& out, const Tensor& weights);

/// Gradients of query, key, value and scores where `wanted`, not yet summed over broadcast axes.
std::array<Tensor, 4> attention_backward(const AttentionInputs& x, const Tensor& weights,
                                         double scale, const Tensor& g,
                                         const std::array<bool, 4>& wanted);

}  // namespace ct::ops
