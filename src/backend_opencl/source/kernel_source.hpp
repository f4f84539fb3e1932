// The text of the files under kernels/, embedded by cmake/EmbedKernels.cmake.
#pragma once

#include <string>
#include <string_view>

namespace ct::opencl {

struct KernelSource {
  const char* name;  ///< path below kernels/ without .cl: "conv/pool"
  const char* text;
};
extern const KernelSource kKernelSources[];
extern const int kKernelSourceCount;

/// The text of kernels/<name>.cl with a #line directive before it. While the environment variable
/// CT_KERNEL_DIR names a folder, files there come first: for editing kernels without building.
std::string kernel_source(std::string_view name);
/// What generated kernels begin with: common.cl and a function for each pointwise instruction.
std::string instruction_source();

}  // namespace ct::opencl
