// Streams: a seed is Philox's key, a position its counter's lower 64 bits.
#include "customtensor/random.hpp"

#include <algorithm>

#include "core/philox.hpp"

namespace ct {

std::array<uint32_t, 4> philox4x32(uint64_t seed, uint64_t counter) {
  return philox::block({static_cast<uint32_t>(counter), static_cast<uint32_t>(counter >> 32), 0, 0},
                       {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)});
}

// A block gives two values in float64 and four in the other types. Two are reckoned for all, so
// that the stream goes on at the same place whatever was drawn.
RandomState Generator::take(int64_t count) {
  const RandomState start = state_;
  state_.offset += (static_cast<uint64_t>(std::max<int64_t>(count, 0)) + 1) / 2;
  return start;
}

Generator& default_generator() {
  thread_local Generator generator;
  return generator;
}

void manual_seed(uint64_t seed) { default_generator().manual_seed(seed); }

}  // namespace ct
