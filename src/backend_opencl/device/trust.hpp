// Whether a driver may be used in this process. One that crashes takes the program with it, and one
// that computes wrongly its results; so a driver that nobody knows is tested before its first use
// (self_test.hpp), in a process of its own, and the verdict is kept beside the binaries.
//
// Why a program of its own: a child that is only forked may call nothing but async-signal-safe
// functions, since by then the driver's threads, and the user's, may hold any lock, and OpenCL is
// not among those. Spawning is safe from any program; what it costs is a file beside the library
// (customtensor/opencl-self-test). Where that is missing, as beside a program that has the library
// linked into it, the driver is used untested and that is said.
#pragma once

#include <string>

#include "backend_opencl/device/profile.hpp"
#include "backend_opencl/source/binary_cache.hpp"
#include "customtensor/export.hpp"

namespace ct::opencl {

/// "" if the device may be used, else which driver is refused, why, and what to do. Tests an
/// unknown driver, which takes up to a minute, once for each driver, style and state of the
/// kernels. `claimed`: as the driver claims.
CT_API std::string refusal_of(const Profile& claimed, const BinaryCache& kept);

}  // namespace ct::opencl
