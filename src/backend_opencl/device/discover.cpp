// Enumerates platforms and devices through the ICD loader. Contexts are made on first use, so that
// listing devices stays cheap.
#include "backend_opencl/device/discover.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <utility>

#include "backend_opencl/device/profile.hpp"
#include "backend_opencl/device/quirks.hpp"
#include "backend_opencl/opencl_backend.hpp"
#include "backend_opencl/runtime/fork.hpp"
#include "core/settings.hpp"

namespace ct::opencl {
namespace {

/// "OpenCL 3.0 PoCL…": at least 1.2, and able to compile.
bool usable(const cl::Device& device) {
  const std::string version = device.getInfo<CL_DEVICE_VERSION>();
  int major = 0;
  int minor = 0;
  if (std::sscanf(version.c_str(), "OpenCL %d.%d", &major, &minor) != 2) return false;
  return (major > 1 || minor >= 2) && device.getInfo<CL_DEVICE_AVAILABLE>() != 0 &&
         device.getInfo<CL_DEVICE_COMPILER_AVAILABLE>() != 0;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

void keep_chosen(std::vector<Profile>& found, std::string_view wanted) {
  std::vector<Profile> kept;
  const bool number = std::all_of(wanted.begin(), wanted.end(),
                                  [](unsigned char c) { return std::isdigit(c) != 0; });
  for (size_t i = 0; i < found.size(); ++i) {
    const std::string names = lower(found[i].name + " " + found[i].platform_name);
    const bool fits =
        number ? std::to_string(i) == wanted : names.find(lower(wanted)) != std::string::npos;
    if (fits) kept.push_back(found[i]);
  }
  found = std::move(kept);
}

bool pocl_has_no_device() {
  std::vector<cl::Platform> platforms;
  if (forked() || cl::Platform::get(&platforms) != CL_SUCCESS) return false;
  return std::any_of(platforms.begin(), platforms.end(), [](const cl::Platform& platform) {
    std::vector<cl::Device> devices;
    platform.getDevices(CL_DEVICE_TYPE_ALL, &devices);
    return devices.empty() && platform.getInfo<CL_PLATFORM_NAME>().find(
                                  "Portable Computing Language") != std::string::npos;
  });
}

/// As PoCL finds it.
std::filesystem::path pocl_cache() {
  constexpr const char* kFolder = "pocl/kcache";
  if (const auto named = settings::kPoclCache.read()) return *named;
  if (const auto caches = settings::kUserCache.read()) return *caches / kFolder;
  if (const auto home = settings::kHome.read()) return *home / ".cache" / kFolder;
  return std::filesystem::path("/tmp") / kFolder;
}

/// All that can be used, in no order.
std::vector<Profile> usable_devices() {
  std::vector<cl::Platform> platforms;
  std::vector<Profile> found;
  check_not_forked();
  watch_forks();
  if (cl::Platform::get(&platforms) != CL_SUCCESS) return {};  // no driver at all
  for (const cl::Platform& platform : platforms) {
    std::vector<cl::Device> devices;
    if (platform.getDevices(CL_DEVICE_TYPE_ALL, &devices) != CL_SUCCESS) continue;
    for (const cl::Device& device : devices) {
      if (usable(device)) found.push_back(claimed_profile(platform, device));
    }
  }
  return found;
}

}  // namespace

std::vector<std::unique_ptr<Backend>> discover() {
  std::vector<Profile> found = usable_devices();
  const auto rank = [](const Profile& p) { return std::pair(known_fault(p) != nullptr, p.kind); };
  std::stable_sort(found.begin(), found.end(),
                   [&](const Profile& a, const Profile& b) { return rank(a) < rank(b); });
  if (const auto wanted = settings::kOpenClDevice.read()) keep_chosen(found, *wanted);

  std::vector<std::unique_ptr<Backend>> backends;
  backends.reserve(found.size());
  for (Profile& profile : found) {
    backends.push_back(std::make_unique<OpenClBackend>(std::move(profile)));
  }
  return backends;
}

std::unique_ptr<Backend> find_device(std::string_view platform, std::string_view name,
                                     std::string_view driver) {
  for (Profile& profile : usable_devices()) {
    if (profile.platform_name == platform && profile.name == name && profile.driver == driver) {
      return std::make_unique<OpenClBackend>(std::move(profile));
    }
  }
  return nullptr;
}

std::string install_hint() {
  if (pocl_has_no_device()) {
    return fmt::format(
        "PoCL is installed but offers no device, most often because it cannot write to its cache, "
        "{}; make that a folder which this process can write to, or name another one in "
        "POCL_CACHE_DIR, or in XDG_CACHE_HOME, where PoCL uses pocl/kcache",
        pocl_cache().string());
  }
  return "install an OpenCL driver, such as pocl-opencl-icd (runs on the CPU) or that of the GPU's "
         "vendor; `clinfo -l` lists what is found, CT_OPENCL_DEVICE, where it is set, must fit one";
}

}  // namespace ct::opencl
