// OpenCL's error codes as BackendError.
#pragma once

#include <string>
#include <string_view>

#include "backend_opencl/cl.hpp"

namespace ct::opencl {

/// "CL_OUT_OF_RESOURCES", or "unknown code".
std::string_view code_name(cl_int code);

/// Whether a code says that there is no memory left.
bool is_out_of_memory(cl_int code);

[[noreturn]] void throw_error(cl_int code, const char* call, std::string_view facts);

/// Errors: BackendError "custom_gpu: <call> failed: <code name> (<code>): <facts>".
inline void check(cl_int code, const char* call, std::string_view facts = {}) {
  if (code != CL_SUCCESS) throw_error(code, call, facts);
}

}  // namespace ct::opencl
