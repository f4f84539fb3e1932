// A short test of a driver: the key kernels of each family, in the style that the device has,
// against what the host computes from the same arrays. Run by a program of its own
// (src/opencl_self_test.cpp), since a bad driver ends the process; trust.hpp starts it. Kept free
// of OpenCL's headers.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "customtensor/backend.hpp"
#include "customtensor/export.hpp"

namespace ct::opencl {

/// Calls `begin` with the name of each step before it; returns "" or which step was wrong and how.
/// Errors: those of the device.
CT_API std::string self_test(Backend& device, const std::function<void(std::string_view)>& begin);

/// The program: tests the device of this platform, name and driver, and says on standard output
/// "at STEP" before each step and at last "passed" or "failed: …", a line each.
CT_API int self_test_main(std::string_view platform, std::string_view name,
                          std::string_view driver);

}  // namespace ct::opencl
