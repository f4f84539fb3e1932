// The faults of drivers that kernels work around.
#pragma once

#include <string>

#include "backend_opencl/device/profile.hpp"

namespace ct::opencl {

/// Build options, " -DQUIRK_…" each, for the faults of this device's driver.
std::string quirk_options(const Profile& profile);

}  // namespace ct::opencl
