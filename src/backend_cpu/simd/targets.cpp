// CT_SIMD and the name of the instruction set that runs. See targets.hpp.
#include "backend_cpu/simd/targets.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <string_view>

#include "customtensor/error.hpp"
#include "hwy/highway.h"

namespace ct::cpu {
namespace {

const char* choose_targets() {
  const char* value = std::getenv("CT_SIMD");
  const std::string_view wanted(value != nullptr ? value : "");
#if HWY_ARCH_X86
  constexpr int64_t kAvx512 = HWY_AVX3 | HWY_AVX3_DL;
  if (wanted == "sse4") {
    hwy::DisableTargets(kAvx512 | HWY_AVX2);
  } else if (wanted == "avx2") {
    hwy::DisableTargets(kAvx512);
  } else if (!wanted.empty() && wanted != "avx3") {
    throw ValueError(
        fmt::format("CT_SIMD: unknown instruction set \"{}\"; use sse4, avx2 or avx3", wanted));
  }
#endif
  // Highway 1.0.3: SupportedTargets itself makes dispatch choose from all targets, disabled ones
  // included. So it is called here only, and the choice is made again after it.
  const int64_t targets = hwy::SupportedTargets() & HWY_TARGETS;
  hwy::GetChosenTarget().Update(targets);
  // The lowest bit is the best set.
  return hwy::TargetName(targets != 0 ? targets & -targets : HWY_STATIC_TARGET);
}

}  // namespace

const char* simd_name() {
  static const char* const name = choose_targets();
  return name;
}

void apply_simd_environment() { static_cast<void>(simd_name()); }

}  // namespace ct::cpu
