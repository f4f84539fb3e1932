// Which algorithm a matrix product takes on an OpenCL device, and why.
#pragma once

#include <cstdint>

#include "backend_opencl/device/profile.hpp"
#include "backend_opencl/matmul/gemm.hpp"
#include "customtensor/backend.hpp"
#include "customtensor/export.hpp"

namespace ct::opencl {

enum class MatmulAlgorithm : uint8_t {
  clblast,
  // A matrix and few vectors (matvec.cl):
  vector_rows,     ///< rows of the matrix are read along
  vector_columns,  ///< multiples of its columns are added up
  // Two matrices, on GPUs:
  tiles,  ///< of local memory (matmul_tiles.cl)
  // Two matrices, on CPUs:
  packed,         ///< both operands in panels (matmul_packed.cl)
  direct,         ///< neither (matmul_direct.cl)
  direct_packed,  ///< B alone
};

CT_API MatmulAlgorithm choose_matmul(const MatmulArgs& args, const Profile& profile,
                                     const GemmChoices& choices);
/// Among our own.
CT_API MatmulAlgorithm choose_own_matmul(const MatmulArgs& args, const Profile& profile);

}  // namespace ct::opencl
