// Matrix products of int32, int64, uint8 and bool: a plain loop, any strides.
#pragma once

#include "customtensor/backend.hpp"

namespace ct::cpu {

/// Sums modulo 2^64, then modulo the type's size; bool: whether any product is true.
void matmul_integer(const MatmulArgs& args);

}  // namespace ct::cpu
