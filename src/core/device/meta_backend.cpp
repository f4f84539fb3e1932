// MetaBackend: counts what is allocated. No family is overridden: the default of each does nothing
// on a device that holds no values.
#include "customtensor/meta_backend.hpp"

#include <algorithm>
#include <cstdint>

#include "customtensor/error.hpp"

namespace ct {

void* MetaBackend::allocate(size_t bytes) {
  const std::lock_guard lock(mutex_);
  stats_.in_use += bytes;
  stats_.peak = std::max(stats_.peak, stats_.in_use);
  // As aligned as memory would be.
  return reinterpret_cast<void*>(static_cast<uintptr_t>(++stats_.allocations) * 64);
}

void MetaBackend::deallocate(void* /*buffer*/, size_t bytes) noexcept {
  const std::lock_guard lock(mutex_);
  stats_.in_use -= bytes;
}

void MetaBackend::copy_to_host(void*, const void*, size_t, size_t) {
  throw BackendError("meta: tensors there have no values: nothing can be copied to the host");
}

MemoryStats MetaBackend::memory_stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

}  // namespace ct
