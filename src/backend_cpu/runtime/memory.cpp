// The CPU backend's memory: allocation by HostMemory, copies on all threads when they are large.
#include <fmt/format.h>

#include <cstring>
#include <fstream>
#include <string>

#include "backend_cpu/cpu_backend.hpp"
#include "backend_cpu/runtime/host_memory.hpp"
#include "backend_cpu/runtime/parallel.hpp"
#include "backend_cpu/simd/targets.hpp"
#include "core/memory/system_memory.hpp"

namespace ct::cpu {
namespace {

// One core moves this in about 30 us: long enough to be worth another thread.
constexpr int64_t kCopyGrain = int64_t{1} << 18;

void copy_bytes(void* target, const void* source, size_t bytes) {
  parallel_ranges(static_cast<int64_t>(bytes), kCopyGrain, [&](int64_t begin, int64_t end) {
    std::memcpy(static_cast<char*>(target) + begin, static_cast<const char*>(source) + begin,
                static_cast<size_t>(end - begin));
  });
}

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) {
      const size_t colon = line.find(": ");
      if (colon != std::string::npos) return line.substr(colon + 2);
    }
  }
  return "processor";
}

}  // namespace

/// All CPU backends of a process share its memory.
struct CpuBackend::Memory {
  HostMemory& host = HostMemory::instance();
};

CpuBackend::CpuBackend() : memory_(std::make_unique<Memory>()) { apply_simd_environment(); }
CpuBackend::~CpuBackend() = default;

void* CpuBackend::allocate(size_t bytes) { return memory_->host.allocate(bytes); }

void CpuBackend::deallocate(void* buffer, size_t bytes) noexcept {
  memory_->host.deallocate(buffer, bytes);
}

void CpuBackend::copy_from_host(void* buffer, size_t offset, const void* source, size_t bytes) {
  copy_bytes(static_cast<char*>(buffer) + offset, source, bytes);
}

void CpuBackend::copy_to_host(void* target, const void* buffer, size_t offset, size_t bytes) {
  copy_bytes(target, static_cast<const char*>(buffer) + offset, bytes);
}

void CpuBackend::copy(void* target, size_t target_offset, const void* source, size_t source_offset,
                      size_t bytes) {
  copy_bytes(static_cast<char*>(target) + target_offset,
             static_cast<const char*>(source) + source_offset, bytes);
}

MemoryStats CpuBackend::memory_stats() const { return memory_->host.stats(); }

void CpuBackend::trim() { memory_->host.trim(); }

void CpuBackend::set_memory_limit(size_t bytes) { memory_->host.set_limit(bytes); }

// Whatever the processor has: kernels convert to float32 and back.
bool CpuBackend::is_fast(DType dtype) const { return compute_type(dtype) == dtype; }

std::string CpuBackend::description() const {
  return fmt::format("{}, {}, {} threads, {:.1f} GiB", processor_name(), simd_name(), num_threads(),
                     static_cast<double>(system_memory_size()) / (1 << 30));
}

}  // namespace ct::cpu
