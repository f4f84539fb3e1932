// Rotary positions.
#pragma once

#include "customtensor/tensor.hpp"

namespace ct {

/// Pairs of features turned by an angle: (a, b) becomes (a cos - b sin, b cos + a sin), one
/// pointwise program. A pair is feature i and i + R / 2 of the first R, or `interleaved` features
/// 2 i and 2 i + 1; those behind the first R stay.
///
/// Shapes:   x (..., L, D), cos and sin (L, R / 2) with R <= D -> x's
/// Errors:   ShapeError if shapes do not fit; DTypeError if the tensors are not of one floating
///           dtype, or cos and sin float32 beside a narrower x; DeviceError if devices differ;
///           AutogradError if cos or sin want gradients
/// Gradient: of x: turned back
/// Source:   arXiv:2104.09864
CT_API Tensor rotary_embedding(const Tensor& x, const Tensor& cos, const Tensor& sin,
                               bool interleaved = false);

}  // namespace ct
