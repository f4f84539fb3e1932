// The vector loops of resampling, on every instruction set, against plain ones.
#include "backend_cpu/simd/resample/resample_kernels.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "backend_cpu/simd/target_scope.hpp"

namespace ct::cpu {
namespace {

/// Numbers that are exact in sums: small multiples of 1/8.
template <class T>
std::vector<T> numbers(int64_t count, int64_t step) {
  std::vector<T> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(static_cast<T>(i * step % 17 - 8) / 8);
  return values;
}

template <class T>
void check_gather(bool weighted) {
  constexpr int64_t kTaps = 3, kIn = 23;
  for (int64_t n = 1; n < 40; ++n) {
    const auto x = numbers<T>(kIn, 5);
    const auto weight = numbers<T>(kTaps * n, 7);
    std::vector<int32_t> index;
    for (int64_t i = 0; i < kTaps * n; ++i) index.push_back(static_cast<int32_t>(i * 11 % 24) - 1);
    std::vector<T> y(static_cast<size_t>(n) + 1, T{99});
    resample_kernels<T>().gather(x.data(), index.data(), weighted ? weight.data() : nullptr, kTaps,
                                 n, y.data());
    for (int64_t o = 0; o < n; ++o) {
      T sum = 0;
      for (int64_t k = 0; k < kTaps; ++k) {
        const auto at = static_cast<size_t>(k * n + o);
        if (index[at] < 0) continue;
        sum += (weighted ? weight[at] : T{1}) * x[static_cast<size_t>(index[at])];
      }
      EXPECT_EQ(y[static_cast<size_t>(o)], sum) << "n " << n << ", element " << o;
    }
    EXPECT_EQ(y.back(), T{99}) << "n " << n;
  }
}

template <class T>
void check_combine(int64_t taps) {
  for (int64_t n = 1; n < 40; ++n) {
    std::vector<std::vector<T>> values;
    std::vector<const T*> rows;
    rows.reserve(static_cast<size_t>(taps));
    for (int64_t k = 0; k < taps; ++k) values.push_back(numbers<T>(n, 3 + k));
    for (const auto& row : values) rows.push_back(row.data());
    const auto weights = numbers<T>(taps, 5);
    std::vector<T> y(static_cast<size_t>(n) + 1, T{99});
    resample_kernels<T>().combine(rows.data(), weights.data(), taps, n, y.data());
    for (size_t i = 0; i < static_cast<size_t>(n); ++i) {
      T sum = 0;
      for (size_t k = 0; k < values.size(); ++k) sum += weights[k] * values[k][i];
      EXPECT_EQ(y[i], sum) << taps << " taps, n " << n << ", element " << i;
    }
    EXPECT_EQ(y.back(), T{99}) << taps << " taps, n " << n;
  }
}

TEST(ResampleKernels, GatherLikeAPlainLoopOnEveryInstructionSet) {
  for (const int64_t target : simd_targets()) {
    SCOPED_TRACE(simd_target_name(target));
    const SimdTargetScope scope(target);
    for (const bool weighted : {false, true}) {
      check_gather<float>(weighted);
      check_gather<double>(weighted);
    }
  }
}

TEST(ResampleKernels, CombineLikeAPlainLoopOnEveryInstructionSet) {
  for (const int64_t target : simd_targets()) {
    SCOPED_TRACE(simd_target_name(target));
    const SimdTargetScope scope(target);
    for (const int64_t taps : {1, 2, 3, 4, 7}) {
      check_combine<float>(taps);
      check_combine<double>(taps);
    }
  }
}

}  // namespace
}  // namespace ct::cpu
