// Winograd's convolution on CPU-class devices: how it is cut (kernels/conv/winograd.cl).
#include <algorithm>
#include <cassert>
#include <mutex>
#include <numeric>

#include "backend_opencl/conv/choice.hpp"
#include "backend_opencl/conv/conv_product.hpp"
#include "core/view/integer.hpp"

namespace ct::opencl {
namespace {

constexpr int64_t kPoints = kWinogradPoints;
constexpr int64_t kPlaneGap = 16;
/// Bytes of sums that are made before they are transformed back: a third of a second-level cache.
constexpr int64_t kSumBytes = 320 << 10;
/// The weight gradient: tiles that are transformed at a time, outputs of a piece at most. Both
/// operands' tiles and the sums take three quarters of a megabyte.
constexpr int64_t kBatch = 32, kGradientRows = 64;

/// Outputs of a piece: whole panels, whose last one would else write into the next plane of sums,
/// and whole vectors of the transforms.
int64_t gradient_rows(int64_t outputs, const PanelShape& panel) {
  const int64_t unit = std::lcm(panel.rows, panel.columns);
  return std::min(round_up(outputs, unit), std::max(kGradientRows / unit * unit, unit));
}

}  // namespace

void run_winograd(Runtime& runtime, DType compute, const ConvProduct& p, const ConvArrays& arrays) {
  assert(compute == DType::float32 && is_for_winograd(p));
  const int64_t tiles = winograd_tiles(p);
  const Profile& profile = runtime.profile();
  const PanelShape panel = panel_shape(profile, compute);
  const int64_t blocks = ceil_div(tiles, panel.columns) * p.groups;
  // Each split of the channels transforms its sources anew: no more of them than items need.
  const int64_t units = profile.compute_units;
  const int64_t splits =
      std::clamp<int64_t>(ceil_div(2 * units, blocks), 1, std::max<int64_t>(1, p.m / 64));
  const int64_t split_rows = round_up(ceil_div(p.m, splits), panel.rows);
  const int64_t fit = std::max<int64_t>(1, kSumBytes / (kPoints * panel.columns * 4));
  const int64_t block_rows = round_up(ceil_div(split_rows, ceil_div(split_rows, fit)), panel.rows);
  const int64_t pieces = blocks * ceil_div(p.m, split_rows);
  const int64_t items = std::min(pieces, 2 * units);

  const int64_t weight_plane = round_up(p.m, panel.rows) * p.channels + kPlaneGap;
  const int64_t line = kWinogradTile * panel.columns + 32;
  const int64_t scratch_size =
      round_up(18 * line + kPoints * (p.channels * panel.columns + kPlaneGap) +
                   kPoints * (block_rows * panel.columns + kPlaneGap),
               16);
  const Scratch weights(runtime,
                        static_cast<size_t>(p.groups * kPoints * weight_plane) * sizeof(float));
  const Scratch scratch(runtime, static_cast<size_t>(items * scratch_size) * sizeof(float));
  const std::lock_guard lock(runtime.mutex());
  Launch transform(runtime, runtime.library(LibraryKernel::winograd_weights, compute));
  transform.array(arrays.weight);
  transform.buffer(weights.buffer());
  transform.values(p, weight_plane);
  transform.run_tasks(p.groups * ceil_div(p.m, panel.rows) * p.channels, 400);
  Launch launch(runtime, runtime.library(LibraryKernel::winograd_product, compute));
  set_arrays(launch, arrays, &weights);
  launch.values(p, weight_plane);
  launch.buffer(scratch.buffer());
  launch.values(scratch_size, static_cast<int32_t>(split_rows), static_cast<int32_t>(block_rows));
  launch.run(static_cast<size_t>(items), 1);
}

void run_winograd(Runtime& runtime, DType compute, ConvWeights s, const ConvGradients& arrays) {
  assert(compute == DType::float32 && is_for_winograd(s));
  const int64_t tile_columns = ceil_div(s.ow, kWinogradTile);
  const int64_t tiles = winograd_tiles(s);
  const Profile& profile = runtime.profile();
  const PanelShape panel = panel_shape(profile, compute);
  const int64_t blocks = ceil_div(s.channels, panel.columns);
  const int64_t block_rows = gradient_rows(s.m, panel);
  const int64_t row_blocks = ceil_div(s.m, block_rows);
  const int64_t units = profile.compute_units;
  s.parts = static_cast<int32_t>(std::clamp<int64_t>(
      ceil_div(4 * units, s.groups * blocks * row_blocks), 1, ceil_div(tiles, kBatch)));
  const int64_t pieces = s.parts * s.groups * blocks * row_blocks;
  const int64_t items = std::min(pieces, 2 * units);
  const int64_t scratch_size = round_up(6 * (kWinogradTile * tile_columns + 2) * panel.columns +
                                            kPoints * (kBatch * panel.columns + kPlaneGap) +
                                            kPoints * (kBatch * block_rows + kPlaneGap),
                                        16);
  const int64_t partial_size =
      s.parts * s.groups * blocks * kPoints * row_blocks * block_rows * panel.columns;
  const Scratch partial(runtime, static_cast<size_t>(partial_size) * sizeof(float));
  const Scratch scratch(runtime, static_cast<size_t>(items * scratch_size) * sizeof(float));
  const std::lock_guard lock(runtime.mutex());
  Launch launch(runtime, runtime.library(LibraryKernel::winograd_grad_weight, compute));
  launch.array(arrays.x);
  launch.array(arrays.grad_y);
  launch.buffer(partial.buffer());
  launch.value(s);
  launch.buffer(scratch.buffer());
  launch.values(scratch_size, static_cast<int32_t>(block_rows), static_cast<int32_t>(kBatch));
  launch.run(static_cast<size_t>(items), 1);
  Launch sum(runtime, runtime.library(LibraryKernel::winograd_sum_parts, compute));
  sum.buffer(partial.buffer());
  sum.array(arrays.grad_w);
  sum.values(s, static_cast<int32_t>(block_rows));
  sum.run_tasks(s.groups * blocks * s.m, 36 * panel.columns * s.parts);
}

}  // namespace ct::opencl
