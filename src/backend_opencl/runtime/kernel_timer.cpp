// See kernel_timer.hpp. OpenCL 1.2 does not relate the device's clock to the host's: the first
// command's time of queueing is taken for the host's time at that call.
#include "backend_opencl/runtime/kernel_timer.hpp"

#include <chrono>
#include <utility>

namespace ct::opencl {

double KernelTimer::now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void KernelTimer::add(cl::Event event, std::string_view what, double queued) {
  const std::lock_guard lock(mutex_);
  pending_.push_back({std::move(event), what, profiled_call(), queued});
}

std::vector<KernelTime> KernelTimer::take(bool wait) {
  const std::lock_guard lock(mutex_);
  std::vector<KernelTime> times;
  for (; !pending_.empty(); pending_.pop_front()) {
    const Pending& command = pending_.front();
    if (!wait && command.event.getInfo<CL_EVENT_COMMAND_EXECUTION_STATUS>() > CL_COMPLETE) break;
    const auto seconds = [&](cl_profiling_info what, double& value) {
      cl_ulong nanoseconds = 0;
      const cl_int code = ::clGetEventProfilingInfo(command.event(), what, sizeof nanoseconds,
                                                    &nanoseconds, nullptr);
      value = 1e-9 * static_cast<double>(nanoseconds);
      return code == CL_SUCCESS;
    };
    double queued = 0;
    double start = 0;
    double end = 0;
    // A command that failed has no times.
    if (!seconds(CL_PROFILING_COMMAND_QUEUED, queued) ||
        !seconds(CL_PROFILING_COMMAND_START, start) || !seconds(CL_PROFILING_COMMAND_END, end)) {
      continue;
    }
    if (!std::exchange(compared_, true)) offset_ = command.queued - queued;
    times.push_back({command.what, command.call, start + offset_, end - start});
  }
  if (wait) compared_ = false;
  return times;
}

}  // namespace ct::opencl
