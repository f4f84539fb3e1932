// Finds the OpenCL devices of this machine: the family behind Device("custom_gpu"). Kept free of
// OpenCL's headers.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "customtensor/backend.hpp"
#include "customtensor/export.hpp"

namespace ct::opencl {

/// One backend a device that offers OpenCL 1.2: GPUs first, then accelerators, then CPUs, and
/// behind all of them those whose driver is known to be bad. The
/// environment variable CT_OPENCL_DEVICE, a number in this order or a part of a name, leaves only
/// the devices it fits. Empty where there is no driver. Errors: DeviceLostError
/// in a child that was forked after the first call.
CT_API std::vector<std::unique_ptr<Backend>> discover();

/// The device of exactly these names, whatever CT_OPENCL_DEVICE says; null if there is none.
std::unique_ptr<Backend> find_device(std::string_view platform, std::string_view name,
                                     std::string_view driver);

/// What to do when there is no device. Asks the drivers again.
std::string install_hint();

}  // namespace ct::opencl
