// The one door to OpenCL: Khronos' C++ header for the ownership of objects, version 1.2, without
// its exceptions. Calls that can fail go through calls.hpp.
#pragma once

#define CL_HPP_TARGET_OPENCL_VERSION 120
#define CL_HPP_MINIMUM_OPENCL_VERSION 120
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/opencl.hpp>
