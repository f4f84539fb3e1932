// Drawing categories by weight: a search in running sums, or a race of exponential keys, of which
// the smallest win (Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006).
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "backend_cpu/cpu_backend.hpp"
#include "backend_cpu/runtime/parallel.hpp"
#include "core/philox.hpp"

namespace ct::cpu {

namespace {

/// Uniform number n of the stream in float64, as random.hpp says.
double uniform_at(const RandomState& state, int64_t n) {
  const uint64_t counter = state.offset + static_cast<uint64_t>(n) / 2;
  const auto w =
      philox::block({static_cast<uint32_t>(counter), static_cast<uint32_t>(counter >> 32), 0, 0},
                    {static_cast<uint32_t>(state.seed), static_cast<uint32_t>(state.seed >> 32)});
  const size_t j = n % 2 == 0 ? 0 : 2;
  const uint64_t bits = (w[j] | static_cast<uint64_t>(w[j + 1]) << 32) >> 11;
  return static_cast<double>(bits) * 0x1p-53;
}

void with_replacement(const MultinomialArgs& args, int64_t row, std::span<const double> weights,
                      int64_t* out, int64_t step) {
  std::vector<double> sums(weights.size());
  std::partial_sum(weights.begin(), weights.end(), sums.begin());
  // A draw that rounds to the total goes to the last category that can be drawn.
  const auto last = std::lower_bound(sums.begin(), sums.end(), sums.back());
  const int64_t samples = args.out.shape[1];
  for (int64_t i = 0; i < samples; ++i) {
    const double target = uniform_at(args.random, row * samples + i) * sums.back();
    const auto found = std::upper_bound(sums.begin(), last, target);
    out[i * step] = found - sums.begin();
  }
}

void without_replacement(const MultinomialArgs& args, int64_t row, std::span<const double> weights,
                         int64_t* out, int64_t step) {
  const auto categories = static_cast<int64_t>(weights.size());
  std::vector<std::pair<double, int64_t>> keys;
  for (int64_t c = 0; c < categories; ++c) {
    const double weight = weights[static_cast<size_t>(c)];
    if (weight == 0) continue;
    keys.emplace_back(-std::log1p(-uniform_at(args.random, row * categories + c)) / weight, c);
  }
  const int64_t samples = args.out.shape[1];
  std::partial_sort(keys.begin(), keys.begin() + samples, keys.end());
  for (int64_t i = 0; i < samples; ++i) out[i * step] = keys[static_cast<size_t>(i)].second;
}

}  // namespace

void CpuBackend::multinomial(const MultinomialArgs& args) {
  const auto* weights = static_cast<const double*>(args.weights.buffer) + args.weights.offset;
  auto* out = static_cast<int64_t*>(args.out.buffer) + args.out.offset;
  const int64_t categories = args.weights.shape[1];
  const int64_t work = categories + 16 * args.out.shape[1];
  const int64_t grain = std::max<int64_t>(1, 16384 / work);
  parallel_ranges(args.weights.shape[0], grain, [&](int64_t begin, int64_t end) {
    std::vector<double> values(static_cast<size_t>(categories));
    for (int64_t row = begin; row < end; ++row) {
      const double* source = weights + row * args.weights.strides[0];
      for (int64_t c = 0; c < categories; ++c) {
        values[static_cast<size_t>(c)] = source[c * args.weights.strides[1]];
      }
      int64_t* target = out + row * args.out.strides[0];
      (args.replacement ? with_replacement : without_replacement)(args, row, values, target,
                                                                  args.out.strides[1]);
    }
  });
}

}  // namespace ct::cpu
