// Which algorithm a product of floats takes on the CPU, and why. (Integers have plain loops,
// matmul_integer.cpp.)
#pragma once

#include <cstdint>

#include "backend_cpu/matmul/gemm.hpp"
#include "customtensor/export.hpp"

namespace ct::cpu {

enum class GemmAlgorithm : uint8_t {
  vector,  ///< one row times a matrix, which is streamed: gemm_vector.cpp
  blocks,  ///< blocks of C, operands packed: gemm.cpp
};
template <class T>
CT_API GemmAlgorithm choose_gemm(const Gemm<T>& g);

/// How the products of a batch share the threads.
enum class BatchOrder : uint8_t {
  one_by_one,    ///< each on all threads
  side_by_side,  ///< each on one thread
};
/// For `count` products, each of which gemm() cuts into `pieces`.
CT_API BatchOrder choose_order(int64_t count, int64_t pieces);

}  // namespace ct::cpu
