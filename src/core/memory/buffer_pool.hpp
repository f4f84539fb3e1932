// A caching allocator for device buffers: freed blocks wait in lists by size class and are handed
// out again, newest first. A backend gives the functions that get and return raw memory.
//
// Classes are the quarters between powers of two, so at most 1/5 of a block is unused. What is kept
// is bounded by a limit; beyond it, freed blocks go back to the system at once.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "customtensor/backend.hpp"
#include "customtensor/export.hpp"

namespace ct {

/// Sizes rounded up to 64, 128, 192, 256, 320, 384, 448, 512, 640, …: four steps per doubling.
namespace size_class {

inline constexpr size_t kMinimum = 64;
inline constexpr int kCount = 4 * 56;

/// Class of a request of `bytes` (> 0).
constexpr int index(size_t bytes) {
  const size_t units = (bytes - 1) / kMinimum;  // the class holds units + 1 or more
  if (units < 4) return static_cast<int>(units);
  const int shift = static_cast<int>(std::bit_width(units)) - 3;  // units >> shift is 4 … 7
  return 4 * shift + static_cast<int>(units >> shift);
}

/// Bytes of a block of class `i`.
constexpr size_t bytes(int i) {
  if (i < 4) return kMinimum * static_cast<size_t>(i + 1);
  const int shift = i / 4 - 1;
  return kMinimum * (static_cast<size_t>(i % 4 + 5) << shift);
}

}  // namespace size_class

/// Thread-safe. The pool must outlive its blocks; its destructor returns only cached ones.
class CT_API BufferPool {
 public:
  /// At least `bytes`, or null when there is no more memory.
  using RawAllocate = std::function<void*(size_t bytes)>;
  /// `bytes` as in the call that allocated it.
  using RawFree = std::function<void(void* block, size_t bytes)>;

  static constexpr size_t kNoTotal = std::numeric_limits<size_t>::max() / 4;

  /// `name` begins the error messages. `limit`: most bytes that are kept for reuse. `largest`: most
  /// bytes that the system gives in one block, for the error messages; 0: no such limit. `total`:
  /// bytes that the device has: a request for more fails without asking the system.
  BufferPool(std::string name, RawAllocate allocate, RawFree free, size_t limit, size_t largest = 0,
             size_t total = kNoTotal);
  ~BufferPool();
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  /// A block of at least `bytes` (> 0). When the system has no more, trims once and tries again.
  /// Errors: OutOfMemoryError saying what was asked for, what there is and who holds it.
  void* allocate(size_t bytes);
  /// As allocate, but null instead of an error.
  void* try_allocate(size_t bytes);
  /// `bytes` as given to allocate.
  void deallocate(void* block, size_t bytes) noexcept;
  /// Gives every cached block back to the system.
  void trim() noexcept;

  /// Bytes are those of the size classes.
  MemoryStats stats() const;
  size_t limit() const { return limit_; }
  /// Most bytes that blocks in use and cached ones may come to; 0: no such cap.
  void set_cap(size_t bytes) noexcept;
  size_t total() const { return total_.load(std::memory_order_relaxed); }
  /// For tests: as if the device had `bytes`.
  void set_total(size_t bytes) { total_.store(bytes, std::memory_order_relaxed); }
  /// "in use 192 (most in 2 blocks of 64), cached 0 of at most 4096", and the largest block.
  std::string holdings() const;
  /// Raises allocate's error.
  [[noreturn]] void throw_out_of_memory(size_t bytes) const;
  /// The same from `stats`, for backends that cache in front of this pool.
  [[noreturn]] void throw_out_of_memory(size_t bytes, const MemoryStats& stats) const;

 private:
  std::string holdings(const MemoryStats& stats, std::string_view most) const;
  bool fits(size_t size) const;

  const std::string name_;
  const RawAllocate raw_allocate_;
  const RawFree raw_free_;
  const size_t limit_, largest_;
  std::atomic<size_t> total_;
  mutable std::mutex mutex_;
  std::array<std::vector<void*>, size_class::kCount> free_;
  std::array<size_t, size_class::kCount> in_use_{};  ///< blocks
  MemoryStats stats_;
  size_t asked_ = 0;  ///< of the system, by calls that have no answer yet
};

}  // namespace ct
