// Who holds a device's memory, and how much of it may be held. Nothing is walked to answer: bytes
// are counted where a tensor becomes a parameter, a gradient, an optimizer's state or is saved for
// backward, and where its memory is freed.
#pragma once

#include <cstdint>
#include <string>

#include "customtensor/device.hpp"
#include "customtensor/export.hpp"
#include "customtensor/memory_kind.hpp"
#include "customtensor/tensor.hpp"

namespace ct {

/// Bytes on one device. Tensors count as large as they are; what allocation rounds them up to, and
/// saved tensors of fewer than 4 KiB, are in `other`.
struct MemoryReport {
  std::string device;
  int64_t parameters = 0, gradients = 0, optimizer = 0, saved = 0, other = 0;
  int64_t in_use = 0;  ///< the sum of all these
  int64_t cached = 0;  ///< freed, and kept for reuse
  int64_t peak = 0;    ///< most that was ever in use at once
  int64_t limit = 0;   ///< of set_memory_limit(); 0: none

  /// For people: a line a kind.
  CT_API std::string table() const;
};

/// What holds the memory of `device` now. An OutOfMemoryError ends with its table. May be called at
/// any time, from any thread.
CT_API MemoryReport memory_report(Device device = Device());

/// Marks the memory of `tensor`, and so of all its views. The library does this for parameters,
/// gradients and its optimizers; a rule of one's own that keeps state by hand may, too.
/// Errors: ValueError for an undefined tensor, and for MemoryKind::saved, which is the tape's
CT_API void mark_memory(const Tensor& tensor, MemoryKind kind);

/// Most bytes that tensors and cache of `device` may take together; 0 for what there is. The cache
/// goes first; a request beyond is the OutOfMemoryError of a device that is full. What is in use
/// already stays. CT_MEMORY_LIMIT sets it for the devices that come with the library.
/// Errors: ValueError if it is negative; BackendError where a device cannot limit itself
CT_API void set_memory_limit(Device device, int64_t bytes);
/// 0: none.
CT_API int64_t memory_limit(Device device = Device());

}  // namespace ct
