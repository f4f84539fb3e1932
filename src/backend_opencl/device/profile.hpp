// What a device is and how kernels for it are written.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>

#include "backend_opencl/runtime/cl.hpp"

namespace ct::opencl {

enum class DeviceClass { gpu, accelerator, cpu };
enum class Style {
  cpu,  ///< few items, each with a loop over explicit vectors; no local memory
  gpu,  ///< one element an item; local memory
};

struct Profile {
  cl::Platform platform;
  cl::Device device;
  std::string name, driver, platform_name;
  DeviceClass kind = DeviceClass::gpu;
  Style style = Style::gpu;
  bool fp64 = false;
  bool exact_divide = false;  ///< float division and roots can be rounded correctly
  int compute_units = 1;
  size_t memory = 0;          ///< bytes, of the device
  size_t largest_buffer = 0;  ///< bytes
  size_t parameter_bytes = 1024;
  size_t group_limit = 256;
  int vector_bytes = 32;  ///< of the widest vectors that the hardware has
  size_t local_bytes = 0;
  bool real_local_memory = false;  ///< memory of its own, not a part of the ordinary one

  // What only trying tells: see probe.hpp. Before that, as the driver claims.
  bool fp16 = false, sub_groups = false;
  double launch_seconds = 0;  ///< of one more kernel in a queue of them; 0: not measured

  /// Vector lanes of a kernel's element type.
  int lanes() const { return style == Style::cpu ? 8 : 1; }
  /// Of generated programs, whose text holds for any number: a whole hardware vector.
  int program_lanes(size_t item) const { return style == Style::cpu ? std::max(8, wide(item)) : 1; }
  /// Elements of `item` bytes in one hardware vector, for kernels that fill all registers.
  int wide(size_t item) const { return vector_bytes / static_cast<int>(item); }
};

/// What the driver says. Style by the device's class, or as CT_OPENCL_STYLE=cpu|gpu says, the width
/// of vectors as CT_OPENCL_VECTOR_BITS=256|512 does, and without what CT_OPENCL_NO_FP64 and
/// CT_OPENCL_WITHOUT take away. Errors: ValueError for what these may not say.
Profile claimed_profile(const cl::Platform& platform, const cl::Device& device);

/// "pthread-AMD EPYC, OpenCL CPU (Portable Computing Language, driver 3.1), 2 compute units, 3.8
/// GiB; float64, no float16, no sub-groups, vectors of 256 bits, 1024 KiB of local memory in
/// ordinary memory, 1.9 us a launch; kernels in the style of CPUs".
std::string describe(const Profile& profile);

}  // namespace ct::opencl
