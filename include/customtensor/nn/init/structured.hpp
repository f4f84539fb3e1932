// Initial values with a structure, written in place and unrecorded; those that are drawn one by one
// are in nn/init.hpp.
#pragma once

#include <cstdint>

#include "customtensor/random.hpp"
#include "customtensor/tensor.hpp"

namespace ct::nn::init {

/// The identity: a linear layer that passes its input on. Errors: ShapeError unless t is a matrix.
CT_API Tensor eye_(Tensor t);
/// A convolution that passes its channels on, as many as there are: 1 in the middle of the filter
/// of output i for input i, in each of `groups` groups of outputs. Errors: ShapeError unless t is
/// (out, in, k…) with one to three k; ValueError unless groups divide out
CT_API Tensor dirac_(Tensor t, int64_t groups = 1);
/// (Semi-)orthogonal: rows or columns, whichever are fewer, of length gain at right angles; t seen
/// as (size 0, the rest).
/// Errors: ShapeError below two axes. Source: arXiv:1312.6120
CT_API Tensor orthogonal_(Tensor t, double gain = 1.0, Generator* generator = nullptr);
/// Normal with `deviation`, but in each column a share `sparsity` of the rows, drawn, is 0.
/// Errors: ShapeError unless t is a matrix; ValueError unless sparsity is in [0, 1]
/// Source: J. Martens, "Deep learning via Hessian-free optimization", ICML 2010
CT_API Tensor sparse_(Tensor t, double sparsity, double deviation = 0.01,
                      Generator* generator = nullptr);

}  // namespace ct::nn::init
