// What autocast is to the calling thread: a switch like grad mode's, which ops read
// (ops/autocast.hpp), backward turns off, and a checkpoint that runs again turns back to what it
// was.
#pragma once

#include <utility>

#include "customtensor/dtype.hpp"

namespace ct {

namespace detail {
class AutocastCache;  // ops/autocast.cpp
}

struct AutocastMode {
  bool enabled = false;
  DType dtype = DType::float16;
  bool cache_enabled = true;
};

struct AutocastState {
  AutocastMode mode;
  detail::AutocastCache* cache = nullptr;  ///< the outermost guard's
};
// initial-exec: every op asks.
extern thread_local constinit AutocastState autocast_state
    __attribute__((tls_model("initial-exec")));

/// Another mode while it lives.
class AutocastSwitch {
 public:
  explicit AutocastSwitch(const AutocastMode& mode)
      : previous_(std::exchange(autocast_state.mode, mode)) {}
  ~AutocastSwitch() { autocast_state.mode = previous_; }
  AutocastSwitch(const AutocastSwitch&) = delete;
  AutocastSwitch& operator=(const AutocastSwitch&) = delete;

 private:
  AutocastMode previous_;
};

}  // namespace ct
