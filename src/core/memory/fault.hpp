// Shortage on purpose, for tests: the n-th request for a device's memory fails as if there were no
// more. Asked wherever memory is asked of the system or of a pool; what threads keep for themselves
// is switched off meanwhile by those who keep it (HostMemory::keep_lists).
#pragma once

#include <atomic>
#include <cstdint>

#include "customtensor/export.hpp"

namespace ct {

/// The n-th request from now on (from 1), of any device and thread, fails; 0: none does.
CT_API void fail_allocation(int64_t n);
/// How many requests there were since.
CT_API int64_t allocations_since();

namespace detail {
extern std::atomic<bool> allocation_fault_armed;
bool count_allocation();
}  // namespace detail

/// Whether this request is to fail.
inline bool allocation_fails() {
  return detail::allocation_fault_armed.load(std::memory_order_relaxed) &&
         detail::count_allocation();
}

}  // namespace ct
