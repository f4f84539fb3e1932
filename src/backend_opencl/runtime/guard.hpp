// Finds kernels that write outside of their buffers: while memory is checked
// (core/memory/checked_memory.hpp), each buffer is guarded: a part of a larger one, between
// canaries that are looked at after every launch. New buffers hold NaN, so that what reads before
// anything was written shows. Every launch then waits.
#pragma once

#include <cstddef>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "backend_opencl/runtime/calls.hpp"
#include "core/memory/buffer_pool.hpp"

namespace ct::opencl {

class Guard {
 public:
  /// `alignment`: bytes that the start of a guarded buffer must be a multiple of.
  Guard(Calls& calls, BufferPool& pool, size_t alignment)
      : calls_(calls), pool_(pool), margin_(alignment < 128 ? 128 : alignment) {}

  /// Errors: those of the pool; BackendError.
  void* allocate(size_t bytes);
  /// Says on standard error if something wrote around the buffer since it was last looked at.
  void deallocate(void* buffer) noexcept;
  /// Looks at the canaries around `buffers`; others than this object's are left out.
  /// Errors: BackendError naming `writer`, the buffer's size and where it was written. The canaries
  /// are whole again then.
  void check(std::string_view writer, std::span<const void* const> buffers);

 private:
  struct Guarded {
    void* whole;
    size_t bytes;
  };
  /// What is wrong, or "".
  std::string inspect(const Guarded& guarded);
  void fill(void* whole, size_t offset, size_t bytes, unsigned char value);

  Calls& calls_;
  BufferPool& pool_;
  const size_t margin_;
  std::mutex mutex_;
  std::unordered_map<const void*, Guarded> guarded_;
};

}  // namespace ct::opencl
