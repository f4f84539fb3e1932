// Thread-local free lists for the library's small objects (tensor handles' bodies, storages, tape
// nodes): an op makes and frees a few of these, and malloc would be a third of its cost. Blocks
// freed by another thread stay with that thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CT_SMALL_ALLOC_PASSTHROUGH 1  // let the sanitizers see every object
#endif

namespace ct::detail {

inline constexpr size_t kSmallStep = 32, kSmallClasses = 20;  // up to 640 bytes
inline constexpr uint32_t kSmallKeep = 4096;                  // blocks a list holds at most

struct SmallLists {
  void* head[kSmallClasses];
  uint32_t count[kSmallClasses];
  bool ready;  // the thread's cleanup is registered and has not run
};
// initial-exec: one instruction to reach instead of a call, in a shared library too.
extern thread_local constinit SmallLists small_lists __attribute__((tls_model("initial-exec")));

void* small_alloc_slow(size_t bytes);

inline void* small_alloc(size_t bytes) {
#ifndef CT_SMALL_ALLOC_PASSTHROUGH
  const size_t c = (bytes - 1) / kSmallStep;
  if (c < kSmallClasses) {
    SmallLists& lists = small_lists;
    if (void* block = lists.head[c]) {
      lists.head[c] = *static_cast<void**>(block);
      --lists.count[c];
      return block;
    }
  }
#endif
  return small_alloc_slow(bytes);
}

inline void small_free(void* block, size_t bytes) noexcept {
#ifndef CT_SMALL_ALLOC_PASSTHROUGH
  const size_t c = (bytes - 1) / kSmallStep;
  SmallLists& lists = small_lists;
  if (c < kSmallClasses && lists.ready && lists.count[c] < kSmallKeep) {
    *static_cast<void**>(block) = lists.head[c];
    lists.head[c] = block;
    ++lists.count[c];
    return;
  }
#endif
  static_cast<void>(bytes);
  ::operator delete(block);
}

/// Gives a class (with virtual destructor or none) pooled new and delete.
struct SmallObject {
  static void* operator new(size_t bytes) { return small_alloc(bytes); }
  static void operator delete(void* block, size_t bytes) noexcept { small_free(block, bytes); }
};

}  // namespace ct::detail
