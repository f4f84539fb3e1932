// Sorts one dense row, or finds a range of its ranks. How depends on the lengths (`choose`):
//
//   counting ranks:  of short rows, against all others, without a branch;
//   keeping best:    of the best few: an element is compared with the worst of those kept, sixteen
//                    at a time, and hardly ever enters;
//   narrowing:       of ranks within: counting keys by their leading bits leaves a fraction to
//                    choose from;
//   radix:           the rest.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include "backend_cpu/order/radix_sort.hpp"
#include "backend_cpu/order/sort_keys.hpp"
#include "backend_cpu/runtime/parallel.hpp"
#include "core/view/integer.hpp"

namespace ct::cpu {

/// One line to sort, dense. `flip` as in KeyOf; absent results are null.
template <class Bits>
struct Row {
  const Bits* in = nullptr;
  int64_t n = 0, first = 0, count = 0;
  Bits flip = 0;
  Bits* values = nullptr;
  int64_t* indices = nullptr;
};

enum class RowAlgorithm : uint8_t { counting_ranks, keeping_best, narrowing, radix };

template <class Key, class Entry>
class RowSorter {
 public:
  using Bits = typename Key::Bits;

  /// Entries that both arrays of run() must hold.
  static int64_t room(const Row<Bits>& row, int64_t blocks) {
    return choose(row) == RowAlgorithm::keeping_best ? blocks * buffer_size(row.count) : row.n;
  }

