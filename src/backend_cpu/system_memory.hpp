// Memory from the operating system, as tensors want it: aligned to 64 bytes, huge pages for large
// blocks, and equal large blocks not all at the same place within their pages.
#pragma once

#include <cstddef>

namespace ct::cpu {

/// At least `bytes`; null when there is no more.
void* system_allocate(size_t bytes);
/// `bytes` as given to system_allocate.
void system_free(void* block, size_t bytes) noexcept;

/// Bytes of memory in this machine.
size_t system_memory_size();

}  // namespace ct::cpu
