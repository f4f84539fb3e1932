// The CPU's caching allocator, one for the process. In front of a BufferPool each thread has free
// lists of its own for blocks up to 1 MiB: taking from and giving to them needs neither a lock nor
// an atomic read-modify-write.
//
// A block may be freed by any thread; it joins the lists of the one that frees it. A thread that
// ends gives its lists to the pool. Threads whose thread-local data is gone already, and
// destructors of static objects, use the pool directly. Nothing here is ever destroyed.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "core/memory/buffer_pool.hpp"
#include "customtensor/export.hpp"

namespace ct::cpu {

class HostMemory {
 public:
  CT_API static HostMemory& instance();

  /// Aligned to 64 bytes. Errors: OutOfMemoryError when there is no more memory, at once for more
  /// than the machine has.
  void* allocate(size_t bytes);
  void deallocate(void* block, size_t bytes) noexcept;
  /// Gives back what is cached in the pool and by this thread; other threads follow at their next
  /// deallocation.
  void trim() noexcept;
  /// in_use, cached, allocations and misses are exact while no other thread allocates; peak is
  /// within 64 KiB per thread.
  MemoryStats stats() const;
  /// Most bytes in use and cached, by tensors, threads' lists and the pool; 0: what there is.
  void set_limit(size_t bytes) noexcept;
  /// Errors: OutOfMemoryError unless the machine has `bytes` of memory.
  void check_total(size_t bytes) const;
  /// Raises allocate's error.
  [[noreturn]] void throw_out_of_memory(size_t bytes) const;

  /// For tests: as if the machine had `bytes` of memory, 0 for what it has.
  CT_API void set_total(size_t bytes);
  /// For tests: whether threads have lists of their own. Without, each request of this thread comes
  /// by where faults are counted (core/memory/fault.hpp).
  CT_API void keep_lists(bool keep);

 private:
  static constexpr size_t kLargestLocal = size_t{1} << 20;
  static constexpr int kLocalClasses = size_class::index(kLargestLocal) + 1;
  // A thread tells the others of its balance when it is out by this much.
  static constexpr int64_t kBalanceSlack = int64_t{64} << 10;

  struct FreeBlock {
    FreeBlock* next;
  };
  // The atomics have one writer, the owning thread.
  struct ThreadCache {
    FreeBlock* lists[kLocalClasses] = {};
    size_t cached = 0;
    uint64_t trims_seen = 0;
    std::atomic<int64_t> balance{0};
    std::atomic<uint64_t> allocations{0};
  };
  struct ThreadGuard;

  HostMemory();

  ThreadCache* thread_cache();
  void* allocate_slow(size_t bytes, ThreadCache* cache);
  void flush_lists(ThreadCache& cache) noexcept;
  void retire(ThreadCache* cache) noexcept;
  void count(ThreadCache& cache, int64_t bytes) noexcept {
    const int64_t balance = cache.balance.load(std::memory_order_relaxed) + bytes;
    cache.balance.store(balance, std::memory_order_relaxed);
    if (balance >= kBalanceSlack || balance <= -kBalanceSlack) publish(cache);
  }
  void publish(ThreadCache& cache) noexcept;
  size_t most_in_lists() const;
  void add_in_use(int64_t bytes) noexcept;

  /// Null before the thread's first use and after its end.
  static thread_local constinit ThreadCache* current_;
  static thread_local constinit bool ended_;

  BufferPool pool_;
  std::atomic<size_t> local_limit_;  // bytes that a thread's lists hold at most
  std::atomic<uint64_t> trims_{0};
  std::atomic<int64_t> in_use_{0};
  std::atomic<int64_t> peak_{0};
  std::atomic<uint64_t> other_allocations_{0};  // of threads that have ended
  mutable std::mutex mutex_;                    // guards caches_
  std::vector<ThreadCache*> caches_;
};

}  // namespace ct::cpu