  /// `blocks`: pieces of the row that threads may work on.
  static void run(const Row<Bits>& row, Entry* a, Entry* b, int64_t blocks) {
    switch (choose(row)) {
      case RowAlgorithm::counting_ranks:
        return count_ranks(row);
      case RowAlgorithm::keeping_best:
        return select(row, a, filter(row, a, blocks), row.first);
      case RowAlgorithm::narrowing:
        return narrow(row, a, blocks);
      case RowAlgorithm::radix:
        break;
    }
    const int64_t length = ceil_div(row.n, blocks);
    parallel_ranges(row.n, length, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) a[i] = {key_at(row, i), i};
    });
    write(row, radix_sort<Key::kBytes>(a, b, row.n, blocks) + row.first);
  }

 private:
  /// Up to here n² comparisons, four or one at a time, are faster than anything with branches.
  static constexpr int64_t kShort = sizeof(Bits) <= 4 ? 128 : 64;
  /// The best count of n are filtered if count <= n / kFew: hardly any element then enters.
  static constexpr int64_t kFew = 32;
  /// Ranks that are chosen rather than sorted out.
  static constexpr int64_t kChosen = 64;

  static RowAlgorithm choose(const Row<Bits>& row) {
    if (row.n <= kShort) return RowAlgorithm::counting_ranks;
    if (row.first == 0 && row.count <= row.n / kFew) return RowAlgorithm::keeping_best;
    return row.count <= kChosen ? RowAlgorithm::narrowing : RowAlgorithm::radix;
  }

  /// So few are kept in order.
  static constexpr int64_t kOrdered = 32;
  /// Elements compared at once.
  static constexpr int64_t kComparedAtOnce = 16;
  /// Counters of `narrow`, and rows for which they pay.
  static constexpr int kDigitBits = 11;
  static constexpr int64_t kCounted = 512;

  static Bits key_at(const Row<Bits>& row, int64_t i) { return Key::key(row.in[i], row.flip); }
  static int64_t buffer_size(int64_t count) { return 2 * count + 64; }

  static void count_ranks(const Row<Bits>& row) {
    // Signed numbers: what the smallest instruction set can compare.
    using Number = std::conditional_t<sizeof(Bits) <= 4, int32_t, int64_t>;
    using Counted = std::make_unsigned_t<Number>;
    constexpr Counted kSign = Counted{1} << (8 * sizeof(Number) - 1);
    Number keys[kShort];
    const int64_t n = std::min(row.n, kShort);  // a bound that the compiler sees
    for (int64_t i = 0; i < n; ++i) {
      keys[i] = static_cast<Number>(static_cast<Counted>(key_at(row, i)) ^ kSign);
    }
    for (int64_t i = 0; i < n; ++i) {
      const Number key = keys[i];
      Number rank = 0;
      for (int64_t k = 0; k < i; ++k) rank += keys[k] <= key ? 1 : 0;
      for (int64_t k = i + 1; k < n; ++k) rank += keys[k] < key ? 1 : 0;
      const int64_t place = rank - row.first;
      // One comparison: whether a rank is too small alone could not be predicted.
      if (static_cast<uint64_t>(place) >= static_cast<uint64_t>(row.count)) continue;
      if (row.values != nullptr) row.values[place] = row.in[i];
      if (row.indices != nullptr) row.indices[place] = i;
    }
  }

  /// Sorts those of n entries whose ranks are first … first + row.count - 1 among them.
  static void select(const Row<Bits>& row, Entry* a, int64_t n, int64_t first) {
    Entry* begin = a + first;
    Entry* end = begin + row.count;
    if (first > 0) std::nth_element(a, begin, a + n);
    if (end < a + n) std::nth_element(begin, end, a + n);
    std::sort(begin, end);
    write(row, begin);
  }

  static void write(const Row<Bits>& row, const Entry* sorted) {
    if (row.values != nullptr) {
      for (int64_t i = 0; i < row.count; ++i) {
        const Bits key = static_cast<Bits>(sorted[i].key());
        row.values[i] =
            Key::ambiguous(key, row.flip) ? row.in[sorted[i].place()] : Key::element(key, row.flip);
      }
    }
    if (row.indices != nullptr) {
      for (int64_t i = 0; i < row.count; ++i) row.indices[i] = sorted[i].place();
    }
  }

  /// Brings a superset of the best row.count entries to the front of `a`; returns its size.
  static int64_t filter(const Row<Bits>& row, Entry* a, int64_t blocks) {
    const auto best = row.count <= kOrdered ? best_in_order : best_of;
    if (blocks == 1) return best(row, 0, row.n, a);
    return in_blocks(
        row.n, a, buffer_size(row.count), blocks,
        [&](int64_t begin, int64_t end, Entry* to) { return best(row, begin, end, to); });
  }

  /// Runs find(begin, end, to), which returns how many it wrote to `to`, on each block of n
  /// elements, and joins what was found at `a`. Blocks write `room` apart.
  template <class Find>
  static int64_t in_blocks(int64_t n, Entry* a, int64_t room, int64_t blocks, const Find& find) {
    const int64_t length = ceil_div(n, blocks);
    std::vector<int64_t> found(static_cast<size_t>(blocks));
    parallel_for(blocks, [&](int64_t b) {
      const int64_t begin = std::min(n, b * length);
      found[static_cast<size_t>(b)] = find(begin, std::min(n, begin + length), a + b * room);
    });
    int64_t total = found[0];
    for (int64_t b = 1; b < blocks; ++b) {
      std::copy_n(a + b * room, found[static_cast<size_t>(b)], a + total);
      total += found[static_cast<size_t>(b)];
    }
    return total;
  }

  /// Calls take(place) for every element of [begin, end) with a key below worst(), which sinks.
  template <class Worst, class Take>
  static void for_better(const Row<Bits>& row, int64_t begin, int64_t end, const Worst& worst,
                         const Take& take) {
    int64_t i = begin;
    for (; i + kComparedAtOnce <= end; i += kComparedAtOnce) {
      const Bits limit = worst();
      unsigned any = 0;
      for (int64_t k = 0; k < kComparedAtOnce; ++k) {
        any |= static_cast<unsigned>(key_at(row, i + k) < limit);
      }
      if (any == 0) [[likely]]
        continue;
      for (int64_t k = 0; k < kComparedAtOnce; ++k) {
        if (key_at(row, i + k) < worst()) take(i + k);
      }
    }
    for (; i < end; ++i) {
      if (key_at(row, i) < worst()) take(i);
    }
  }

  /// The best row.count of [begin, end), kept in order. Of equal ones the earlier is better, and is
  /// here already.
  static int64_t best_in_order(const Row<Bits>& row, int64_t begin, int64_t end, Entry* kept) {
    const int64_t most = row.count;
    int64_t n = 0;
    const auto insert = [&](int64_t place) {
      const Entry entry(key_at(row, place), place);
      int64_t at = n < most ? n++ : n - 1;
      for (; at > 0 && entry < kept[at - 1]; --at) kept[at] = kept[at - 1];
      kept[at] = entry;
    };
    int64_t i = begin;
    for (; i < end && n < most; ++i) insert(i);
    if (most == 0) return 0;
    for_better(
        row, i, end, [&] { return static_cast<Bits>(kept[n - 1].key()); }, insert);
    return n;
  }

  /// The same for more: a buffer that is cut back to the best whenever it is full.
  static int64_t best_of(const Row<Bits>& row, int64_t begin, int64_t end, Entry* kept) {
    const int64_t room = buffer_size(row.count);
    int64_t n = 0;
    int64_t i = begin;
    for (; i < end && n < room; ++i) kept[n++] = {key_at(row, i), i};
    if (i == end) return n;
    Bits worst = 0;
    const auto shrink = [&] {
      std::nth_element(kept, kept + row.count - 1, kept + n);
      n = row.count;
      worst = static_cast<Bits>(kept[n - 1].key());
    };
    shrink();
    for_better(
        row, i, end, [&] { return worst; },
        [&](int64_t place) {
          kept[n++] = {key_at(row, place), place};
          if (n == room) shrink();
        });
    return n;
  }

  /// Keys that hold the wanted ranks: `below` smaller ones, `inside` within [low, high].
  struct Span {
    Bits low = 0, high = std::numeric_limits<Bits>::max();
    int64_t below = 0, inside = 0;
    /// One comparison: on which side a key is could not be predicted.
    bool holds(Bits key) const {
      return static_cast<Bits>(key - low) <= static_cast<Bits>(high - low);
    }
  };

  using Counts = std::array<int64_t, size_t{1} << kDigitBits>;

  static Counts count_digits(const Row<Bits>& row, const Span& span, int shift, int64_t begin,
                             int64_t end) {
    Counts counts{};
    for (int64_t i = begin; i < end; ++i) {
      const Bits key = key_at(row, i);
      if (!span.holds(key)) continue;
      ++counts[static_cast<size_t>(static_cast<Bits>(key - span.low) >> shift)];
    }
    return counts;
  }
  static Counts count_in_blocks(const Row<Bits>& row, const Span& span, int shift, int64_t blocks) {
    const int64_t length = ceil_div(row.n, blocks);
    std::vector<Counts> parts(static_cast<size_t>(blocks));
    parallel_for(blocks, [&](int64_t b) {
      const int64_t begin = std::min(row.n, b * length);
      parts[static_cast<size_t>(b)] =
          count_digits(row, span, shift, begin, std::min(row.n, begin + length));
    });
    for (size_t b = 1; b < parts.size(); ++b) {
      for (size_t d = 0; d < parts[0].size(); ++d) parts[0][d] += parts[b][d];
    }
    return parts[0];
  }

  /// Narrows the span down by counting one digit after the other.
  static Span span_of(const Row<Bits>& row, int64_t blocks) {
    Span span;
    span.inside = row.n;
    int shift = 8 * Key::kBytes;
    while (shift > 0 && span.inside > row.n / 16) {
      shift = std::max(0, shift - kDigitBits);
      const Counts counts = blocks > 1 ? count_in_blocks(row, span, shift, blocks)
                                       : count_digits(row, span, shift, 0, row.n);
      // The digits of the first and the last rank.
      size_t digit = 0;
      int64_t below = span.below;
      while (below + counts[digit] <= row.first) below += counts[digit++];
      const size_t begin = digit;
      span.below = below;
      while (below + counts[digit] < row.first + row.count) below += counts[digit++];
      span.inside = below + counts[digit] - span.below;
      const auto at = [&](size_t d) {
        return static_cast<Bits>(static_cast<uint64_t>(d) << shift);
      };
      const Bits base = span.low;
      span.high = static_cast<Bits>(base + at(digit) + static_cast<Bits>(at(1) - 1));
      span.low = static_cast<Bits>(base + at(begin));
      if (digit != begin) break;
    }
    return span;
  }

  static void narrow(const Row<Bits>& row, Entry* a, int64_t blocks) {
    if (row.n < kCounted) {
      for (int64_t i = 0; i < row.n; ++i) a[i] = {key_at(row, i), i};
      return select(row, a, row.n, row.first);
    }
    const Span span = span_of(row, blocks);
    const auto collect = [&](int64_t begin, int64_t end, Entry* to) {
      int64_t n = 0;
      for (int64_t i = begin; i < end; ++i) {
        const Bits key = key_at(row, i);
        to[n] = {key, i};  // n < end - begin as long as there is an element to look at
        n += span.holds(key) ? 1 : 0;
      }
      return n;
    };
    const int64_t n = blocks > 1 ? in_blocks(row.n, a, ceil_div(row.n, blocks), blocks, collect)
                                 : collect(0, row.n, a);
    select(row, a, n, row.first - span.below);
  }
};

}  // namespace ct::cpu
