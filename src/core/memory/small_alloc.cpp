// The slow path of the free lists, taken when a list is empty: memory from the system, and the
// list's end with its thread. What is freed after that goes straight back.
#include "core/memory/small_alloc.hpp"

#include "core/view/integer.hpp"

namespace ct::detail {

thread_local constinit SmallLists small_lists{};

namespace {
struct Cleanup {
  Cleanup() { small_lists.ready = true; }
  ~Cleanup() {
    small_lists.ready = false;
    for (void*& head : small_lists.head) {
      while (head != nullptr) {
        void* next = *static_cast<void**>(head);
        ::operator delete(head);
        head = next;
      }
    }
  }
};
}  // namespace

void* small_alloc_slow(size_t bytes) {
#ifndef CT_SMALL_ALLOC_PASSTHROUGH
  thread_local Cleanup cleanup;
  static_cast<void>(cleanup);
#endif
  return ::operator new(round_up(bytes, kSmallStep));
}

}  // namespace ct::detail
