// See calls.hpp.
#include "backend_opencl/runtime/calls.hpp"

#include <fmt/format.h>

#include <array>
#include <memory>

#include "backend_opencl/runtime/error.hpp"
#include "core/memory/system_memory.hpp"
#include "customtensor/error.hpp"

namespace ct::opencl {
namespace {

/// In the order of CallKind.
constexpr std::array<std::string_view, kCallKindCount> kFunctions = {"clCreateContext",
                                                                     "clCreateCommandQueue",
                                                                     "clCreateBuffer",
                                                                     "clCreateSubBuffer",
                                                                     "clCreateProgram",
                                                                     "clBuildProgram",
                                                                     "clCreateKernel",
                                                                     "clSetKernelArg",
                                                                     "clEnqueueNDRangeKernel",
                                                                     "clEnqueueWriteBuffer",
                                                                     "clEnqueueReadBuffer",
                                                                     "clEnqueueMapBuffer",
                                                                     "clEnqueueUnmapMemObject",
                                                                     "clEnqueueCopyBuffer",
                                                                     "clEnqueueFillBuffer",
                                                                     "clFinish",
                                                                     "clFlush"};

/// NVIDIA's driver, of an illegal access by a kernel.
constexpr cl_int kIllegalAccess = -9999;

/// Whether a code says that the device was lost. Our own objects live as long as the process, so
/// that one which has become invalid was taken away by the driver. Out of resources means just
/// that where something is made or queued, but a wait needs none: there it is how GPUs report that
/// a kernel before it crashed.
bool says_lost(cl_int code, CallKind kind) {
  switch (code) {
    case CL_DEVICE_NOT_AVAILABLE:
    case CL_INVALID_DEVICE:
    case CL_INVALID_CONTEXT:
    case CL_INVALID_COMMAND_QUEUE:
    case kIllegalAccess:
      return kind != CallKind::context && kind != CallKind::queue;
    case CL_OUT_OF_RESOURCES:
      return kind == CallKind::read || kind == CallKind::map || kind == CallKind::finish;
    default:
      return false;
  }
}

/// From here on a buffer of a device that computes in the host's memory lies in huge pages. In
/// PoCL's own, of 4 KiB, a sum of 16M floats took 8 and 29% longer (two runs).
constexpr size_t kLargeBuffer = size_t{2} << 20;
constexpr size_t kPage = 4096;

/// Host memory under a buffer.
struct Backing {
  void* block;
  size_t bytes;
};

void CL_CALLBACK free_backing(cl_mem, void* data) {
  const std::unique_ptr<Backing> backing(static_cast<Backing*>(data));
  system_free(backing->block, backing->bytes);
}

/// A buffer over memory of ours, which is freed with it. Null, and why, in `code`.
cl_mem create_over_host_memory(cl_context context, size_t bytes, cl_int& code) {
  void* block = system_allocate(bytes);
  if (block == nullptr) {
    code = CL_OUT_OF_HOST_MEMORY;
    return nullptr;
  }
  auto backing = std::make_unique<Backing>(Backing{block, bytes});
  cl_mem buffer =
      ::clCreateBuffer(context, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, bytes, block, &code);
  if (code == CL_SUCCESS) {
    code = ::clSetMemObjectDestructorCallback(buffer, free_backing, backing.get());
    if (code == CL_SUCCESS) {
      static_cast<void>(backing.release());  // free_backing's now
      return buffer;
    }
    ::clReleaseMemObject(buffer);
  }
  system_free(block, bytes);
  return nullptr;
}

}  // namespace

Calls::Calls(const Profile& profile)
    : device_(profile.device),
      name_(profile.name),
      shares_host_memory_(profile.device.getInfo<CL_DEVICE_HOST_UNIFIED_MEMORY>() != 0),
      in_host_memory_(shares_host_memory_ && profile.kind == DeviceClass::cpu),
      context_(make_context()),
      queue_(make_queue(0)),
      active_(queue_()) {}

cl::Context Calls::make_context() {
  inject_faults_of_environment();
  cl_int code = gate(CallKind::context);
  cl::Context context;
  if (code == CL_SUCCESS) context = cl::Context(device_, nullptr, nullptr, nullptr, &code);
  check(code, CallKind::context, [&] { return name_; });
  return context;
}

cl::CommandQueue Calls::make_queue(cl_command_queue_properties properties) {
  cl_int code = gate(CallKind::queue);
  cl::CommandQueue queue;
  if (code == CL_SUCCESS) {
    queue = cl::CommandQueue(context_, device_, properties, &code);
  }
  check(code, CallKind::queue, [&] { return name_; });
  return queue;
}

cl_mem Calls::allocate(size_t bytes) {
  cl_int code = gate(CallKind::allocate);
  cl_mem buffer = nullptr;
  if (code == CL_SUCCESS) {
    buffer = in_host_memory_ && bytes >= kLargeBuffer && bytes % kPage == 0
                 ? create_over_host_memory(context_(), bytes, code)
                 : ::clCreateBuffer(context_(), CL_MEM_READ_WRITE, bytes, nullptr, &code);
  }
  if (is_out_of_memory(code)) return nullptr;
  check(code, CallKind::allocate, [&] { return fmt::format("{} bytes", bytes); });
  return buffer;
}

cl_int Calls::make_sub_buffer(cl_mem buffer, size_t offset, size_t bytes, cl_mem& part) {
  cl_int code = gate(CallKind::window);
  const cl_buffer_region region{offset, bytes};
  if (code == CL_SUCCESS) {
    part = ::clCreateSubBuffer(buffer, CL_MEM_READ_WRITE, CL_BUFFER_CREATE_TYPE_REGION, &region,
                               &code);
  }
  return code;
}

void Calls::release(cl_mem buffer) noexcept {
  if (!is_lost()) ::clReleaseMemObject(buffer);
}

cl_int Calls::make_program(const std::string& source, cl::Program& program) {
  cl_int code = gate(CallKind::program);
  if (code == CL_SUCCESS) program = cl::Program(context_, source, false, &code);
  return code;
}

cl_int Calls::load_program(const std::string& binary, cl::Program& program) {
  cl_int code = gate(CallKind::program);
  if (code == CL_SUCCESS) {
    program = cl::Program(context_, {device_},
                          cl::Program::Binaries{{binary.begin(), binary.end()}}, nullptr, &code);
  }
  return code;
}

cl_int Calls::build(const cl::Program& program, const std::string& options) {
  const cl_int code = gate(CallKind::build);
  return code != CL_SUCCESS ? code : program.build(device_, options.c_str());
}

cl_int Calls::make_kernel(const cl::Program& program, const char* entry, cl::Kernel& kernel) {
  cl_int code = gate(CallKind::kernel);
  if (code == CL_SUCCESS) kernel = cl::Kernel(program, entry, &code);
  return code;
}

cl_int Calls::write(cl_mem target, size_t offset, const void* source, size_t bytes,
                    cl::Event* event) {
  const bool waits = event == nullptr;
  if (waits) count_wait();
  return queue_up(CallKind::write, "write", event, [&](cl_command_queue queue, cl_event* done) {
    return ::clEnqueueWriteBuffer(queue, target, waits ? CL_TRUE : CL_FALSE, offset, bytes, source,
                                  0, nullptr, done);
  });
}

cl_int Calls::read(void* target, cl_mem source, size_t offset, size_t bytes) {
  count_wait();
  return queue_up(CallKind::read, "read", nullptr, [&](cl_command_queue queue, cl_event* done) {
    return ::clEnqueueReadBuffer(queue, source, CL_TRUE, offset, bytes, target, 0, nullptr, done);
  });
}

cl_int Calls::queue_read(void* target, cl_mem source, size_t offset, size_t bytes) {
  return queue_up(CallKind::read, "read", nullptr, [&](cl_command_queue queue, cl_event* done) {
    return ::clEnqueueReadBuffer(queue, source, CL_FALSE, offset, bytes, target, 0, nullptr, done);
  });
}

cl_int Calls::map(cl_mem buffer, void*& start) {
  size_t bytes = 0;
  cl_int code = ::clGetMemObjectInfo(buffer, CL_MEM_SIZE, sizeof bytes, &bytes, nullptr);
  if (code != CL_SUCCESS) return code;
  count_wait();
  return queue_up(CallKind::map, "map", nullptr, [&](cl_command_queue queue, cl_event* done) {
    start = ::clEnqueueMapBuffer(queue, buffer, CL_TRUE, CL_MAP_READ | CL_MAP_WRITE, 0, bytes, 0,
                                 nullptr, done, &code);
    return code;
  });
}

cl_int Calls::unmap(cl_mem buffer, void* start) {
  return queue_up(CallKind::unmap, "unmap", nullptr, [&](cl_command_queue queue, cl_event* done) {
    return ::clEnqueueUnmapMemObject(queue, buffer, start, 0, nullptr, done);
  });
}

cl_int Calls::copy(cl_mem target, size_t target_offset, cl_mem source, size_t source_offset,
                   size_t bytes) {
  return queue_up(CallKind::copy, "copy", nullptr, [&](cl_command_queue queue, cl_event* done) {
    return ::clEnqueueCopyBuffer(queue, source, target, source_offset, target_offset, bytes, 0,
                                 nullptr, done);
  });
}

cl_int Calls::fill(cl_mem target, unsigned char value, size_t offset, size_t bytes) {
  return queue_up(CallKind::fill, "fill", nullptr, [&](cl_command_queue queue, cl_event* done) {
    return ::clEnqueueFillBuffer(queue, target, &value, 1, offset, bytes, 0, nullptr, done);
  });
}

cl_int Calls::finish() {
  count_wait();
  const cl_int code = gate(CallKind::finish);
  return code != CL_SUCCESS ? code : ::clFinish(active_.load(std::memory_order_relaxed));
}

void Calls::measure(bool on) {
  check(finish(), CallKind::finish, [] { return ""; });
  if (on && measuring_queue_() == nullptr) measuring_queue_ = make_queue(CL_QUEUE_PROFILING_ENABLE);
  active_.store(on ? measuring_queue_() : queue_(), std::memory_order_relaxed);
}

cl_int Calls::flush() {
  const cl_int code = gate(CallKind::flush);
  return code != CL_SUCCESS ? code : ::clFlush(active_.load(std::memory_order_relaxed));
}

bool Calls::succeeded(cl_int code, CallKind kind) {
  if (code != CL_SUCCESS && says_lost(code, kind)) fail(code, kind, {});
  return code == CL_SUCCESS;
}

void Calls::fail(cl_int code, CallKind kind, std::string_view facts) {
  const std::string_view function = kFunctions[static_cast<size_t>(kind)];
  if (!says_lost(code, kind)) throw_error(code, function, facts);
  {
    const std::lock_guard lock(lost_mutex_);
    if (lost_at_.empty()) lost_at_ = function;  // else another thread has met it first
    lost_.store(true, std::memory_order_relaxed);
  }
  throw DeviceLostError(
      fmt::format("custom_gpu: the device was lost at {}: {} ({}){}{} on {}: a kernel before it "
                  "crashed, or the driver was reset; other devices still work, restart the process "
                  "to use it again",
                  function, code_name(code), code, facts.empty() ? "" : ": ", facts, name_));
}

void Calls::throw_lost() const {
  const std::lock_guard lock(lost_mutex_);
  throw DeviceLostError(fmt::format(
      "custom_gpu: the device was lost at {}; other devices still work, restart the process to use "
      "it again",
      lost_at_));
}

}  // namespace ct::opencl
