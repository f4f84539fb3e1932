// "meta": a device without memory. Its tensors have shape, strides and dtype but no values; every
// op checks its arguments, makes its result and records its gradient, and nothing is computed. So
// shapes, memory and operations of a computation are known at no cost:
//
//   model.to("meta");
//   ct::Shape shape = model(ct::empty({64, 3, 32, 32}, ct::Device("meta"))).shape();
//
// Ops that must read values (item, nonzero, to("cpu"), …) say so in an error.
#pragma once

#include <mutex>

#include "customtensor/backend.hpp"

namespace ct {

/// The device ct::Device("meta"); it is not among devices(). Register a subclass to count what a
/// computation asks for, call by call.
class CT_API MetaBackend : public Backend {
 public:
  std::string name() const override { return "meta"; }
  /// An address that is no memory's; no two that are given out are the same.
  void* allocate(size_t bytes) override;
  void deallocate(void* buffer, size_t bytes) noexcept override;
  void copy_from_host(void*, size_t, const void*, size_t) override {}
  /// Errors: BackendError, always.
  void copy_to_host(void* target, const void* buffer, size_t offset, size_t bytes) override;
  void copy(void*, size_t, const void*, size_t, size_t) override {}
  void synchronize() override {}
  /// What the tensors would take if there was memory.
  MemoryStats memory_stats() const override;
  std::string description() const override { return "shapes and types alone, nothing computed"; }
  bool holds_values() const override { return false; }

 private:
  mutable std::mutex mutex_;
  MemoryStats stats_;
};

}  // namespace ct
