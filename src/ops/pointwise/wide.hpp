// float16 and bfloat16 are types to store in, not to compute in. A kernel rounds to them once, at
// its end; what is made of several kernels must not do so in between, where a square of 300 is
// infinite and one part in 70000 is 0. It works on wide() inputs and rounds its result, forward by
// .to(dtype), backward by leaving it wide: the engine rounds each gradient to its tensor's dtype.
#pragma once

#include "core/tensor/tensor_impl.hpp"

namespace ct::ops {

/// Whether arithmetic on this type is done in another one.
constexpr bool is_narrow(DType dtype) { return is_floating(dtype) && compute_type(dtype) != dtype; }
inline bool is_narrow(const Tensor& t) { return is_narrow(ct::detail::impl(t).dtype); }

/// t, recorded, in the type that its arithmetic is done in: itself if that is its own, or if it is
/// undefined or not floating.
inline Tensor wide(const Tensor& t) {
  return t.defined() && is_narrow(t) ? t.to(compute_type(t.dtype())) : t;
}

}  // namespace ct::ops
