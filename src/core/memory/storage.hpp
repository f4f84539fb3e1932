// Storage: a device buffer shared by the tensors that are views of it, with the version counter
// that in-place ops bump.
#pragma once

#include <cstddef>
#include <functional>

#include "core/memory/memory_use.hpp"
#include "core/memory/ref.hpp"
#include "core/memory/small_alloc.hpp"
#include "customtensor/backend.hpp"
#include "customtensor/error.hpp"

namespace ct {

struct Storage final : detail::RefCounted, detail::SmallObject {
  Storage(Backend& backend_, size_t bytes_)
      : backend(&backend_), buffer(allocate(backend_, bytes_ == 0 ? 1 : bytes_)), bytes(bytes_) {}
  /// Memory of somebody else's: never freed here.
  Storage(Backend& backend_, void* borrowed, size_t bytes_)
      : backend(&backend_), buffer(borrowed), bytes(bytes_), owned(false) {}
  ~Storage() {
    if (owned) {
      use.end(backend->memory_use(), bytes);
      backend->deallocate(buffer, bytes == 0 ? 1 : bytes);
    }
    if (release != nullptr) {
      (*release)();
      delete release;
    }
  }
  static void dispose(Storage* storage) { delete storage; }

  // What its memory is for; borrowed memory is its lender's to count.
  void mark(MemoryKind kind) noexcept {
    if (owned) use.mark(backend->memory_use(), bytes, kind);
  }
  void save() noexcept { use.save(backend->memory_use(), bytes); }
  void unsave() noexcept { use.unsave(backend->memory_use(), bytes); }
  bool counts_saves() const { return bytes >= detail::kSmallestSaved && owned; }

  Backend* backend;
  void* buffer;
  size_t bytes;
  std::atomic<uint32_t> version{0};
  detail::StorageUse use;
  bool owned = true;
  /// Owned: what a lender of memory wants called at the end, or null. A pointer, for the size of
  /// what every op allocates.
  std::function<void()>* release = nullptr;

 private:
  static void* allocate(Backend& backend, size_t bytes) {
    try {
      return backend.allocate(bytes);
    } catch (const OutOfMemoryError& error) {
      detail::report_shortage(backend, error);
      throw;
    }
  }
};

using StorageRef = detail::Ref<Storage>;

/// Counts a storage as saved for backward while it lives, if it is large enough to count.
class SavedMark {
 public:
  SavedMark() = default;
  explicit SavedMark(const StorageRef& storage) {
    if (!storage->counts_saves()) return;
    storage_ = storage;
    storage_->save();
  }
  SavedMark(const SavedMark& other) : storage_(other.storage_) {
    if (storage_) storage_->save();
  }
  SavedMark(SavedMark&& other) noexcept = default;
  SavedMark& operator=(SavedMark other) noexcept {
    std::swap(storage_, other.storage_);
    return *this;
  }
  ~SavedMark() {
    if (storage_) storage_->unsave();
  }

 private:
  StorageRef storage_;
};

}  // namespace ct
