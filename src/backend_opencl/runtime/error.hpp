// OpenCL's error codes as BackendError.
#pragma once

#include <string>
#include <string_view>

#include "backend_opencl/runtime/cl.hpp"

namespace ct::opencl {

/// "CL_OUT_OF_RESOURCES", or "unknown code".
std::string_view code_name(cl_int code);

/// The code of that name; 0 if there is none.
cl_int code_of(std::string_view name);

/// Whether a code says that there is no memory left.
bool is_out_of_memory(cl_int code);

/// BackendError, or OutOfMemoryError, "custom_gpu: <function> failed: <code name> (<code>):
/// <facts>".
[[noreturn]] void throw_error(cl_int code, std::string_view function, std::string_view facts);

}  // namespace ct::opencl
