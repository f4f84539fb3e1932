// Views that other ops make.
#pragma once

#include "customtensor/tensor.hpp"

namespace ct::ops {

/// The same elements in the same order under another shape, as the op `name`.
Tensor reshaped_view(const char* name, const Tensor& t, const Shape& shape, const Strides& strides);

}  // namespace ct::ops
