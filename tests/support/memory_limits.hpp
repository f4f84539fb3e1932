// Less memory than the machine has, for the time of one test: a machine of a few bytes, or one
// whose n-th request fails.
#pragma once

#include "backend_cpu/runtime/host_memory.hpp"
#include "backend_cpu/runtime/scratch.hpp"
#include "core/memory/fault.hpp"

namespace ct::test {

/// "cpu" has `bytes` of memory.
class SmallMachine {
 public:
  explicit SmallMachine(size_t bytes) { cpu::HostMemory::instance().set_total(bytes); }
  ~SmallMachine() { cpu::HostMemory::instance().set_total(0); }
  SmallMachine(const SmallMachine&) = delete;
  SmallMachine& operator=(const SmallMachine&) = delete;
};

/// The n-th request for memory fails, of tensors and of kernels' working memory, which starts
/// empty. 0: they are only counted.
class Shortage {
 public:
  explicit Shortage(int64_t n) {
    cpu::HostMemory::instance().keep_lists(false);
    cpu::release_scratch();
    fail_allocation(n == 0 ? kNever : n);
  }
  ~Shortage() {
    fail_allocation(0);
    cpu::HostMemory::instance().keep_lists(true);
  }
  Shortage(const Shortage&) = delete;
  Shortage& operator=(const Shortage&) = delete;

 private:
  static constexpr int64_t kNever = int64_t{1} << 62;
};

}  // namespace ct::test
