// Views by strides, as linear maps between tensors: a base's elements as a view shows them, and the
// transpose, which puts a view's values into zeros. Both are recorded with the other as their
// gradient. The common case, a dense base and a view without overlap, is a plain one; anything else
// goes by the elements' numbers.
#pragma once

#include "customtensor/tensor.hpp"

namespace ct::ops {

/// Where a tensor's elements lie in its storage.
struct Layout {
  Shape shape;
  Strides strides;
  int64_t offset;
};
Layout layout_of(const Tensor& t);

/// Whether elements may share memory: never wrong when it says no.
bool may_overlap(const Layout& layout);

/// `x`, of base's shape, as seen through `view`.
Tensor strided_view(const Tensor& x, const Layout& base, const Layout& view);
/// Zeros of base's shape plus `g` where `view` looks; divided by how many elements of the base
/// share a place, if any do.
Tensor strided_embed(const Tensor& g, const Layout& base, const Layout& view);
/// `x`, of base's shape, with zeros where `view` looks.
Tensor strided_clear(const Tensor& x, const Layout& base, const Layout& view);

}  // namespace ct::ops
