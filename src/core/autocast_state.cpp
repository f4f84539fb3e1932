// The thread's switch.
#include "core/autocast_state.hpp"

namespace ct {

thread_local constinit AutocastState autocast_state{};

}  // namespace ct
