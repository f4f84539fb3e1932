// What only trying tells of a device: whether the features that its driver claims compile, and what
// a launch costs. Tried when the device is first used, and kept on disk beside the binaries.
#pragma once

#include "backend_opencl/device/profile.hpp"
#include "backend_opencl/runtime/calls.hpp"
#include "backend_opencl/source/binary_cache.hpp"

namespace ct::opencl {

/// Completes `profile`. What on disk is damaged or of another driver is tried again.
/// Errors: DeviceLostError.
void probe(Profile& profile, Calls& calls, const BinaryCache& kept);

}  // namespace ct::opencl
