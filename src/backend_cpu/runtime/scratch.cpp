// Buffers grow by a quarter more than was asked for, in huge pages once they are large, and start
// as zeros: kernels may read a little beyond what they use.
#include "backend_cpu/runtime/scratch.hpp"

#include <cstdlib>
#include <cstring>
#include <mutex>
#include <vector>

#include "backend_cpu/runtime/host_memory.hpp"
#include "core/memory/fault.hpp"
#include "core/view/integer.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace ct::cpu {
namespace {

constexpr size_t kSlack = 128;
constexpr size_t kHugePage = size_t{2} << 20;

struct Buffer {
  void* data = nullptr;
  size_t bytes = 0;
  ~Buffer() { release(); }

  void release() {
    std::free(data);
    data = nullptr;
    bytes = 0;
  }

  void grow(size_t wanted) {
    HostMemory& memory = HostMemory::instance();
    memory.check_total(wanted);
    release();
    if (allocation_fails()) memory.throw_out_of_memory(wanted);
    // Large panels are walked with large strides: huge pages spare the TLB.
    const bool huge = wanted >= 2 * kHugePage;
    const size_t unit = huge ? kHugePage : size_t{4096};
    const size_t rounded = round_up(wanted + wanted / 4, unit);
    data = std::aligned_alloc(unit, rounded);
    if (data == nullptr) memory.throw_out_of_memory(rounded);
    bytes = rounded;
#if defined(__linux__)
    if (huge) madvise(data, rounded, MADV_HUGEPAGE);
#endif
    std::memset(data, 0, rounded);
  }
};

/// Every thread's buffers: threads of the pool outlive what they worked on.
struct Registry {
  std::mutex mutex;
  std::vector<Buffer*> threads;
  static Registry& instance() {
    static auto& registry = *new Registry;  // leaked: threads may end after main
    return registry;
  }
};

struct ThreadBuffers {
  Buffer of[kScratchCount];
  ThreadBuffers() {
    Registry& all = Registry::instance();
    const std::lock_guard lock(all.mutex);
    all.threads.push_back(of);
  }
  ~ThreadBuffers() {
    Registry& all = Registry::instance();
    const std::lock_guard lock(all.mutex);
    std::erase(all.threads, of);
  }
};

}  // namespace

void* detail::scratch_bytes(Scratch purpose, size_t bytes) {
  thread_local ThreadBuffers buffers;
  Buffer& buffer = buffers.of[static_cast<int>(purpose)];
  if (buffer.bytes < bytes + kSlack) buffer.grow(bytes + kSlack);
  return buffer.data;
}

void release_scratch() {
  Registry& all = Registry::instance();
  const std::lock_guard lock(all.mutex);
  for (Buffer* buffers : all.threads) {
    for (int i = 0; i < kScratchCount; ++i) buffers[i].release();
  }
}

}  // namespace ct::cpu
