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
#include <utility>

#include "backend_opencl/device/profile.hpp"
#include "backend_opencl/runtime/cl.hpp"
#include "backend_opencl/runtime/fault.hpp"
#include "backend_opencl/runtime/kernel_timer.hpp"

namespace ct::opencl {

class Calls {
 public:
  /// Makes context and queue. Errors: BackendError; ValueError for a wrong CT_OPENCL_FAULT.
  explicit Calls(const Profile& profile);
  Calls(const Calls&) = delete;
  Calls& operator=(const Calls&) = delete;

  /// Errors: DeviceLostError.
  void ensure_alive() const {
    if (is_lost()) throw_lost();
  }
  bool is_lost() const { return lost_.load(std::memory_order_relaxed); }
  /// Whether mapping a buffer copies nothing.
  bool shares_host_memory() const { return shares_host_memory_; }
  DeviceCounts counts() const {
    return {launches_.load(std::memory_order_relaxed), host_waits_.load(std::memory_order_relaxed)};
  }
  /// Changes to a queue that measures what it runs, or back. Waits.
  void measure(bool on);
  KernelTimer& timer() { return timer_; }

  /// For a code other than CL_SUCCESS: BackendError "custom_gpu: <function> failed: <name>
  /// (<code>): <facts()>", or DeviceLostError.
  template <class Facts>
  void check(cl_int code, CallKind kind, Facts facts) {
    if (code != CL_SUCCESS) [[unlikely]]
      fail(code, kind, facts());
  }

  /// Whether a call that may fail did not. Errors: DeviceLostError.
  bool succeeded(cl_int code, CallKind kind);

  // What follows gives the call's code, for check().
  // Errors of all: DeviceLostError.

  /// Null where there is no more memory. Other errors are thrown.
  cl_mem allocate(size_t bytes);
  void release(cl_mem buffer) noexcept;
  /// A buffer that is a part of another; release() it too.
  cl_int make_sub_buffer(cl_mem buffer, size_t offset, size_t bytes, cl_mem& part);

  cl_int make_program(const std::string& source, cl::Program& program);
  cl_int load_program(const std::string& binary, cl::Program& program);
  cl_int build(const cl::Program& program, const std::string& options);
  cl_int make_kernel(const cl::Program& program, const char* entry, cl::Kernel& kernel);

  cl_int set_argument(const cl::Kernel& kernel, cl_uint index, size_t size, const void* value) {
    const cl_int code = gate(CallKind::argument);
    return code != CL_SUCCESS ? code : ::clSetKernelArg(kernel(), index, size, value);
  }
  cl_int enqueue(const cl::Kernel& kernel, std::string_view what, const cl::NDRange& items,
                 const cl::NDRange& group) {
    launches_.fetch_add(1, std::memory_order_relaxed);
    return queue_up(CallKind::enqueue, what, nullptr, [&](cl_command_queue queue, cl_event* event) {
      return ::clEnqueueNDRangeKernel(queue, kernel(), static_cast<cl_uint>(items.dimensions()),
                                      nullptr, items.get(), group.get(), 0, nullptr, event);
    });
  }
  /// What another library queues: call(queue, event) gives a code. `what` must live on.
  template <class Call>
  cl_int enqueue_foreign(std::string_view what, Call call) {
    launches_.fetch_add(1, std::memory_order_relaxed);
    return queue_up(CallKind::enqueue, what, nullptr, call);
  }
  /// For asking only: what is queued goes through the calls above.
  cl_command_queue queue() const { return active_.load(std::memory_order_relaxed); }
  /// Waits if there is no `event`; with one, `source` must stay as it is until then.
  cl_int write(cl_mem target, size_t offset, const void* source, size_t bytes, cl::Event* event);
  /// Waits.
  cl_int read(void* target, cl_mem source, size_t offset, size_t bytes);
  /// Does not: `target` holds it after the next wait.
  cl_int queue_read(void* target, cl_mem source, size_t offset, size_t bytes);
  /// The whole buffer, to read and to write. Waits.
  cl_int map(cl_mem buffer, void*& start);
  cl_int unmap(cl_mem buffer, void* start);
  cl_int copy(cl_mem target, size_t target_offset, cl_mem source, size_t source_offset,
              size_t bytes);
  cl_int fill(cl_mem target, unsigned char value, size_t offset, size_t bytes);
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
  /// Queues a command by `call`, measured if that is wanted. The event is also given to `wanted`.
  template <class F>
  cl_int queue_up(CallKind kind, std::string_view what, cl::Event* wanted, F call) {
    cl_int code = gate(kind);
    if (code != CL_SUCCESS) return code;
    const cl_command_queue queue = active_.load(std::memory_order_relaxed);
    if (queue == queue_()) [[likely]]
      return call(queue, wanted == nullptr ? nullptr : &(*wanted)());
    cl::Event event;
    const double queued = KernelTimer::now();
    code = call(queue, &event());
    if (code != CL_SUCCESS) return code;
    if (wanted != nullptr) *wanted = event;
    timer_.add(std::move(event), what, queued);
    return code;
  }
  cl::Context make_context();
  cl::CommandQueue make_queue(cl_command_queue_properties properties);
  void count_wait() { host_waits_.fetch_add(1, std::memory_order_relaxed); }
  [[noreturn]] void fail(cl_int code, CallKind kind, std::string_view facts);
  [[noreturn]] void throw_lost() const;

  const cl::Device device_;
  const std::string name_;
  const bool shares_host_memory_;
  const bool in_host_memory_;  ///< and is the host's processor
  std::atomic<bool> lost_{false};
  std::atomic<uint64_t> launches_{0}, host_waits_{0};
  mutable std::mutex lost_mutex_;
  std::string lost_at_;
  cl::Context context_;
  cl::CommandQueue queue_;
  /// Made when first wanted: measuring costs something on every command of a queue.
  cl::CommandQueue measuring_queue_;
  std::atomic<cl_command_queue> active_;
  KernelTimer timer_;
};

}  // namespace ct::opencl
