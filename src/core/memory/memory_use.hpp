// Bytes of a device by what they are for. Each storage knows its kind and how many saved tensors
// hold it, in one word (StorageUse); a device's sums change when that word does, which for small
// tensors, whose ops must cost little, it does not.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "customtensor/export.hpp"
#include "customtensor/memory_kind.hpp"

namespace ct {
class Backend;
class OutOfMemoryError;
}  // namespace ct

namespace ct::detail {

/// Saved tensors below this are not counted one by one.
inline constexpr size_t kSmallestSaved = 4096;

class MemoryUse {
 public:
  void add(MemoryKind kind, int64_t bytes) noexcept {
    bytes_[static_cast<size_t>(kind)].fetch_add(bytes, std::memory_order_relaxed);
  }
  int64_t of(MemoryKind kind) const noexcept {
    return bytes_[static_cast<size_t>(kind)].load(std::memory_order_relaxed);
  }

 private:
  std::array<std::atomic<int64_t>, 5> bytes_{};
};

/// What one storage is for: its kind in the highest bits, below the number of saved tensors. One
/// word, so that marking and saving it from several threads counts it once.
class StorageUse {
 public:
  MemoryKind kind() const noexcept { return kind_of(word_.load(std::memory_order_relaxed)); }

  void mark(MemoryUse& use, size_t bytes, MemoryKind kind) noexcept {
    uint32_t old = word_.load(std::memory_order_relaxed);
    const uint32_t top = static_cast<uint32_t>(kind) << kShift;
    while (!word_.compare_exchange_weak(old, (old & kCount) | top, std::memory_order_relaxed)) {
    }
    move(use, bytes, counted_as(old), counted_as((old & kCount) | top));
  }
  void save(MemoryUse& use, size_t bytes) noexcept {
    const uint32_t old = word_.fetch_add(1, std::memory_order_relaxed);
    move(use, bytes, counted_as(old), counted_as(old + 1));
  }
  void unsave(MemoryUse& use, size_t bytes) noexcept {
    const uint32_t old = word_.fetch_sub(1, std::memory_order_relaxed);
    move(use, bytes, counted_as(old), counted_as(old - 1));
  }
  /// When the memory is freed.
  void end(MemoryUse& use, size_t bytes) noexcept {
    const uint32_t old = word_.load(std::memory_order_relaxed);
    if (old != 0) [[unlikely]]
      move(use, bytes, counted_as(old), MemoryKind::other);
  }

 private:
  static constexpr int kShift = 28;
  static constexpr uint32_t kCount = (1U << kShift) - 1U;

  static MemoryKind kind_of(uint32_t word) noexcept {
    return static_cast<MemoryKind>(word >> kShift);
  }
  static MemoryKind counted_as(uint32_t word) noexcept {
    return word >> kShift == 0 && word != 0 ? MemoryKind::saved : kind_of(word);
  }
  static void move(MemoryUse& use, size_t bytes, MemoryKind from, MemoryKind to) noexcept {
    if (from == to) return;
    if (from != MemoryKind::other) use.add(from, -static_cast<int64_t>(bytes));
    if (to != MemoryKind::other) use.add(to, static_cast<int64_t>(bytes));
  }

  std::atomic<uint32_t> word_{0};
};

/// Throws `error` once more with who holds the memory of `device`, unless it says so already.
CT_API void report_shortage(Backend& device, const OutOfMemoryError& error);

}  // namespace ct::detail
