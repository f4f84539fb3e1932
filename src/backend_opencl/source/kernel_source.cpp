// Looks kernels up among the embedded ones, or on disk while they are edited.
#include "backend_opencl/source/kernel_source.hpp"

#include <fmt/format.h>

#include <cassert>
#include <fstream>
#include <iterator>

#include "core/settings.hpp"

namespace ct::opencl {
namespace {

std::string text_of(std::string_view name) {
  if (const auto folder = settings::kKernels.read()) {
    std::ifstream file(*folder / fmt::format("{}.cl", name));
    if (file) return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  for (int i = 0; i < kKernelSourceCount; ++i) {
    if (name == kKernelSources[i].name) return kKernelSources[i].text;
  }
  assert(false && "no such kernel");
  return {};
}

}  // namespace

std::string kernel_source(std::string_view name) {
  return fmt::format("#line 1 \"{}.cl\"\n{}", name, text_of(name));
}

std::string instruction_source() {
  std::string text;
  for (const char* part :
       {"common", "pointwise/elementary", "pointwise/trigonometry", "pointwise/gelu",
        "pointwise/division", "pointwise/pointwise", "pointwise/special"}) {
    text += kernel_source(part);
  }
  return text;
}

}  // namespace ct::opencl
