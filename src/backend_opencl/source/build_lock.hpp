// One process at a time builds a program: PoCL 3.1 ends a process that reads what another is just
// writing for the same program into its own cache. Who waited finds the binary on disk.
#pragma once

#include "backend_opencl/source/binary_cache.hpp"

namespace ct::opencl {

class CT_API BuildLock {
 public:
  /// Waits for whoever holds the same key's lock. Where there is nothing to lock, does nothing.
  explicit BuildLock(const CacheKey& key);
  ~BuildLock();
  /// Somebody else held it: what is to be built may be on disk by now.
  bool waited() const { return waited_; }
  BuildLock(const BuildLock&) = delete;
  BuildLock& operator=(const BuildLock&) = delete;

 private:
  int file_;
  bool waited_ = false;
};

}  // namespace ct::opencl
