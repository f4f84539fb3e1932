// Facts of a device, asked once. Kernels are chosen by class and features, never by vendor: PoCL
// reports another vendor's number.
#include "backend_opencl/device/profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "core/settings.hpp"

namespace ct::opencl {
namespace {

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\0' || text.back() == ' ')) text.pop_back();
  return text.substr(std::min(text.find_first_not_of(' '), text.size()));
}

Style style_of(DeviceClass kind) {
  if (const auto wanted = settings::kOpenClStyle.read()) {
    return *wanted == "cpu" ? Style::cpu : Style::gpu;
  }
  return kind == DeviceClass::cpu ? Style::cpu : Style::gpu;
}

int vector_bytes_of(const cl::Device& device) {
  if (const auto wanted = settings::kVectorBits.read()) return *wanted == "256" ? 32 : 64;
  return device.getInfo<CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT>() >= 16 ? 64 : 32;
}

}  // namespace

Profile claimed_profile(const cl::Platform& platform, const cl::Device& device) {
  Profile p;
  p.platform = platform;
  p.device = device;
  p.name = trimmed(device.getInfo<CL_DEVICE_NAME>());
  p.driver = trimmed(device.getInfo<CL_DRIVER_VERSION>());
  p.platform_name = trimmed(platform.getInfo<CL_PLATFORM_NAME>());
  const cl_device_type type = device.getInfo<CL_DEVICE_TYPE>();
  p.kind = (type & CL_DEVICE_TYPE_GPU) != 0           ? DeviceClass::gpu
           : (type & CL_DEVICE_TYPE_ACCELERATOR) != 0 ? DeviceClass::accelerator
                                                      : DeviceClass::cpu;
  p.style = style_of(p.kind);
  const std::string extensions = device.getInfo<CL_DEVICE_EXTENSIONS>();
  const auto claims = [&](const char* name) { return extensions.find(name) != std::string::npos; };
  const settings::Words& without = settings::kWithout;
  p.fp64 =
      claims("cl_khr_fp64") && !settings::kNoFloat64.read().value_or(false) && !without.has("fp64");
  p.fp16 = claims("cl_khr_fp16") && !without.has("fp16");
  p.sub_groups =
      (claims("cl_khr_subgroups") || claims("cl_intel_subgroups")) && !without.has("subgroups");
  p.local_bytes = device.getInfo<CL_DEVICE_LOCAL_MEM_SIZE>();
  p.real_local_memory = device.getInfo<CL_DEVICE_LOCAL_MEM_TYPE>() == CL_LOCAL;
  p.exact_divide =
      (device.getInfo<CL_DEVICE_SINGLE_FP_CONFIG>() & CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0;
  p.compute_units = static_cast<int>(std::max(1U, device.getInfo<CL_DEVICE_MAX_COMPUTE_UNITS>()));
  p.memory = device.getInfo<CL_DEVICE_GLOBAL_MEM_SIZE>();
  p.largest_buffer = device.getInfo<CL_DEVICE_MAX_MEM_ALLOC_SIZE>();
  p.parameter_bytes = device.getInfo<CL_DEVICE_MAX_PARAMETER_SIZE>();
  p.group_limit = device.getInfo<CL_DEVICE_MAX_WORK_GROUP_SIZE>();
  p.vector_bytes = vector_bytes_of(device);
  return p;
}

std::string describe(const Profile& p) {
  static constexpr std::string_view kClasses[] = {"GPU", "accelerator", "CPU"};
  return fmt::format(
      "{}, OpenCL {} ({}, driver {}), {} compute units, {:.1f} GiB; {}, {}float16, {}sub-groups, "
      "vectors of {} bits, {} KiB of local memory{}{}; kernels in the style of {}s",
      p.name, kClasses[static_cast<int>(p.kind)], p.platform_name, p.driver, p.compute_units,
      static_cast<double>(p.memory) / (1 << 30),
      p.fp64 ? "float64" : "no float64 (such work runs on the host)", p.fp16 ? "" : "no ",
      p.sub_groups ? "" : "no ", 8 * p.vector_bytes, p.local_bytes >> 10,
      p.real_local_memory ? "" : " in ordinary memory",
      p.launch_seconds > 0 ? fmt::format(", {:.1f} us a launch", 1e6 * p.launch_seconds) : "",
      p.style == Style::cpu ? "CPU" : "GPU");
}

}  // namespace ct::opencl
