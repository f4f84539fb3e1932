// See buffer_pool.hpp. The raw functions are called without the lock: they may be slow.
#include "core/memory/buffer_pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

#include "customtensor/error.hpp"

namespace ct {

BufferPool::BufferPool(std::string name, RawAllocate allocate, RawFree free, size_t limit,
                       size_t largest, size_t total)
    : name_(std::move(name)),
      raw_allocate_(std::move(allocate)),
      raw_free_(std::move(free)),
      limit_(limit),
      largest_(largest),
      total_(total) {}

BufferPool::~BufferPool() { trim(); }

/// Whether so much more may be asked of the system. Called with the lock held.
bool BufferPool::fits(size_t size) const {
  return stats_.limit == 0 ||
         (size <= stats_.limit && stats_.in_use + stats_.cached + asked_ <= stats_.limit - size);
}

void BufferPool::set_cap(size_t bytes) noexcept {
  {
    const std::lock_guard lock(mutex_);
    stats_.limit = bytes;
    if (fits(0)) return;
  }
  trim();
}

void* BufferPool::try_allocate(size_t bytes) {
  if (bytes > total()) return nullptr;
  const int c = size_class::index(bytes);
  const size_t size = size_class::bytes(c);
  const auto count = [&] {
    stats_.in_use += size;
    ++in_use_[static_cast<size_t>(c)];
    stats_.peak = std::max(stats_.peak, stats_.in_use);
  };
  {
    const std::lock_guard lock(mutex_);
    ++stats_.allocations;
    auto& list = free_[static_cast<size_t>(c)];
    if (!list.empty()) {
      void* block = list.back();
      list.pop_back();
      stats_.cached -= size;
      count();
      return block;
    }
    ++stats_.misses;
  }
  const auto ask = [&]() -> void* {
    {
      const std::lock_guard lock(mutex_);
      if (!fits(size)) return nullptr;
      asked_ += size;
    }
    void* block = raw_allocate_(size);
    const std::lock_guard lock(mutex_);
    asked_ -= size;
    if (block != nullptr) count();
    return block;
  };
  void* block = ask();
  if (block == nullptr) {
    trim();
    block = ask();
  }
  return block;
}

void* BufferPool::allocate(size_t bytes) {
  void* block = try_allocate(bytes);
  if (block == nullptr) throw_out_of_memory(bytes);
  return block;
}

void BufferPool::deallocate(void* block, size_t bytes) noexcept {
  const int c = size_class::index(bytes);
  const size_t size = size_class::bytes(c);
  {
    const std::lock_guard lock(mutex_);
    stats_.in_use -= size;
    --in_use_[static_cast<size_t>(c)];
    if (size <= limit_ && stats_.cached <= limit_ - size) {
      try {
        free_[static_cast<size_t>(c)].push_back(block);
        stats_.cached += size;
        return;
      } catch (const std::bad_alloc&) {  // no memory for the list itself: to the system with it
      }
    }
  }
  raw_free_(block, size);
}

void BufferPool::trim() noexcept {
  std::array<std::vector<void*>, size_class::kCount> lists;
  {
    const std::lock_guard lock(mutex_);
    lists.swap(free_);
    stats_.cached = 0;
  }
  for (size_t c = 0; c < lists.size(); ++c) {
    for (void* block : lists[c]) raw_free_(block, size_class::bytes(static_cast<int>(c)));
  }
}

MemoryStats BufferPool::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

std::string BufferPool::holdings(const MemoryStats& stats, std::string_view most) const {
  return fmt::format("in use {}{}, cached {} of at most {}{}{}", stats.in_use, most, stats.cached,
                     limit_,
                     largest_ == 0 ? "" : fmt::format(", {} at most in one block", largest_),
                     stats.limit == 0 ? "" : fmt::format(", limited to {} in all", stats.limit));
}

std::string BufferPool::holdings() const {
  const std::lock_guard lock(mutex_);
  int most = 0;
  const auto held = [&](int c) { return in_use_[static_cast<size_t>(c)] * size_class::bytes(c); };
  for (int c = 1; c < size_class::kCount; ++c) {
    if (held(c) > held(most)) most = c;
  }
  const size_t blocks = in_use_[static_cast<size_t>(most)];
  return holdings(stats_, blocks == 0
                              ? ""
                              : fmt::format(" (most in {} block{} of {})", blocks,
                                            blocks == 1 ? "" : "s", size_class::bytes(most)));
}

namespace {
/// "8.0 EiB": a size as people read it.
std::string in_words(size_t bytes) {
  constexpr std::array<const char*, 7> kUnits{"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  size_t unit = 0;
  auto value = static_cast<double>(bytes);
  for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

[[noreturn]] void throw_with(const std::string& name, size_t bytes, size_t total,
                             const std::string& holdings) {
  throw OutOfMemoryError(fmt::format(
      "{}: out of memory: asked for {} bytes, {}{}; use smaller batches or free tensors that are "
      "no "
      "longer needed",
      name, bytes, holdings,
      bytes <= total
          ? ""
          : fmt::format(": {} where there are {} in all", in_words(bytes), in_words(total))));
}
}  // namespace

void BufferPool::throw_out_of_memory(size_t bytes) const {
  throw_with(name_, bytes, total(), holdings());
}

void BufferPool::throw_out_of_memory(size_t bytes, const MemoryStats& stats) const {
  throw_with(name_, bytes, total(), holdings(stats, ""));
}

}  // namespace ct
