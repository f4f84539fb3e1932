// Memory from the operating system, as tensors want it: aligned to 64 bytes, and huge pages for
// large blocks.
#pragma once

#include <cstddef>

namespace ct {

/// At least `bytes`, from 2 MiB on a multiple of 4 KiB; null when there is no more.
void* system_allocate(size_t bytes);
/// `bytes` as given to system_allocate.
void system_free(void* block, size_t bytes) noexcept;

/// Bytes of memory in this machine.
size_t system_memory_size();

}  // namespace ct
