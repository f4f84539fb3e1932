// See guard.hpp.
#include "backend_opencl/runtime/guard.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <string_view>
#include <vector>

#include "core/memory/checked_memory.hpp"
#include "customtensor/error.hpp"

namespace ct::opencl {
void Guard::fill(void* whole, size_t offset, size_t bytes, unsigned char value) {
  const cl_int code = calls_.fill(static_cast<cl_mem>(whole), value, offset, bytes);
  calls_.check(code, CallKind::fill, [&] { return fmt::format("{} bytes at {}", bytes, offset); });
}

void* Guard::allocate(size_t bytes) {
  const size_t all = bytes + 2 * margin_;
  void* whole = pool_.try_allocate(all);
  if (whole == nullptr) pool_.throw_out_of_memory(bytes);
  try {
    fill(whole, 0, all, kCanary);
    fill(whole, margin_, bytes, kPoison);
    cl_mem guarded = nullptr;
    calls_.check(calls_.make_sub_buffer(static_cast<cl_mem>(whole), margin_, bytes, guarded),
                 CallKind::window, [&] { return fmt::format("{} bytes", bytes); });
    const std::lock_guard lock(mutex_);
    guarded_[guarded] = {whole, bytes};
    return guarded;
  } catch (...) {
    pool_.deallocate(whole, all);
    throw;
  }
}

void Guard::deallocate(void* buffer) noexcept {
  Guarded guarded{};
  {
    const std::lock_guard lock(mutex_);
    const auto it = guarded_.find(buffer);
    guarded = it->second;
    guarded_.erase(it);
  }
  try {
    const std::string fault = calls_.is_lost() ? "" : inspect(guarded);
    if (!fault.empty()) fmt::print(stderr, "customtensor: custom_gpu: a copy {}\n", fault);
  } catch (const std::exception& error) {
    fmt::print(stderr, "customtensor: {}\n", error.what());
  }
  calls_.release(static_cast<cl_mem>(buffer));
  pool_.deallocate(guarded.whole, guarded.bytes + 2 * margin_);
}

std::string Guard::inspect(const Guarded& guarded) {
  std::vector<unsigned char> before(margin_);
  std::vector<unsigned char> behind(margin_);
  const auto read = [&](std::vector<unsigned char>& target, size_t offset) {
    const cl_int code =
        calls_.read(target.data(), static_cast<cl_mem>(guarded.whole), offset, margin_);
    calls_.check(code, CallKind::read, [] { return "of canaries"; });
  };
  read(before, 0);
  read(behind, margin_ + guarded.bytes);
  std::string fault = stray_write(before, behind, "a buffer", guarded.bytes);
  if (!fault.empty()) {
    fill(guarded.whole, 0, margin_, kCanary);
    fill(guarded.whole, margin_ + guarded.bytes, margin_, kCanary);
  }
  return fault;
}

void Guard::check(std::string_view writer, std::span<const void* const> buffers) {
  std::string faults;
  for (const void* buffer : buffers) {
    Guarded guarded{};
    {
      const std::lock_guard lock(mutex_);
      const auto it = guarded_.find(buffer);
      if (it == guarded_.end()) continue;
      guarded = it->second;
    }
    const std::string fault = inspect(guarded);
    if (!fault.empty()) faults += (faults.empty() ? "" : "; ") + fault;
  }
  if (!faults.empty()) throw BackendError(fmt::format("custom_gpu: {} {}", writer, faults));
}

}  // namespace ct::opencl
