// Buffers grow by a quarter more than was asked for, in huge pages once they are large, and start
// as zeros: kernels may read a little beyond what they use.
#include "backend_cpu/runtime/scratch.hpp"

#include <cstdlib>
#include <cstring>
#include <new>

#include "core/view/integer.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace ct::cpu::detail {
namespace {

constexpr size_t kSlack = 128;
constexpr size_t kHugePage = size_t{2} << 20;

struct Buffer {
  void* data = nullptr;
  size_t bytes = 0;
  ~Buffer() { std::free(data); }

  void grow(size_t wanted) {
    std::free(data);
    data = nullptr;
    bytes = 0;
    // Large panels are walked with large strides: huge pages spare the TLB.
    const bool huge = wanted >= 2 * kHugePage;
    const size_t unit = huge ? kHugePage : size_t{4096};
    const size_t rounded = round_up(wanted + wanted / 4, unit);
    data = std::aligned_alloc(unit, rounded);
    if (data == nullptr) throw std::bad_alloc();
    bytes = rounded;
#if defined(__linux__)
    if (huge) madvise(data, rounded, MADV_HUGEPAGE);
#endif
    std::memset(data, 0, rounded);
  }
};

}  // namespace

void* scratch_bytes(Scratch purpose, size_t bytes) {
  thread_local Buffer buffers[kScratchCount];
  Buffer& buffer = buffers[static_cast<int>(purpose)];
  if (buffer.bytes < bytes + kSlack) buffer.grow(bytes + kSlack);
  return buffer.data;
}

}  // namespace ct::cpu::detail
