// See system_memory.hpp.
#include "backend_cpu/system_memory.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace ct::cpu {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t kHugePage = size_t{2} << 20;
// Blocks of this size and more are placed by hand.
constexpr size_t kColoured = size_t{64} << 10;

// Operands at equal offsets within a page make a processor take a load for one that depends on the
// store before it (4 KiB aliasing). Each block begins at another offset: 0, 832, 1664, …
size_t next_colour() {
  static std::atomic<uint32_t> counter{0};
  return counter.fetch_add(1, std::memory_order_relaxed) * size_t{832} % kPage;
}

// Begins at a multiple of a huge page; the tail beyond the last whole one has ordinary pages.
char* map_huge(size_t bytes) {
  const size_t mapped = bytes + kHugePage;
  if (mapped < bytes) return nullptr;
  void* raw = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (raw == MAP_FAILED) return nullptr;
  char* const begin = static_cast<char*>(raw);
  const size_t lead = (kHugePage - reinterpret_cast<uintptr_t>(raw) % kHugePage) % kHugePage;
  if (lead > 0) munmap(begin, lead);
  if (lead < kHugePage) munmap(begin + lead + bytes, kHugePage - lead);
#ifdef MADV_HUGEPAGE
  madvise(begin + lead, bytes, MADV_HUGEPAGE);  // a wish: without it everything still works
#endif
  return begin + lead;
}

size_t whole_pages(size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

}  // namespace

void* system_allocate(size_t bytes) {
  if (bytes < kColoured) return std::aligned_alloc(64, (bytes + 63) / 64 * 64);
  const size_t size = whole_pages(bytes) + kPage;  // room for the colour
  auto* block = static_cast<char*>(bytes < kHugePage ? std::aligned_alloc(kPage, size)
                                                     : static_cast<void*>(map_huge(size)));
  return block == nullptr ? nullptr : block + next_colour();
}

void system_free(void* block, size_t bytes) noexcept {
  if (bytes < kColoured) {
    std::free(block);
    return;
  }
  auto* const begin =
      static_cast<char*>(block) - reinterpret_cast<uintptr_t>(block) % kPage;  // without the colour
  if (bytes < kHugePage) {
    std::free(begin);
  } else {
    munmap(begin, whole_pages(bytes) + kPage);
  }
}

size_t system_memory_size() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page <= 0) return size_t{4} << 30;  // unknown: assume a small machine
  return static_cast<size_t>(pages) * static_cast<size_t>(page);
}

}  // namespace ct::cpu
