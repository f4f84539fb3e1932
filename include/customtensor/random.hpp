// Random streams: Philox 4x32-10, counter based. The n-th value of a stream is a function of (seed,
// n) alone, so it does not depend on device, thread count or the sizes of the calls' blocks.
// Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
//
// What the opcodes uniform and normal give element i (row-major, counted over the call's shape), on
// every device; w are the words of philox4x32(seed, c):
//   float32  c = offset + i / 4.  uniform: (w[i % 4] >> 8) * 2^-24.
//            normal: elements come in pairs (4k, 4k + 1) from w[0], w[1] and (4k + 2, 4k + 3) from
//            w[2], w[3]; u1 = ((first word >> 8) + 1) * 2^-24, u2 = (second word >> 8) * 2^-24.
//   float64  c = offset + i / 2, b(j) = (w[j] | w[j + 1] << 32) >> 11 (53 bits).
//            uniform: b(2 * (i % 2)) * 2^-53.
//            normal: the pair (2k, 2k + 1) has u1 = (b(0) + 1) * 2^-53, u2 = b(2) * 2^-53.
//   The first normal of a pair is sqrt(-2 ln u1) cos(2 pi u2), the second has sin (Box-Muller).
// All random instructions of one program draw the same words.
#pragma once

#include <array>
#include <cstdint>

#include "customtensor/backend.hpp"
#include "customtensor/export.hpp"

namespace ct {

/// Four words of Philox 4x32-10 under `seed` at `counter`.
CT_API std::array<uint32_t, 4> philox4x32(uint64_t seed, uint64_t counter);

/// A stream. Each random op takes the piece it needs and moves the offset on.
class CT_API Generator {
 public:
  explicit Generator(uint64_t seed = 0) : state_{seed, 0} {}
  /// Starts the stream of `seed` from its beginning.
  void manual_seed(uint64_t seed) { state_ = {seed, 0}; }
  /// Takes `count` values from the stream; the result is where they begin.
  RandomState take(int64_t count);
  RandomState state() const { return state_; }
  void set_state(RandomState state) { state_ = state; }

 private:
  RandomState state_;
};

/// The calling thread's stream that ops use when none is given. Starts with seed 0.
CT_API Generator& default_generator();

/// Seeds the calling thread's default stream.
CT_API void manual_seed(uint64_t seed);

}  // namespace ct
