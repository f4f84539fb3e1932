// Which algorithm a convolution takes on the CPU, and why.
#pragma once

#include <cstdint>

#include "backend_cpu/conv/conv_gemm.hpp"
#include "customtensor/backend.hpp"
#include "customtensor/export.hpp"

namespace ct::cpu {

enum class ConvAlgorithm : uint8_t {
  nothing,    ///< no product enters the result: it is the bias, or zero
  integer,    ///< plain loops: conv_integer.cpp
  depthwise,  ///< plane by plane: conv_depthwise.cpp
  winograd,   ///< by transforms: conv_winograd.cpp, conv_winograd_grad_weight.cpp
  product,    ///< implicit matrix products: conv_product.cpp, conv_grad_weight.cpp
};

CT_API ConvAlgorithm choose_conv(const ConvSizes& sizes, Pass pass, DType compute);

/// Whether a product of `m` outputs, on a grid with rows of `columns`, reads what it multiplies
/// where it lies, instead of packing it.
CT_API bool product_of_few_outputs(int64_t m, int64_t columns, int64_t lanes);

}  // namespace ct::cpu
