// The two switches of a thread: whether ops are recorded, and whether backward looks for NaN.
#include "autograd/record.hpp"

namespace ct {

namespace autograd::mode {
thread_local constinit bool enabled = true;
}

namespace {
thread_local constinit bool looks_for_nan = false;
}

bool anomaly_detection() { return looks_for_nan; }
void set_anomaly_detection(bool enabled) { looks_for_nan = enabled; }

bool grad_enabled() { return autograd::mode::enabled; }
void set_grad_enabled(bool enabled) { autograd::mode::enabled = enabled; }

}  // namespace ct
