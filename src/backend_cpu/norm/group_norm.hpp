// Group normalisation of the CPU backend: see group_norm.cpp.
#pragma once

#include "backend_cpu/cpu_backend.hpp"

namespace ct::cpu {

template <class T>
void group_forward(CpuBackend& backend, const NormArgs& args);
template <class T>
void group_backward(CpuBackend& backend, const NormBackwardArgs& args);

}  // namespace ct::cpu
