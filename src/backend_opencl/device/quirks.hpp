// What is known of drivers: those that were tested, those that cannot be used, and the faults that
// kernels work around.
#pragma once

#include <string>

#include "backend_opencl/device/profile.hpp"
#include "customtensor/export.hpp"

namespace ct::opencl {

/// Build options, " -DQUIRK_…" each, for the faults of this device's driver.
std::string quirk_options(const Profile& profile);

/// Whether all tests pass on this driver, so that it needs no test of its own (trust.hpp).
CT_API bool is_known_good(const Profile& profile);

/// Why this driver cannot be used, or null.
CT_API const char* known_fault(const Profile& profile);

}  // namespace ct::opencl
