// When a pointwise program is worth its build, which takes some 0.2 s: until then it is
// interpreted. What has been spent is counted, not timed, so that every run decides alike.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/settings.hpp"
#include "customtensor/build_progress.hpp"

namespace ct::opencl {

/// What is interpreted, in elements times instructions, before a program is built: about as long
/// as building takes.
inline constexpr int64_t kBuildWork = 8 << 20;
/// What a call counts for besides its elements.
inline constexpr int64_t kCallWork = 4096;

/// Elements of a row that an item works on at a time, in the style of CPUs.
inline constexpr int64_t kElementsAtOnce = 8192;
/// Items of a launch on a CPU, for each of its units: enough to balance, few enough to be cheap.
inline constexpr int64_t kItemsPerUnit = 4;
inline constexpr int64_t kItemsOfGroup = 256;

/// CT_OPENCL_INTERPRET=always|never decides for tests.
inline std::string_view interpret_mode() { return settings::kInterpret.read().value_or(""); }
/// Whether nothing is interpreted.
inline bool builds_at_once() {
  return interpret_mode() == "never" || (interpret_mode().empty() && EagerBuilds::wanted());
}

}  // namespace ct::opencl
