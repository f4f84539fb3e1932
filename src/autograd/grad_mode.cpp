#include "autograd/record.hpp"

namespace ct {

namespace autograd::mode {
thread_local constinit bool enabled = true;
}

bool grad_enabled() { return autograd::mode::enabled; }
void set_grad_enabled(bool enabled) { autograd::mode::enabled = enabled; }

}  // namespace ct
