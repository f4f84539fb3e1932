// Indices and classes out of range, found by the kernels that use them
// (kernels/index/index_check.cl) without a wait of the host's: the first one stands in a small
// buffer of the device, which is read along with whatever the host waits for next, and only if a
// kernel that checks was launched since.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "backend_opencl/runtime/calls.hpp"
#include "core/memory/buffer_pool.hpp"
#include "customtensor/shape.hpp"

namespace ct {
struct IndexCheck;
}

namespace ct::opencl {

class Launch;

/// As in kernels/index/index_check.cl: what is allowed, and an IndexCheck for the way back.
struct IndexCheckArgument {
  int64_t first = 0;
  uint64_t last = ~uint64_t{0};
  uint64_t op = 0;
  int64_t classes = 0, axis = 0, size = 0, wrapped = 0, rank = 0;
  std::array<int64_t, kMaxRank> shape{}, strides{};
};
struct IndexFault {
  int32_t taken = 0, unused = 0;
  int64_t place = 0, value = 0;
  IndexCheckArgument check;
};

class IndexWatch {
 public:
  IndexWatch(Calls& calls, BufferPool& pool) : calls_(calls), pool_(pool) {}

  /// The last two arguments of a kernel that checks; null: nothing. The runtime's lock is held.
  void add_to(Launch& launch, const IndexCheck* check);
  /// That kernel is queued.
  void launched(const IndexCheck* check) {
    if (check != nullptr) pending_.store(true, std::memory_order_release);
  }

  /// Before a wait: what a kernel has found by its end, or null if there is nothing to look at. It
  /// stays until this thread looks again.
  const IndexFault* look() {
    if (!pending_.load(std::memory_order_relaxed)) [[likely]]
      return nullptr;
    return queue_look();
  }
  /// After that wait. Errors: IndexError if a kernel has found one.
  void raise(const IndexFault& fault);

 private:
  const IndexFault* queue_look();

  Calls& calls_;
  BufferPool& pool_;
  std::atomic<bool> pending_{false};
  cl_mem fault_ = nullptr;  ///< made with the first kernel; never freed, as the runtime is not
};

}  // namespace ct::opencl
