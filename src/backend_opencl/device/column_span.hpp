// How kernels that work along an axis that is not the last deal out the lines beside each other.
#pragma once

#include <algorithm>

#include "backend_opencl/device/profile.hpp"
#include "core/view/extents.hpp"
#include "core/view/integer.hpp"
#include "customtensor/dtype.hpp"

namespace ct::opencl {

/// Lines side by side that an item takes: on CPUs up to SPAN of kernels/rows.cl, in whole vectors,
/// but a few items for each unit.
inline int64_t column_span(const Profile& profile, const Extents& e, DType compute) {
  if (profile.style == Style::gpu) return 1;
  constexpr int64_t kMostLines = 512;
  const int64_t lanes = profile.program_lanes(item_size(compute));
  const int64_t fair = round_up(e.outer * e.inner / (profile.compute_units * int64_t{4}), lanes);
  return std::clamp(fair, lanes, std::min(kMostLines, round_up(e.inner, lanes)));
}

}  // namespace ct::opencl
