// Group normalisation (group_norm.cpp), and what it shares with the others.
#pragma once

#include "backend_opencl/opencl_backend.hpp"
#include "backend_opencl/runtime/runtime.hpp"

namespace ct::opencl {

void group_forward(OpenClBackend& backend, Runtime& device, const NormArgs& args);
void group_backward(OpenClBackend& backend, Runtime& device, const NormBackwardArgs& args);

/// eps in the type that statistics are kept in.
void set_eps(Launch& launch, const Profile& profile, double eps);

}  // namespace ct::opencl
