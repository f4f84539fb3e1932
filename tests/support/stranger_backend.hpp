// A device as a stranger would write it on the first day: the six required functions and nothing
// else. Its "device memory" is a private heap that the host cannot address, so that every family
// must go through the fall-back.
#pragma once

#include <cstdlib>
#include <cstring>
#include <new>

#include "customtensor/backend.hpp"

namespace ct::test {

class StrangerBackend : public Backend {
 public:
  std::string name() const override { return "stranger"; }
  void* allocate(size_t bytes) override {
    void* memory = std::aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (memory == nullptr) throw std::bad_alloc();
    std::memset(memory, 0xff, bytes);  // NaN: nobody may rely on fresh memory
    return memory;
  }
  void deallocate(void* buffer, size_t /*bytes*/) noexcept override { std::free(buffer); }
  void copy_from_host(void* buffer, size_t offset, const void* source, size_t bytes) override {
    std::memcpy(static_cast<char*>(buffer) + offset, source, bytes);
  }
  void copy_to_host(void* target, const void* buffer, size_t offset, size_t bytes) override {
    std::memcpy(target, static_cast<const char*>(buffer) + offset, bytes);
  }
  void synchronize() override {}
};

}  // namespace ct::test
