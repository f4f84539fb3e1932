// Running each instruction set, not just the best one: for tests.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "customtensor/export.hpp"

namespace ct::cpu {

struct PointwiseKernels;

/// Highway's numbers of the instruction sets that are compiled and that this machine (and CT_SIMD)
/// allows, best first; and their names.
CT_API std::vector<int64_t> simd_targets();
CT_API const char* simd_target_name(int64_t target);

/// While it lives, kernel tables are filled for that set. Not for threads.
class CT_API SimdTargetScope {
 public:
  explicit SimdTargetScope(int64_t target);
  ~SimdTargetScope();
  SimdTargetScope(const SimdTargetScope&) = delete;
  SimdTargetScope& operator=(const SimdTargetScope&) = delete;
};

/// The whole table of pointwise_kernels.hpp, for that set.
CT_API std::shared_ptr<const PointwiseKernels> pointwise_kernels_of(int64_t target);

}  // namespace ct::cpu
