// What readers of binary files share.
#pragma once

#include <cstdint>

namespace ct::data {

/// Deflate makes nothing smaller than by this factor, so a header cannot ask for more memory than
/// the file can fill.
inline constexpr uint64_t kMostInflation = 1032;

inline uint32_t big_endian(const uint8_t* b) {
  return uint32_t{b[0]} << 24 | uint32_t{b[1]} << 16 | uint32_t{b[2]} << 8 | uint32_t{b[3]};
}

}  // namespace ct::data
