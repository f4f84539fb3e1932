// The weight gradient by Winograd's transforms: the sums of products over all tiles are 36 matrix
// products (c, tiles) (tiles, o), whose results become 3x3 kernels at the end.
//
// A piece is a block of c times a block of o times a part of the tiles; it transforms some tiles of
// both operands at a time and adds their products. The parts' sums are added in their order.
#include <algorithm>
#include <cassert>

#include "backend_cpu/conv/conv_winograd.hpp"
#include "backend_cpu/conv/winograd_tiles.hpp"
#include "backend_cpu/matmul/gemm.hpp"
#include "backend_cpu/runtime/parallel.hpp"
#include "backend_cpu/runtime/scratch.hpp"
#include "core/view/integer.hpp"

namespace ct::cpu {
namespace {

constexpr int64_t kPoints = kWinogradPoints;
/// Tiles of a step and channels of a block, at most: more per transform and per pass over the sums,
/// whose 36 planes do not fit the second-level cache anyway (measured from 32 and 64: +30%).
constexpr int64_t kMostTiles = 128, kMostBlock = 128;

struct Job {
  const ConvSizes& s;
  const float* x;
  const float* grad_y;
  const GemmKernels<float>& gemm;
  TileTransform inputs, gradients;
  GridCut cut{1, 1};
  int64_t block_c = 0, block_o = 0, padded_o = 0;
  int64_t sum_plane = 0;  // of the sums: (points, group_c, padded_o)
};

/// Adds (or sets) the products of some tiles.
void run_tiles(const Job& job, int64_t group, int64_t c, int64_t o, const TileBlock& tiles,
               float* sums, bool accumulate) {
  const ConvSizes& s = job.s;
  const int64_t nr = job.gemm.nr, lanes = job.gemm.lanes;
  const int64_t channels = std::min(job.block_c, s.group_c() - c);
  const int64_t outputs = std::min(job.block_o, s.group_o() - o);
  const int64_t count = tiles.count(job.inputs.tile_columns()), row = round_up(count, lanes);
  const int64_t x_plane = channels * row + kPlaneGap, y_plane = outputs * row + kPlaneGap;
  const int64_t panels = ceil_div(outputs, nr);

  float* x = scratch<float>(Scratch::block_a, kPoints * x_plane);
  for (int64_t i = 0; i < channels; ++i) {
    job.inputs.run(job.x + (group * s.group_c() + c + i) * s.h * s.w, s.c * s.h * s.w, tiles,
                   {x + i * row, row, 0, x_plane});
  }
  float* y = scratch<float>(Scratch::block_c, kPoints * y_plane + panels * nr * count);
  for (int64_t i = 0; i < outputs; ++i) {
    job.gradients.run(job.grad_y + (group * s.group_o() + o + i) * s.oh * s.ow, s.o * s.oh * s.ow,
                      tiles, {y + i * row, row, 0, y_plane});
  }
  float* packed = y + kPoints * y_plane;
  GemmBlock<float> block;
  block.m = channels;
  block.n = outputs;
  block.k = count;
  block.a_packed = false;
  block.a_row = row;
  block.a_column = 1;
  block.a_panel = job.gemm.mr * row;
  block.b = packed;
  block.b_row = nr;
  block.b_panel = nr * count;
  block.c_row = job.padded_o;
  block.c_padded = true;
  block.accumulate = accumulate;
  for (int64_t point = 0; point < kPoints; ++point) {
    for (int64_t j = 0; j < outputs; j += nr) {
      job.gemm.pack(packed + j * count, nr, y + point * y_plane + j * row,
                    std::min(nr, outputs - j), row, count, 1);
    }
    block.a = x + point * x_plane;
    block.c = sums + point * job.sum_plane;
    job.gemm.block(block);
  }
}

/// Kernels of channels [c, c_end) of a group, from `parts` sums.
void write_kernels(const Job& job, int64_t group, int64_t c, int64_t c_end, const float* sums,
                   int64_t parts, float* grad_w) {
  const ConvSizes& s = job.s;
  const int64_t size = kPoints * job.sum_plane, width = job.padded_o;
  float* taps = scratch<float>(Scratch::block_b, (c_end - c) * 9 * width);
  float* total = scratch<float>(Scratch::block_c, kPoints * width);
  for (int64_t i = c; i < c_end; ++i) {
    const float* from = sums + i * width;
    int64_t plane = job.sum_plane;
    if (parts > 1) {
      for (int64_t point = 0; point < kPoints; ++point) {
        float* to = total + point * width;
        std::copy_n(from + point * plane, width, to);
        for (int64_t part = 1; part < parts; ++part) {
          const float* more = from + part * size + point * plane;
          for (int64_t j = 0; j < width; ++j) to[j] += more[j];
        }
      }
      from = total;
      plane = width;
    }
    winograd_kernels().taps(from, plane, s.group_o(), taps + (i - c) * 9 * width, width);
  }
  job.gemm.transpose(grad_w + (group * s.group_o() * s.group_c() + c) * 9, s.group_c() * 9, taps,
                     width, (c_end - c) * 9, s.group_o());
}

}  // namespace

void conv_winograd_grad_weight(const ConvSizes& s, const float* x, const float* grad_y,
                               float* grad_w) {
  assert(s.kh == 3 && s.kw == 3 && s.stride_h == 1 && s.stride_w == 1 && s.dilation_h == 1 &&
         s.dilation_w == 1);
  const int64_t tile_rows = ceil_div(s.oh, kWinogradTile);
  const int64_t tile_columns = ceil_div(s.ow, kWinogradTile);
  const int64_t tiles = s.n * tile_rows * tile_columns;
  Job job{s,
          x,
          grad_y,
          gemm_kernels<float>(),
          {TileTransform::Kind::input, s.h, s.w, -s.pad_h, -s.pad_w, tile_rows, tile_columns},
          {TileTransform::Kind::gradient, s.oh, s.ow, 0, 0, tile_rows, tile_columns}};
  job.padded_o = round_up(s.group_o(), job.gemm.nr);
  job.sum_plane = s.group_c() * job.padded_o + kPlaneGap;
  job.block_c = ceil_div(s.group_c(), ceil_div(s.group_c(), kMostBlock));
  job.block_o = round_up(ceil_div(s.group_o(), ceil_div(s.group_o(), kMostBlock)), job.gemm.nr);
  const int64_t blocks_c = ceil_div(s.group_c(), job.block_c);
  const int64_t blocks_o = ceil_div(s.group_o(), job.block_o);
  const int64_t blocks = s.groups * blocks_c * blocks_o;
  // Some pieces for threads, also of few tiles.
  job.cut = cut_grid(s.n, tile_rows, tile_columns,
                     std::clamp<int64_t>(tiles * blocks / 4, 32, kMostTiles), 1);
  const int64_t row_blocks = ceil_div(tile_rows, job.cut.rows);
  const int64_t steps = ceil_div(s.n, job.cut.images) * row_blocks;
  const int64_t part_steps = ceil_div(steps, std::clamp<int64_t>(8 / blocks, 1, steps));
  const int64_t parts = ceil_div(steps, part_steps);

  const int64_t size = kPoints * job.sum_plane;
  float* sums = scratch<float>(Scratch::shared_sums, s.groups * parts * size);
  parallel_for(blocks * parts, [&](int64_t piece) {
    const int64_t part = piece % parts;
    const int64_t o = piece / parts % blocks_o * job.block_o;
    const int64_t c = piece / parts / blocks_o % blocks_c * job.block_c;
    const int64_t group = piece / parts / blocks_o / blocks_c;
    float* target = sums + (group * parts + part) * size + c * job.padded_o + o;
    const int64_t last = std::min(steps, (part + 1) * part_steps);
    for (int64_t step = part * part_steps; step < last; ++step) {
      const int64_t image = step / row_blocks * job.cut.images;
      const int64_t row = step % row_blocks * job.cut.rows;
      run_tiles(job, group, c, o,
                {image, std::min(s.n, image + job.cut.images), row,
                 std::min(tile_rows, row + job.cut.rows)},
                target, step != part * part_steps);
    }
  });
  constexpr int64_t kChannelBand = 4;
  const int64_t bands = ceil_div(s.group_c(), kChannelBand);
  const int64_t grain =
      std::max<int64_t>(1, 65536 / (kPoints * kChannelBand * job.padded_o * parts));
  parallel_ranges(s.groups * bands, grain, [&](int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; ++at) {
      const int64_t group = at / bands, c = at % bands * kChannelBand;
      write_kernels(job, group, c, std::min(s.group_c(), c + kChannelBand),
                    sums + group * parts * size, parts, grad_w);
    }
  });
}

}  // namespace ct::cpu
