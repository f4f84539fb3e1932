// A piece is a block of tiles (rows of tiles of one image, or several small images) times a block
// of output channels. It transforms its tiles for all source channels into packed panels, one
// matrix for each of the 36 points; multiplies them with the weights, transformed once for all
// pieces; and transforms the sums of some output channels at a time back, while they are in the
// cache.
#include "backend_cpu/conv/conv_winograd.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "backend_cpu/conv/winograd_tiles.hpp"
#include "backend_cpu/matmul/gemm.hpp"
#include "backend_cpu/runtime/parallel.hpp"
#include "backend_cpu/runtime/scratch.hpp"
#include "core/view/integer.hpp"

namespace ct::cpu {
namespace {

constexpr int64_t kPoints = kWinogradPoints;
/// Bytes of sums that a piece makes before it transforms them back: a third of a second-level
/// cache.
constexpr int64_t kSumBytes = 320 << 10;

/// The taps as a 3x3 grid: where it starts, and which tap is at each place of it.
struct TapGrid {
  bool valid = false;
  int64_t dh = 0, dw = 0;
  std::array<int64_t, 9> order{};
};

TapGrid tap_grid(const ConvPatch& patch) {
  TapGrid grid;
  if (patch.taps() != 9 || !patch.unit_step()) return grid;
  grid.dh = patch.tap(0).dh;
  grid.dw = patch.tap(0).dw;
  for (int64_t t = 1; t < 9; ++t) {
    grid.dh = std::min(grid.dh, patch.tap(t).dh);
    grid.dw = std::min(grid.dw, patch.tap(t).dw);
  }
  uint32_t seen = 0;
  for (int64_t t = 0; t < 9; ++t) {
    const int64_t p = patch.tap(t).dh - grid.dh, q = patch.tap(t).dw - grid.dw;
    if (p > 2 || q > 2) return grid;
    grid.order[static_cast<size_t>(p * 3 + q)] = t;
    seen |= 1U << (p * 3 + q);
  }
  grid.valid = seen == 0x1FF;
  return grid;
}

struct Job {
  Job(const ConvProduct<float>& product, const TapGrid& grid)
      : p(product),
        gemm(gemm_kernels<float>()),
        kernels(winograd_kernels()),
        tile_rows(ceil_div(product.patch->rows(), kWinogradTile)),
        tile_columns(ceil_div(product.patch->columns(), kWinogradTile)),
        sources(TileTransform::Kind::input, product.patch->source_height(),
                product.patch->source_width(), grid.dh, grid.dw, tile_rows, tile_columns) {
    for (size_t i = 0; i < 9; ++i) {
      order[i] = product.weight_taps[static_cast<size_t>(grid.order[i])];
    }
  }

