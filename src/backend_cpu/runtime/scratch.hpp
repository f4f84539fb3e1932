// Working memory of the matrix kernels: one growing buffer per thread and purpose, kept between
// calls, so that no call pays for fresh pages.
#pragma once

#include <cstddef>
#include <cstdint>

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
template <class T>
T* scratch(Scratch purpose, int64_t count) {
  return static_cast<T*>(
      detail::scratch_bytes(purpose, static_cast<size_t>(count > 0 ? count : 0) * sizeof(T)));
}

}  // namespace ct::cpu
