// Philox 4x32-10 on plain words: ten rounds of two 32x32 -> 64 multiplications and exclusive-ors
// with a key that steps by two constants. The reference for every device's version.
// Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
#pragma once

#include <array>
#include <cstdint>

namespace ct::philox {

inline constexpr uint32_t kMultiplier0 = 0xD2511F53U;
inline constexpr uint32_t kMultiplier1 = 0xCD9E8D57U;
inline constexpr uint32_t kKeyStep0 = 0x9E3779B9U;  ///< golden ratio
inline constexpr uint32_t kKeyStep1 = 0xBB67AE85U;  ///< sqrt(3) - 1
inline constexpr int kRounds = 10;

constexpr std::array<uint32_t, 4> block(std::array<uint32_t, 4> counter,
                                        std::array<uint32_t, 2> key) {
  for (int round = 0; round < kRounds; ++round) {
    const uint64_t p0 = uint64_t{kMultiplier0} * counter[0];
    const uint64_t p1 = uint64_t{kMultiplier1} * counter[2];
    counter = {static_cast<uint32_t>(p1 >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(p1),
               static_cast<uint32_t>(p0 >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(p0)};
    key[0] += kKeyStep0;
    key[1] += kKeyStep1;
  }
  return counter;
}

}  // namespace ct::philox
