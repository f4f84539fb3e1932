// What a tensor's memory may be for: how memory.hpp tells bytes apart.
#pragma once

#include <cstdint>

namespace ct {

/// What memory is for. That of several kinds counts once: as the kind that it was marked with, else
/// as saved.
enum class MemoryKind : uint8_t {
  other,       ///< everything else: inputs, results that somebody holds, scratch memory of kernels
  parameters,  ///< of leaves that require grad, frozen ones that once did, and autocast's copies
  gradients,   ///< of leaves
  optimizer,   ///< what optimizers keep from step to step
  saved,       ///< kept by the tape for backward, and by nothing above
};

}  // namespace ct
