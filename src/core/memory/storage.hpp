// Storage: a device buffer shared by the tensors that are views of it, with the version counter
// that in-place ops bump.
#pragma once

#include <cstddef>
#include <functional>

#include "core/memory/ref.hpp"
#include "core/memory/small_alloc.hpp"
#include "customtensor/backend.hpp"

namespace ct {

struct Storage final : detail::RefCounted, detail::SmallObject {
  Storage(Backend& backend_, size_t bytes_)
      : backend(&backend_), buffer(backend_.allocate(bytes_ == 0 ? 1 : bytes_)), bytes(bytes_) {}
  /// Memory of somebody else's: never freed here.
  Storage(Backend& backend_, void* borrowed, size_t bytes_)
      : backend(&backend_), buffer(borrowed), bytes(bytes_), owned(false) {}
  ~Storage() {
    if (owned) backend->deallocate(buffer, bytes == 0 ? 1 : bytes);
    if (release != nullptr) {
      (*release)();
      delete release;
    }
  }
  static void dispose(Storage* storage) { delete storage; }

  Backend* backend;
  void* buffer;
  size_t bytes;
  std::atomic<uint32_t> version{0};
  bool owned = true;
  /// Owned: what a lender of memory wants called at the end, or null. A pointer, for the size of
  /// what every op allocates.
  std::function<void()>* release = nullptr;
};

using StorageRef = detail::Ref<Storage>;

}  // namespace ct
