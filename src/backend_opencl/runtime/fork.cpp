// See fork.hpp. A handler of the system's, not a comparison of process numbers: the check is a
// load, and a child of the child is told as well.
#include "backend_opencl/runtime/fork.hpp"

#include <pthread.h>

#include "customtensor/error.hpp"

namespace ct::opencl {

constinit std::atomic<bool> detail::in_forked_child{false};

void watch_forks() {
  static const bool watching = [] {
    ::pthread_atfork(nullptr, nullptr,
                     [] { detail::in_forked_child.store(true, std::memory_order_relaxed); });
    return true;
  }();
  static_cast<void>(watching);
}

void throw_forked() {
  throw DeviceLostError(
      "custom_gpu: the device cannot be used in a process that was forked from one which uses it: "
      "its driver's threads stay with the parent; fork before the first use of the device, or "
      "start "
      "a program anew (exec); cpu works here");
}

}  // namespace ct::opencl
