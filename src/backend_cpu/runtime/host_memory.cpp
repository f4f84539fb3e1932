// See host_memory.hpp. Under AddressSanitizer every block comes from the system and returns to it,
// so that overruns and late uses are seen. Without NDEBUG fresh blocks are filled with NaN.
#include "backend_cpu/runtime/host_memory.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "core/memory/fault.hpp"
#include "core/memory/system_memory.hpp"
#include "core/settings.hpp"

namespace ct::cpu {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kPassThrough = true;
#else
constexpr bool kPassThrough = false;
#endif

void* exact_allocate(size_t bytes) {
  void* block = nullptr;
  return posix_memalign(&block, 64, bytes) == 0 ? block : nullptr;
}

size_t cache_limit() {
  if (const auto bytes = settings::kCpuCacheLimit.read()) return static_cast<size_t>(*bytes);
  return system_memory_size() / 2;
}

void* poisoned([[maybe_unused]] void* block, [[maybe_unused]] size_t bytes) {
#ifndef NDEBUG
  std::memset(block, 0xff, bytes);  // NaN in every floating type
#endif
  return block;
}

}  // namespace

// initial-exec: one instruction to reach instead of a call, in a shared library too.
#define CT_FAST_THREAD_LOCAL __attribute__((tls_model("initial-exec")))
thread_local constinit HostMemory::ThreadCache* HostMemory::current_ CT_FAST_THREAD_LOCAL = nullptr;
thread_local constinit bool HostMemory::ended_ CT_FAST_THREAD_LOCAL = false;

struct HostMemory::ThreadGuard {
  ThreadGuard() { HostMemory::instance(); }
  ~ThreadGuard() {
    ThreadCache* cache = std::exchange(current_, nullptr);
    ended_ = true;
    if (cache != nullptr) HostMemory::instance().retire(cache);
  }
};

HostMemory& HostMemory::instance() {
  static auto& memory = *new HostMemory;
  return memory;
}

HostMemory::HostMemory()
    : pool_("cpu", kPassThrough ? exact_allocate : system_allocate,
            kPassThrough ? [](void* block, size_t) noexcept { std::free(block); } : system_free,
            kPassThrough ? 0 : cache_limit(), 0, system_memory_size()),
      local_limit_(most_in_lists()) {
  pool_.set_cap(static_cast<size_t>(settings::kMemoryLimit.read().value_or(0)));
}

size_t HostMemory::most_in_lists() const { return std::min(size_t{32} << 20, pool_.limit() / 8); }

