// See library_folder.hpp.
#include "core/device/library_folder.hpp"

#include <dlfcn.h>

#include <system_error>

namespace ct {

std::filesystem::path library_folder() {
  Dl_info info{};
  static const char here = 0;
  std::error_code failed;
  if (::dladdr(&here, &info) != 0 && info.dli_fname != nullptr) {
    const std::filesystem::path file(info.dli_fname);
    // A program is named as it was called, which may be no path at all.
    if (file.is_absolute()) return file.parent_path();
  }
  return std::filesystem::read_symlink("/proc/self/exe", failed).parent_path();
}

}  // namespace ct
