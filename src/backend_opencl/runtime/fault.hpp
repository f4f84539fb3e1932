// Faults on purpose, for tests: an OpenCL call fails with a chosen code instead of being made. Kept
// free of OpenCL's headers.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "customtensor/export.hpp"

namespace ct::opencl {

/// What calls.hpp calls, by kind.
enum class CallKind : uint8_t {
  context,
  queue,
  allocate,
  window,
  program,
  build,
  kernel,
  argument,
  enqueue,
  write,
  read,
  map,
  unmap,
  copy,
  fill,
  finish,
  flush,
};
inline constexpr int kCallKindCount = static_cast<int>(CallKind::flush) + 1;

/// The faults from now on, of every device: "KIND:N:CODE[,…]", the N-th (from 1) call of that kind
/// fails with CODE, a name or a number. Empty: none. The environment variable CT_OPENCL_FAULT says
/// the same of a whole process.
/// Errors: ValueError saying the syntax.
CT_API void inject_faults(std::string_view spec);
/// As CT_OPENCL_FAULT says, if it is set: once.
void inject_faults_of_environment();

inline std::atomic<bool> faults_armed{false};
/// The code that this call is to fail with, or CL_SUCCESS.
int32_t next_fault(CallKind kind);

}  // namespace ct::opencl
