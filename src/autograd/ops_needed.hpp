// The tensor operations that the engine itself needs. Declared here, defined in
// src/ops/for_autograd.cpp: the tape names no op.
#pragma once

#include "customtensor/tensor.hpp"

namespace ct::autograd {

/// a + b, recorded if gradients are.
Tensor sum_of(const Tensor& a, const Tensor& b);
/// a += b in place, not recorded; same shape and dtype.
void add_in_place(const Tensor& a, const Tensor& b);
/// t as another dtype, recorded if gradients are.
Tensor converted(const Tensor& t, DType dtype);
/// Complex numbers by their parts, a last axis of size 2, and the opposite.
Tensor pairs_of(const Tensor& complex);
Tensor of_pairs(const Tensor& pairs);
/// A dense copy, recorded if gradients are.
Tensor copy_of(const Tensor& t);
/// How many elements are NaN.
int64_t count_nan(const Tensor& t);
/// All along a new first axis, recorded if gradients are.
Tensor stack_of(const Tensors& tensors);
/// Gives an outdated view its history again: a view of its base as it is now.
void refresh_view(const Tensor& view);
/// Same shape as `like`, filled.
Tensor filled_like(const Tensor& like, double value);

}  // namespace ct::autograd
