// fork() and the device: a driver's threads stay with the parent, so that a child which used what
// it has inherited would wait for ever. It is told at once instead.
#pragma once

#include <atomic>

namespace ct::opencl {

namespace detail {
extern std::atomic<bool> in_forked_child;
}

/// From here on children know that the driver was in use in their parent. Called before the first
/// call of a driver; again does nothing.
void watch_forks();

/// Whether this process was forked from one that used the driver.
inline bool forked() { return detail::in_forked_child.load(std::memory_order_relaxed); }

/// Errors: DeviceLostError if it was.
[[noreturn]] void throw_forked();
inline void check_not_forked() {
  if (forked()) [[unlikely]]
    throw_forked();
}

}  // namespace ct::opencl
