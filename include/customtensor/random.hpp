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
#include <optional>

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

/// The calling thread's stream that ops use when none is given. All threads' streams are derived
/// from one seed, 0 until manual_seed gives another, and are numbered in the order in which threads
/// first ask for theirs: number n has stream_seed(seed, n). Where that order is a race, give each
/// thread its stream: default_generator().manual_seed(stream_seed(seed, worker)), which changes no
/// other thread's.
CT_API Generator& default_generator();

/// Seeds all default streams: the calling thread begins number 0, which is the seed's own, and
/// every other one a new stream at its next draw, but for those that were seeded by hand (by a
/// manual_seed in that thread, or through default_generator()).
CT_API void manual_seed(uint64_t seed);

/// The seed of stream `number` of a family of streams: `seed` itself for 0, else two words of
/// Philox, which no draw under `seed` uses.
CT_API uint64_t stream_seed(uint64_t seed, uint64_t number);

/// While it lives, the calling thread's default stream is that of `seed`, from its beginning; then
/// it is what it was. The thread is given no number of the family's by it.
class CT_API StreamGuard {
 public:
  explicit StreamGuard(uint64_t seed);
  ~StreamGuard();
  StreamGuard(const StreamGuard&) = delete;
  StreamGuard& operator=(const StreamGuard&) = delete;

 private:
  Generator generator_;
  std::optional<uint64_t> given_;
  uint64_t seeded_;
};

}  // namespace ct
