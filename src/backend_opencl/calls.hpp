// The OpenCL calls of one device in use: its context and queue, and every call on them that can
// fail. Each goes through a gate, where it can be made to fail (fault.hpp) and where a device that
// was lost answers at once; its code comes back through check(), which tells a failed call from a
// lost device.
//
// A device is lost when its driver says that nothing on it can work again: a kernel crashed, the
// driver was reset, the GPU was unplugged. That stays so until the process ends: from then on
// nothing is called any more, each use throws, and what is freed is left to the driver.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "backend_opencl/cl.hpp"
#include "backend_opencl/fault.hpp"
#include "backend_opencl/profile.hpp"

namespace ct::opencl {

class Calls {
 public:
  /// Makes context and queue. Errors: BackendError; ValueError for a wrong CT_OPENCL_FAULT.
  explicit Calls(const Profile& profile);
  Calls(const Calls&) = delete;
  Calls& operator=(const Calls&) = delete;

  /// Errors: BackendError if the device was lost.
  void ensure_alive() const {
    if (is_lost()) throw_lost();
  }
  bool is_lost() const { return lost_.load(std::memory_order_relaxed); }
  /// How often the host has waited for the device.
  uint64_t host_waits() const { return host_waits_.load(std::memory_order_relaxed); }

  /// For a code other than CL_SUCCESS: BackendError "custom_gpu: <function> failed: <name>
  /// (<code>): <facts()>", or that the device was lost.
  template <class Facts>
  void check(cl_int code, CallKind kind, Facts facts) {
    if (code != CL_SUCCESS) [[unlikely]]
      fail(code, kind, facts());
  }

  /// Whether a call that may fail did not. Errors: BackendError if the device was lost.
  bool succeeded(cl_int code, CallKind kind);

  // What follows gives the call's code, for check().
  // All errors of the gate: BackendError if the device was lost.

  /// Null where there is no more memory. Other errors are thrown.
  cl_mem allocate(size_t bytes);
  void release(cl_mem buffer) noexcept;

  cl_int make_program(const std::string& source, cl::Program& program);
  cl_int load_program(const std::string& binary, cl::Program& program);
  cl_int build(const cl::Program& program, const std::string& options);
  cl_int make_kernel(const cl::Program& program, const char* entry, cl::Kernel& kernel);

  cl_int set_argument(const cl::Kernel& kernel, cl_uint index, size_t size, const void* value) {
    const cl_int code = gate(CallKind::argument);
    return code != CL_SUCCESS ? code : ::clSetKernelArg(kernel(), index, size, value);
  }
  cl_int enqueue(const cl::Kernel& kernel, const cl::NDRange& items, const cl::NDRange& group) {
    const cl_int code = gate(CallKind::enqueue);
    return code != CL_SUCCESS ? code
                              : ::clEnqueueNDRangeKernel(
                                    queue_(), kernel(), static_cast<cl_uint>(items.dimensions()),
                                    nullptr, items.get(), group.get(), 0, nullptr, nullptr);
  }
  /// Waits if there is no `event`; with one, `source` must stay as it is until then.
  cl_int write(cl_mem target, size_t offset, const void* source, size_t bytes, cl::Event* event);
  /// Waits.
  cl_int read(void* target, cl_mem source, size_t offset, size_t bytes);
  cl_int copy(cl_mem target, size_t target_offset, cl_mem source, size_t source_offset,
              size_t bytes);
  /// Waits.
  cl_int finish();
  cl_int flush();

 private:
  /// The code to fail with, or CL_SUCCESS.
  cl_int gate(CallKind kind) const {
    if (is_lost()) [[unlikely]]
      throw_lost();
    if (faults_armed.load(std::memory_order_relaxed)) [[unlikely]]
      return next_fault(kind);
    return CL_SUCCESS;
  }
  cl::Context make_context();
  cl::CommandQueue make_queue();
  void count_wait() { host_waits_.fetch_add(1, std::memory_order_relaxed); }
  [[noreturn]] void fail(cl_int code, CallKind kind, std::string_view facts);
  [[noreturn]] void throw_lost() const;

  const cl::Device device_;
  const std::string name_;
  std::atomic<bool> lost_{false};
  std::atomic<uint64_t> host_waits_{0};
  mutable std::mutex lost_mutex_;
  std::string lost_at_;
  cl::Context context_;
  cl::CommandQueue queue_;
};

}  // namespace ct::opencl
