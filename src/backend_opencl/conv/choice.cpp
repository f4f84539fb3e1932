// See choice.hpp.
#include "backend_opencl/conv/choice.hpp"

#include <algorithm>

#include "core/view/integer.hpp"

namespace ct::opencl {
namespace {

/// Weights of a group, and its outputs, up to which a product would leave most of its tile empty.
constexpr int64_t kFewWeights = 4, kFewOutputs = 4;
/// Elements of the frames that an item of a CPU keeps in its cache.
constexpr int64_t kMostFrames = int64_t{1} << 19;

bool is_depthwise(int64_t groups, int64_t m, int64_t channels) {
  return groups > 1 && m * channels <= kFewWeights;
}

/// Whether Winograd's transforms cost less than the multiplications they save; in multiplications
/// for each pair of channels. A point costs 8 of them to transform, on both sides; the weights,
/// written and read once, cost memory and not arithmetic: as much as 64 tiles. A quarter of what is
/// saved must be left.
bool winograd_pays(int64_t m, int64_t channels, int64_t tiles, int64_t places) {
  if (m < 16 || channels < 16) return false;
  const int64_t weights = kWinogradPoints * 64;
  const int64_t transforms = tiles * kWinogradPoints * 8 / std::min(m, channels);
  return kWinogradPoints * tiles + transforms + weights < 9 * places * 3 / 4;
}

int64_t tiles_of(int64_t images, int64_t rows, int64_t columns) {
  return images * ceil_div(rows, kWinogradTile) * ceil_div(columns, kWinogradTile);
}

}  // namespace

bool is_for_winograd(const ConvProduct& p) {
  if (p.flat == 0) return false;
  for (size_t i = 0; i < 2; ++i) {
    if (p.taps[i] != 3 || p.step[i] != 1 || p.out_step[i] != 1 || p.out_first[i] != 0) return false;
    if (p.tap_step[i] != 1 && p.tap_step[i] != -1) return false;
  }
  return p.rows == p.out_h && p.columns == p.out_w;
}

bool is_for_winograd(const ConvWeights& s) {
  return s.flat() && s.kh == 3 && s.kw == 3 && s.step[0] == 1 && s.step[1] == 1 &&
         s.dilation[0] == 1 && s.dilation[1] == 1;
}

int64_t winograd_tiles(const ConvProduct& p) { return tiles_of(p.images, p.rows, p.columns); }
int64_t winograd_tiles(const ConvWeights& s) { return tiles_of(s.images, s.oh, s.ow); }

ConvAlgorithm choose_conv(const ConvProduct& p, const Profile& profile, DType compute) {
  const bool gpu = profile.style == Style::gpu;
  const bool flat = p.flat != 0;
  if (flat && is_depthwise(p.groups, p.m, p.channels)) return ConvAlgorithm::direct;
  // Few outputs are made directly as well, as long as what they read stays in the cache.
  if (flat && p.m <= kFewOutputs && (gpu || frame_elements(p, profile, compute) <= kMostFrames)) {
    return ConvAlgorithm::direct;
  }
  if (gpu) return ConvAlgorithm::tiles;
  const int64_t places = int64_t{p.images} * p.rows * p.columns;
  const bool winograd = compute == DType::float32 && is_for_winograd(p) &&
                        winograd_pays(p.m, p.channels, winograd_tiles(p), places);
  return winograd ? ConvAlgorithm::winograd : ConvAlgorithm::panels;
}

ConvAlgorithm choose_conv(const ConvWeights& s, const Profile& profile, DType compute) {
  if (s.flat() && is_depthwise(s.groups, s.m, s.channels)) return ConvAlgorithm::direct;
  if (profile.style == Style::gpu) return ConvAlgorithm::tiles;
  const int64_t places = int64_t{s.images} * s.oh * s.ow;
  const bool winograd = compute == DType::float32 && is_for_winograd(s) &&
                        winograd_pays(s.m, s.channels, winograd_tiles(s), places);
  return winograd ? ConvAlgorithm::winograd : ConvAlgorithm::panels;
}

}  // namespace ct::opencl
