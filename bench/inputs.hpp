// Input values that are the same bits in every program: a few lines of integer hashing instead of
// any library's random numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bench {

using Shape = std::vector<int64_t>;

inline int64_t count(const Shape& shape) {
  int64_t n = 1;
  for (int64_t d : shape) n *= d;
  return n;
}

/// A well mixed word for element i of stream `seed` (the finaliser of MurmurHash3).
inline uint32_t hash(uint32_t i, uint32_t seed) {
  uint32_t h = i * 0x9E3779B9u + seed * 0x85EBCA6Bu + 1;
  h ^= h >> 16;
  h *= 0x85EBCA6Bu;
  h ^= h >> 13;
  h *= 0xC2B2AE35u;
  return h ^ (h >> 16);
}

/// n values in [low, high).
inline std::vector<float> uniform_values(int64_t n, uint32_t seed, float low, float high) {
  std::vector<float> values(static_cast<size_t>(n));
  for (size_t i = 0; i < values.size(); ++i) {
    const float unit = static_cast<float>(hash(static_cast<uint32_t>(i), seed) >> 8) * 0x1p-24f;
    values[i] = low + (high - low) * unit;
  }
  return values;
}

/// n values in [0, classes).
inline std::vector<int64_t> label_values(int64_t n, int64_t classes, uint32_t seed) {
  std::vector<int64_t> values(static_cast<size_t>(n));
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = hash(static_cast<uint32_t>(i), seed) % classes;
  }
  return values;
}

}  // namespace bench