  const ConvProduct<float>& p;
  const GemmKernels<float>& gemm;
  const WinogradKernels& kernels;
  int64_t tile_rows, tile_columns;
  TileTransform sources;
  std::array<int64_t, 9> order;  // where tap (p, q) stands in a kernel's memory
  int64_t padded_m = 0, weight_plane = 0, group_size = 0;
  const float* weights = nullptr;  // (groups, points, panels of mr rows, channels, mr)
  GridCut cut{1, 1};
  int64_t rows = 0;  // output channels of a piece
};

/// A panel of mr output channels of a group, all channels and points.
void transform_weight_panel(const Job& job, float* target, int64_t group, int64_t row) {
  const ConvProduct<float>& p = job.p;
  const int64_t mr = job.gemm.mr, count = std::min(mr, p.m - row);
  const float* source = p.weight + group * p.weight_group + row * p.weight_row;
  constexpr int64_t kChannelsAtOnce = 32;  // channels whose kernels stay in the first-level cache
  float* taps = scratch<float>(Scratch::block_a, kChannelsAtOnce * 9 * mr);
  for (int64_t c = 0; c < p.channels; c += kChannelsAtOnce) {
    const int64_t channels = std::min(kChannelsAtOnce, p.channels - c);
    if (p.weight_channel == 9) {
      job.gemm.pack(taps, mr, source + c * 9, count, p.weight_row, channels * 9, 1);
    } else {
      for (int64_t q = 0; q < channels; ++q) {
        job.gemm.pack(taps + q * 9 * mr, mr, source + (c + q) * p.weight_channel, count,
                      p.weight_row, 9, 1);
      }
    }
    job.kernels.weights(taps, job.order.data(), channels, mr, target + row * p.channels + c * mr,
                        job.weight_plane);
  }
}

void transform_weights(Job& job) {
  const ConvProduct<float>& p = job.p;
  const int64_t panels = job.padded_m / job.gemm.mr;
  float* target = scratch<float>(Scratch::shared_a, p.groups * job.group_size);
  const int64_t grain = std::max<int64_t>(1, 2048 / (p.channels * job.gemm.mr));
  parallel_ranges(p.groups * panels, grain, [&](int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; ++at) {
      const int64_t group = at / panels;
      transform_weight_panel(job, target + group * job.group_size, group,
                             at % panels * job.gemm.mr);
    }
  });
  job.weights = target;
}

struct Tiles : TileBlock {
  int64_t count, panels, plane;  // plane: of the transformed sources
};

/// All source channels of the piece's tiles: (points, panels of nr tiles, channels, nr).
const float* transform_sources(const Job& job, int64_t group, const Tiles& tiles) {
  const ConvProduct<float>& p = job.p;
  const int64_t nr = job.gemm.nr;
  float* target = scratch<float>(Scratch::block_b, kPoints * tiles.plane);
  for (int64_t c = 0; c < p.channels; ++c) {
    job.sources.run(p.source + (group * p.channels + c) * p.source_plane,
                    p.groups * p.channels * p.source_plane, tiles,
                    {target + c * nr, nr, p.channels * nr, tiles.plane});
  }
  return target;
}

/// Sums of output channels [row, row + m) of a group: (points, m, panels * nr).
void multiply(const Job& job, const float* weights, const float* sources, const Tiles& tiles,
              int64_t row, int64_t m, float* sums, int64_t sum_plane) {
  const int64_t mr = job.gemm.mr, nr = job.gemm.nr, channels = job.p.channels;
  const int64_t most = gemm_block_depth(job.gemm);
  const int64_t depth = ceil_div(channels, ceil_div(channels, most));
  GemmBlock<float> block;
  block.m = m;
  block.n = tiles.count;
  block.a_panel = channels * mr;
  block.b_row = nr;
  block.b_panel = channels * nr;
  block.c_row = tiles.panels * nr;
  block.c_padded = true;
  for (int64_t point = 0; point < kPoints; ++point) {
    for (int64_t k = 0; k < channels; k += depth) {
      block.k = std::min(depth, channels - k);
      block.a = weights + point * job.weight_plane + row * channels + k * mr;
      block.b = sources + point * tiles.plane + k * nr;
      block.c = sums + point * sum_plane;
      block.accumulate = k > 0;
      job.gemm.block(block);
    }
  }
}

/// Copies what of a piece's result lines lies in the planes of one channel.
void write_lines(const Job& job, const Tiles& tiles, const float* lines, int64_t line,
                 int64_t channel) {
  const ConvProduct<float>& p = job.p;
  const int64_t width = p.out_width, height = p.patch->rows();
  for (int64_t image = tiles.image; image < tiles.image_end; ++image) {
    float* plane = p.out + (image * p.groups * p.m + channel) * p.out_plane;
    for (int64_t r = tiles.row; r < tiles.row_end; ++r, lines += kWinogradTile * job.tile_columns) {
      for (int64_t i = 0; i < std::min(kWinogradTile, height - r * kWinogradTile); ++i) {
        std::copy_n(lines + i * line, width, plane + (r * kWinogradTile + i) * width);
      }
    }
  }
}

void run_piece(const Job& job, int64_t group, const TileBlock& place, int64_t first, int64_t end) {
  const ConvProduct<float>& p = job.p;
  const int64_t mr = job.gemm.mr, nr = job.gemm.nr;
  const int64_t count = place.count(job.tile_columns), panels = ceil_div(count, nr);
  const Tiles tiles{place, count, panels, panels * nr * p.channels + kPlaneGap};
  const float* sources = transform_sources(job, group, tiles);

  const int64_t padded = tiles.panels * nr;
  const int64_t fit = std::max<int64_t>(1, kSumBytes / (kPoints * padded * 4));
  const int64_t step = round_up(ceil_div(end - first, ceil_div(end - first, fit)), mr);
  const int64_t sum_plane = std::min(step, end - first) * padded + kPlaneGap;
  const int64_t line = kWinogradTile * padded + kPlaneGap;
  const float* weights = job.weights + group * job.group_size;
  for (int64_t row = first; row < end; row += step) {
    const int64_t m = std::min(step, end - row);
    float* sums = scratch<float>(Scratch::block_c, kPoints * sum_plane);
    float* lines = scratch<float>(Scratch::block_a, kWinogradTile * line);
    multiply(job, weights, sources, tiles, row, m, sums, sum_plane);
    const int64_t channel = group * p.m + row;
    for (int64_t i = 0; i < m; ++i) {
      const float bias = p.bias != nullptr ? p.bias[channel + i] : 0.0F;
      job.kernels.output(sums + i * padded, sum_plane, tiles.count, bias, lines, line);
      write_lines(job, tiles, lines, line, channel + i);
    }
    p.done({tiles.image, tiles.image_end, channel, channel + m, tiles.row * kWinogradTile,
            std::min(tiles.row_end * kWinogradTile, p.patch->rows())});
  }
}

}  // namespace

void conv_winograd(const ConvProduct<float>& p) {
  const TapGrid grid = tap_grid(*p.patch);
  assert(grid.valid && p.out_step_h == 1 && p.out_step_w == 1 && p.out_h == 0 && p.out_w == 0 &&
         p.out_width == p.patch->columns());
  Job job(p, grid);
  job.padded_m = round_up(p.m, job.gemm.mr);
  job.weight_plane = job.padded_m * p.channels + kPlaneGap;
  job.group_size = kPoints * job.weight_plane;
  transform_weights(job);

  job.cut = cut_grid(p.images, job.tile_rows, job.tile_columns, 32, job.gemm.lanes);
  const int64_t row_blocks = ceil_div(job.tile_rows, job.cut.rows);
  const int64_t place_pieces = ceil_div(p.images, job.cut.images) * row_blocks;
  // Each piece of the channels transforms its sources anew: no more of them than threads need.
  const int64_t splits =
      std::clamp<int64_t>(8 / (p.groups * place_pieces), 1, std::max<int64_t>(1, p.m / 64));
  job.rows = round_up(ceil_div(p.m, splits), job.gemm.mr);
  const int64_t row_pieces = ceil_div(p.m, job.rows);
  parallel_for(p.groups * place_pieces * row_pieces, [&](int64_t piece) {
    const int64_t split = piece % row_pieces;
    const int64_t place = piece / row_pieces % place_pieces;
    const int64_t image = place / row_blocks * job.cut.images;
    const int64_t row = place % row_blocks * job.cut.rows;
    const Tiles part{image, std::min(p.images, image + job.cut.images),
                     row,   std::min(job.tile_rows, row + job.cut.rows),
                     0,     0,
                     0};
    run_piece(job, piece / row_pieces / place_pieces, part, split * job.rows,
              std::min(p.m, (split + 1) * job.rows));
  });
}

}  // namespace ct::cpu
