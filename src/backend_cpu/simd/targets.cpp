// CT_SIMD and the name of the instruction set that runs. See targets.hpp.
#include "backend_cpu/simd/targets.hpp"

#include <string_view>

#include "backend_cpu/simd/target_scope.hpp"
#include "core/settings.hpp"
#include "hwy/highway.h"

namespace ct::cpu {
namespace {

/// The sets that may run, as bits; the lowest one is the best.
int64_t choose_targets() {
  const std::string_view wanted = settings::kSimd.read().value_or("");
#if HWY_ARCH_X86
  constexpr int64_t kAvx512 = HWY_AVX3 | HWY_AVX3_DL;
  if (wanted == "sse4") {
    hwy::DisableTargets(kAvx512 | HWY_AVX2);
  } else if (wanted == "avx2") {
    hwy::DisableTargets(kAvx512);
  }
#endif
  // Highway 1.0.3: SupportedTargets itself makes dispatch choose from all targets, disabled ones
  // included. So it is called here only, and the choice is made again after it.
  const int64_t targets = hwy::SupportedTargets() & HWY_TARGETS;
  hwy::GetChosenTarget().Update(targets);
  return targets != 0 ? targets : HWY_STATIC_TARGET;
}

int64_t allowed_targets() {
  static const int64_t targets = choose_targets();
  return targets;
}

}  // namespace

const char* simd_name() {
  const int64_t targets = allowed_targets();
  return hwy::TargetName(targets & -targets);
}

void apply_simd_environment() { static_cast<void>(allowed_targets()); }

std::vector<int64_t> simd_targets() {
  std::vector<int64_t> targets;
  for (int64_t left = allowed_targets(); left != 0; left &= left - 1) {
    targets.push_back(left & -left);
  }
  return targets;
}

const char* simd_target_name(int64_t target) { return hwy::TargetName(target); }

SimdTargetScope::SimdTargetScope(int64_t target) { hwy::GetChosenTarget().Update(target); }
SimdTargetScope::~SimdTargetScope() { hwy::GetChosenTarget().Update(allowed_targets()); }

}  // namespace ct::cpu
