// Copies that other ops use below the tape.
#pragma once

#include "core/tensor/tensor_impl.hpp"

namespace ct::ops {

/// A dense copy in `dtype`, not recorded.
Tensor dense_copy(const Tensor& t, DType dtype);
/// `t` itself if it is dense, else a dense copy; not recorded.
inline Tensor dense(const Tensor& t) {
  return ct::detail::impl(t).contiguous ? t : dense_copy(t, ct::detail::impl(t).dtype);
}

}  // namespace ct::ops
