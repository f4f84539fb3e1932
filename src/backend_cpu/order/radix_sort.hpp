// Stable radix sort of entries by the bytes of their keys, lowest first. A byte that all keys share
// costs no pass. With several blocks, threads count and move one block each; every entry goes to
// the place that it has without them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "backend_cpu/runtime/parallel.hpp"
#include "core/view/integer.hpp"

namespace ct::cpu {

using DigitCounts = std::array<int64_t, 256>;

template <class Entry>
int digit(const Entry& entry, int byte) {
  return static_cast<int>(entry.key() >> (8 * byte) & 0xffU);
}

/// Moves entries to `to`, each to the next place of its digit.
template <class Entry>
void distribute(const Entry* from, int64_t n, int byte, DigitCounts& next, Entry* to) {
  for (int64_t i = 0; i < n; ++i) to[next[static_cast<size_t>(digit(from[i], byte))]++] = from[i];
}

/// Sorts entries that came in the order of their places, by keys of kBytes bytes. Returns which of
/// the two arrays holds the result.
template <int kBytes, class Entry>
Entry* radix_sort(Entry* entries, Entry* other, int64_t n) {
  std::array<DigitCounts, kBytes> counts{};
  for (int64_t i = 0; i < n; ++i) {
    for (int byte = 0; byte < kBytes; ++byte) {
      ++counts[static_cast<size_t>(byte)][static_cast<size_t>(digit(entries[i], byte))];
    }
  }
  for (int byte = 0; byte < kBytes; ++byte) {
    DigitCounts& next = counts[static_cast<size_t>(byte)];
    if (next[static_cast<size_t>(digit(entries[0], byte))] == n) continue;
    int64_t begin = 0;
    for (int64_t& place : next) {
      const int64_t count = place;
      place = begin;
      begin += count;
    }
    distribute(entries, n, byte, next, other);
    std::swap(entries, other);
  }
  return entries;
}

template <int kBytes, class Entry>
Entry* radix_sort(Entry* entries, Entry* other, int64_t n, int64_t blocks) {
  if (blocks <= 1) return radix_sort<kBytes>(entries, other, n);
  const int64_t length = ceil_div(n, blocks);
  std::vector<DigitCounts> counts(static_cast<size_t>(blocks));
  for (int byte = 0; byte < kBytes; ++byte) {
    parallel_for(blocks, [&](int64_t b) {
      DigitCounts count{};
      const int64_t end = std::min(n, (b + 1) * length);
      for (int64_t i = b * length; i < end; ++i) {
        ++count[static_cast<size_t>(digit(entries[i], byte))];
      }
      counts[static_cast<size_t>(b)] = count;
    });
    int64_t begin = 0;
    bool shared = false;
    for (size_t d = 0; d < 256; ++d) {
      const int64_t first = begin;
      for (DigitCounts& block : counts) {
        const int64_t count = block[d];
        block[d] = begin;
        begin += count;
      }
      shared = shared || begin - first == n;
    }
    if (shared) continue;
    parallel_for(blocks, [&](int64_t b) {
      const int64_t first = b * length;
      distribute(entries + first, std::min(n, first + length) - first, byte,
                 counts[static_cast<size_t>(b)], other);
    });
    std::swap(entries, other);
  }
  return entries;
}

}  // namespace ct::cpu
