// The IDX format of MNIST and its kin: a magic number, the sizes big-endian, the values.
#pragma once

#include <filesystem>

#include "customtensor/export.hpp"
#include "customtensor/tensor.hpp"

namespace ct::data {

/// The array in an IDX file, plain or compressed by gzip: uint8, int32, float32 or float64.
///
/// Errors: IoError for a file that is missing, cut short, longer than it says, or not IDX; the
///         message names the file, what was expected and what was found
/// Source: http://yann.lecun.com/exdb/mnist
CT_API Tensor read_idx(const std::filesystem::path& path);

/// Its shape, from the head of the file alone. Errors: as above, for what is wrong there.
CT_API Shape idx_shape(const std::filesystem::path& path);

}  // namespace ct::data
