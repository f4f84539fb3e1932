// Working memory of the matrix kernels: one growing buffer per thread and purpose, kept between
// calls, so that no call pays for fresh pages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "customtensor/export.hpp"

namespace ct::cpu {

/// What a buffer is for. `shared_…` belong to the thread that runs the call and are read by all,
/// the others to the thread that runs a piece.
enum class Scratch {
  shared_a,
  shared_b,
  shared_sums,
  shared_table,
  block_a,
  block_b,
  block_c,
  image,
  table,
};
inline constexpr int kScratchCount = static_cast<int>(Scratch::table) + 1;

namespace detail {
void* scratch_bytes(Scratch purpose, size_t bytes);
}

/// At least `count` elements (and 64 bytes to write over the end), aligned to 64 bytes. Valid until
/// this thread asks for the same purpose again; contents undefined but initialised.
/// Errors: OutOfMemoryError
template <class T>
T* scratch(Scratch purpose, int64_t count) {
  constexpr size_t kMost = std::numeric_limits<size_t>::max() / 2;  // more than there ever is
  const auto n = static_cast<size_t>(count > 0 ? count : 0);
  return static_cast<T*>(
      detail::scratch_bytes(purpose, n > kMost / sizeof(T) ? kMost : n * sizeof(T)));
}

/// For tests: gives back the buffers of all threads, while no kernel runs.
CT_API void release_scratch();

}  // namespace ct::cpu