HostMemory::ThreadCache* HostMemory::thread_cache() {
  if (current_ != nullptr || ended_) return current_;
  thread_local ThreadGuard guard;
  static_cast<void>(guard);
  auto* cache = new ThreadCache;
  cache->trims_seen = trims_.load(std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  caches_.push_back(cache);
  return current_ = cache;
}

void* HostMemory::allocate(size_t bytes) {
  ThreadCache* cache = current_;
  if (cache != nullptr && bytes <= kLargestLocal) {
    const int c = size_class::index(bytes);
    if (FreeBlock* block = cache->lists[c]) {
      const size_t size = size_class::bytes(c);
      cache->lists[c] = block->next;
      cache->cached -= size;
      cache->allocations.store(cache->allocations.load(std::memory_order_relaxed) + 1,
                               std::memory_order_relaxed);
      count(*cache, static_cast<int64_t>(size));
      return poisoned(block, bytes);
    }
  }
  return allocate_slow(bytes, cache);
}

void* HostMemory::allocate_slow(size_t bytes, ThreadCache* cache) {
  if (cache == nullptr) cache = thread_cache();
  check_total(bytes);
  if (allocation_fails()) throw_out_of_memory(bytes);
  void* block = nullptr;
  if constexpr (kPassThrough) {
    const MemoryStats now = stats();
    if (now.limit == 0 || now.in_use + bytes <= now.limit) block = exact_allocate(bytes);
  } else {
    block = pool_.try_allocate(bytes);
    if (block == nullptr) {
      trim();
      block = pool_.try_allocate(bytes);
    }
  }
  if (block == nullptr) throw_out_of_memory(bytes);
  const auto size = static_cast<int64_t>(size_class::bytes(size_class::index(bytes)));
  if (cache != nullptr) {
    cache->allocations.store(cache->allocations.load(std::memory_order_relaxed) + 1,
                             std::memory_order_relaxed);
    count(*cache, size);
  } else {
    other_allocations_.fetch_add(1, std::memory_order_relaxed);
    add_in_use(size);
  }
  return poisoned(block, bytes);
}

void HostMemory::deallocate(void* block, size_t bytes) noexcept {
  const int c = size_class::index(bytes);
  const size_t size = size_class::bytes(c);
  ThreadCache* cache = current_;
  if (cache != nullptr) {
    count(*cache, -static_cast<int64_t>(size));
    if (cache->trims_seen != trims_.load(std::memory_order_relaxed)) [[unlikely]] {
      cache->trims_seen = trims_.load(std::memory_order_relaxed);
      flush_lists(*cache);
      pool_.trim();
    }
    if (!kPassThrough && bytes <= kLargestLocal &&
        cache->cached + size <= local_limit_.load(std::memory_order_relaxed)) {
      cache->lists[c] = new (block) FreeBlock{cache->lists[c]};
      cache->cached += size;
      return;
    }
  } else {
    add_in_use(-static_cast<int64_t>(size));
  }
  if constexpr (kPassThrough) {
    std::free(block);
  } else {
    pool_.deallocate(block, bytes);
  }
}

void HostMemory::flush_lists(ThreadCache& cache) noexcept {
  for (int c = 0; c < kLocalClasses; ++c) {
    FreeBlock* block = std::exchange(cache.lists[c], nullptr);
    while (block != nullptr) {
      FreeBlock* next = block->next;
      pool_.deallocate(block, size_class::bytes(c));
      block = next;
    }
  }
  cache.cached = 0;
}

void HostMemory::retire(ThreadCache* cache) noexcept {
  flush_lists(*cache);
  publish(*cache);
  {
    const std::lock_guard lock(mutex_);
    other_allocations_.fetch_add(cache->allocations.load(std::memory_order_relaxed),
                                 std::memory_order_relaxed);
    std::erase(caches_, cache);
  }
  delete cache;
}

void HostMemory::publish(ThreadCache& cache) noexcept {
  const int64_t balance = cache.balance.load(std::memory_order_relaxed);
  cache.balance.store(0, std::memory_order_relaxed);
  add_in_use(balance);
}

void HostMemory::add_in_use(int64_t bytes) noexcept {
  const int64_t now = in_use_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  int64_t peak = peak_.load(std::memory_order_relaxed);
  while (now > peak && !peak_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
  }
}

void HostMemory::trim() noexcept {
  trims_.fetch_add(1, std::memory_order_relaxed);
  if (ThreadCache* cache = current_) {
    cache->trims_seen = trims_.load(std::memory_order_relaxed);
    flush_lists(*cache);
  }
  pool_.trim();
}

void HostMemory::set_limit(size_t bytes) noexcept {
  pool_.set_cap(bytes);
  if (bytes > 0) trim();
}

void HostMemory::check_total(size_t bytes) const {
  if (bytes > pool_.total()) throw_out_of_memory(bytes);
}

void HostMemory::throw_out_of_memory(size_t bytes) const {
  pool_.throw_out_of_memory(bytes, stats());
}

void HostMemory::set_total(size_t bytes) {
  pool_.set_total(bytes == 0 ? system_memory_size() : bytes);
}

void HostMemory::keep_lists(bool keep) {
  local_limit_ = keep ? most_in_lists() : 0;
  trim();
}

MemoryStats HostMemory::stats() const {
  MemoryStats stats = pool_.stats();  // its in_use is what tensors and threads' lists hold
  const size_t from_system = stats.in_use + stats.cached;
  const std::lock_guard lock(mutex_);
  int64_t in_use = in_use_.load(std::memory_order_relaxed);
  stats.allocations = other_allocations_.load(std::memory_order_relaxed);
  for (const ThreadCache* cache : caches_) {
    in_use += cache->balance.load(std::memory_order_relaxed);
    stats.allocations += cache->allocations.load(std::memory_order_relaxed);
  }
  in_use = std::max<int64_t>(in_use, 0);
  stats.in_use = static_cast<size_t>(in_use);
  stats.peak = static_cast<size_t>(std::max(peak_.load(std::memory_order_relaxed), in_use));
  if constexpr (kPassThrough) {
    stats.misses = stats.allocations;
    stats.cached = 0;
  } else {
    stats.cached = from_system > stats.in_use ? from_system - stats.in_use : 0;
  }
  return stats;
}

}  // namespace ct::cpu
