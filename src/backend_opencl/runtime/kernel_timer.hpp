// Times of kernels and copies by OpenCL's events, for profiles.
#pragma once

#include <deque>
#include <mutex>
#include <string_view>
#include <vector>

#include "backend_opencl/runtime/cl.hpp"
#include "customtensor/backend.hpp"

namespace ct::opencl {

class KernelTimer {
 public:
  /// A command that was queued at `queued` (seconds of steady_clock). `what` stays valid.
  void add(cl::Event event, std::string_view what, double queued);
  /// Those that have run. `wait`: all, after which the clocks are compared anew.
  std::vector<KernelTime> take(bool wait);

  static double now();

 private:
  struct Pending {
    cl::Event event;
    std::string_view what;
    ProfiledCall call;
    double queued;
  };

  std::mutex mutex_;
  std::deque<Pending> pending_;
  bool compared_ = false;
  double offset_ = 0;  ///< of the host's clock to the device's
};

}  // namespace ct::opencl
