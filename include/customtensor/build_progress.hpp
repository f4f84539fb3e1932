// What devices say while they build kernels from source, which takes seconds the first time that a
// machine runs them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "customtensor/export.hpp"

namespace ct {

struct KernelBuild {
  std::string_view what;  ///< "pointwise 'gelu'"
  uint64_t number = 0;    ///< of builds in this process, this one included
  double seconds = 0;     ///< that they took until now
  bool done = false;      ///< it is built, or has failed; else it is about to be built
};

/// Called before and after each build, by the thread that builds; it must not use the device. An
/// empty function puts back what is done unless one is given: where standard error is a terminal, a
/// line "compiling kernels 7…" stands there while builds go on that have taken a second by now.
/// Returns the function that was set before.
CT_API std::function<void(const KernelBuild&)> on_kernel_build(
    std::function<void(const KernelBuild&)> callback);

/// "compiling kernels 7… (only the first time)"
CT_API std::string build_line(const KernelBuild& build);

/// While one of these lives, devices build at once what they would rather interpret until building
/// is worth its time.
class CT_API EagerBuilds {
 public:
  EagerBuilds();
  ~EagerBuilds();
  EagerBuilds(const EagerBuilds&) = delete;
  EagerBuilds& operator=(const EagerBuilds&) = delete;
  static bool wanted();
};

/// For devices: a build, from here to this object's end.
class CT_API BuildingKernel {
 public:
  /// `what` must outlive this object.
  explicit BuildingKernel(std::string_view what);
  ~BuildingKernel();
  BuildingKernel(const BuildingKernel&) = delete;
  BuildingKernel& operator=(const BuildingKernel&) = delete;

 private:
  KernelBuild build_;
  double start_;
};

}  // namespace ct
