// The programs of a rule: one for each set of its flags, built when it is first used. Internal.
#pragma once

#include <array>
#include <cstddef>
#include <mutex>

#include "customtensor/pointwise.hpp"

namespace ct::optim {

template <size_t Flags>
class Variants {
 public:
  /// `build(set)` gives the program of a set of flags, bit i for flag i. Thread-safe.
  template <class Build>
  const ProgramPtr& get(size_t set, const Build& build) {
    std::call_once(once_[set], [&] { programs_[set] = build(set); });
    return programs_[set];
  }

 private:
  std::array<std::once_flag, size_t{1} << Flags> once_;
  std::array<ProgramPtr, size_t{1} << Flags> programs_;
};

/// Flags as such a set: flags(a, b) has bit 0 if a.
template <class... Bools>
constexpr size_t flags(Bools... on) {
  size_t set = 0, bit = 0;
  ((set |= static_cast<size_t>(on) << bit++), ...);
  return set;
}
constexpr bool has(size_t set, size_t flag) { return (set >> flag & 1U) != 0; }

/// The gradient as a rule sees it: against the sign for `maximize`.
inline PointwiseValue gradient_of(const PointwiseBuilder& b, bool maximize) {
  return maximize ? -b.input(0) : b.input(0);
}
/// The same with the L2 penalty.
inline PointwiseValue penalized(const PointwiseBuilder& b, bool maximize, bool decay, int scalar) {
  const PointwiseValue g = gradient_of(b, maximize);
  return decay ? g + b.scalar(scalar) * b.input(1) : g;
}

}  // namespace ct::optim
