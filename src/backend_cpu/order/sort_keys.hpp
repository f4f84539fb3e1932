// Elements as unsigned integers in the order of SortArgs, and entries of such a key and a place,
// whose own order is therefore that of a stable sort.
#pragma once

#include <cstdint>
#include <limits>

namespace ct::cpu {

enum class Numbers : uint8_t { floating, whole };

/// The order of elements that are stored as U. kInfinity: its bits, of floating ones.
template <class U, Numbers kKind, U kInfinity = 0>
struct KeyOf {
  using Bits = U;
  static constexpr int kBytes = sizeof(U);
  static constexpr U kSign = static_cast<U>(U{1} << (8 * sizeof(U) - 1));

  static U ones_if(bool condition) { return static_cast<U>(-static_cast<U>(condition)); }

  /// `flip` is 0, or all ones for a descending order; of signed whole numbers the sign bit of that
  /// is turned, so that one sorter does for both signed and unsigned ones.
  static U key(U bits, U flip) {
    if constexpr (kKind == Numbers::floating) {
      // By masks: the sign of an element is not to be predicted.
      const U size = static_cast<U>(bits & ~kSign);
      const U clean = static_cast<U>(bits & ones_if(size != 0));
      const U ordered = static_cast<U>(clean ^ (ones_if((clean & kSign) != 0) | kSign));
      return static_cast<U>((ordered | ones_if(size > kInfinity)) ^ flip);
    } else {
      return static_cast<U>(bits ^ flip);
    }
  }
  /// Whether several elements have this key: zeros and NaNs.
  static bool ambiguous(U key, U flip) {
    if constexpr (kKind != Numbers::floating) return false;
    const U k = static_cast<U>(key ^ flip);
    return k == kSign || k == std::numeric_limits<U>::max();
  }
  static U element(U key, U flip) {
    const U k = static_cast<U>(key ^ flip);
    if constexpr (kKind == Numbers::floating) {
      return static_cast<U>((k & kSign) != 0 ? k ^ kSign : ~k);
    } else {
      return k;
    }
  }
};

using Float32Key = KeyOf<uint32_t, Numbers::floating, 0x7f800000U>;
using Float64Key = KeyOf<uint64_t, Numbers::floating, 0x7ff0000000000000U>;
using Float16Key = KeyOf<uint16_t, Numbers::floating, 0x7c00U>;
using BFloat16Key = KeyOf<uint16_t, Numbers::floating, 0x7f80U>;
using Int8Key = KeyOf<uint8_t, Numbers::whole>;
using Int16Key = KeyOf<uint16_t, Numbers::whole>;
using Int32Key = KeyOf<uint32_t, Numbers::whole>;
using Int64Key = KeyOf<uint64_t, Numbers::whole>;

/// Keys of up to 32 bits, in rows of up to 2^32 elements.
struct NarrowEntry {
  uint64_t both;
  NarrowEntry() = default;
  NarrowEntry(uint64_t key, int64_t place) : both(key << 32 | static_cast<uint64_t>(place)) {}
  uint64_t key() const { return both >> 32; }
  int64_t place() const { return static_cast<int64_t>(both & 0xffffffffU); }
  friend bool operator<(NarrowEntry a, NarrowEntry b) { return a.both < b.both; }
};

struct WideEntry {
  uint64_t bits;
  int64_t where;
  WideEntry() = default;
  WideEntry(uint64_t key, int64_t place) : bits(key), where(place) {}
  uint64_t key() const { return bits; }
  int64_t place() const { return where; }
  friend bool operator<(const WideEntry& a, const WideEntry& b) {
    return a.bits != b.bits ? a.bits < b.bits : a.where < b.where;
  }
};

}  // namespace ct::cpu
