// The IDX format of MNIST and its kin: a magic number, the sizes big-endian, the values.
#pragma once

#include <cstdint>
#include <filesystem>

#include "customtensor/export.hpp"
#include "customtensor/tensor.hpp"

namespace ct::data {

struct IdxOptions {
  /// The largest array that is read, in bytes, at least 1. What a file declares is held against it
  /// (and against what its length can hold) before memory is taken.
  int64_t max_bytes = int64_t{4} << 30;
};

/// The array in an IDX file, plain or compressed by gzip: uint8, int32, float32 or float64.
///
/// Errors: IoError for a file that is missing, cut short, longer than it says, larger than allowed,
///         or not IDX; the message names the file, what was expected and what was found
/// Source: http://yann.lecun.com/exdb/mnist
CT_API Tensor read_idx(const std::filesystem::path& path, const IdxOptions& options = {});

/// Its shape, from the head of the file alone. Errors: as above, for what is wrong there.
CT_API Shape idx_shape(const std::filesystem::path& path);

}  // namespace ct::data
