// Weight gradient: grad_w^T (c * taps, o) = X (c * taps, places) grad_y^T (places, o), X gathered
// from the images. X is never packed: its rows are read from the patch (conv_patch.hpp) element
// by element, broadcast, straight into the register tile; only grad_y, smaller by the number of
// taps, is packed.
//
// A piece is a block of c times a block of o times a part of the images; the parts' sums are added
// in their order while the result is transposed into place.
#include <algorithm>
#include <cassert>
#include <type_traits>
#include <vector>

#include "backend_cpu/conv/conv_gemm.hpp"
#include "backend_cpu/conv/conv_winograd.hpp"
#include "backend_cpu/matmul/gemm.hpp"
#include "backend_cpu/runtime/parallel.hpp"
#include "backend_cpu/runtime/scratch.hpp"
#include "core/view/integer.hpp"

namespace ct::cpu {
namespace {

template <class T>
struct Job {
  const ConvSizes* sizes;
  const GemmKernels<T>* kernels;
  const ConvPatch* patch;
  ConvDepth depth;
  int64_t images, channels;  // of a group: samples and channels times those of the third axis
  const T* x;
  const T* grad_y;
  ConvPatch::Layout layout;
  GridCut cut;  // of the places that are multiplied at a time
  int64_t block_c, block_o;
  int64_t image_stride;          // in the patch, or in x
  std::vector<int64_t> offsets;  // of each (c, tap) of a block in the patch
  int64_t padded_o;
};

/// Adds (or sets) the products of some images and rows.
template <class T>
void run_places(const Job<T>& job, int64_t group, int64_t c, int64_t o, int64_t image,
                int64_t image_end, int64_t row, int64_t row_end, T* sums, bool accumulate) {
  const ConvSizes& s = *job.sizes;
  const ConvPatch& patch = *job.patch;
  const int64_t nr = job.kernels->nr;
  const int64_t channels = std::min(job.block_c, job.channels - c);
  const int64_t outputs = std::min(job.block_o, s.group_o() - o);
  const int64_t images = image_end - image, rows = row_end - row;
  const int64_t grid = rows * s.ow, places = images * grid;

  const T* source = nullptr;
  if (patch.in_place()) {
    source = job.x + (image * s.c + group * s.group_c() + c) * s.h * s.w + row * job.layout.row;
  } else {
    T* copy = scratch<T>(Scratch::image, images * job.image_stride);
    for (int64_t i = 0; i < images; ++i) {
      for (int64_t q = 0; q < channels; ++q) {
        T* to = copy + i * job.image_stride + q * job.layout.channel;
        const int64_t plane =
            job.depth.source_plane(image + i, c + q, s.groups, group, job.channels);
        if (plane >= 0) {
          patch.fill(to, job.x + plane * s.h * s.w, row, rows, job.cut.rows);
        } else {
          std::fill_n(to, job.layout.channel, T{0});
        }
      }
    }
    source = copy;
  }
  T* packed = scratch<T>(Scratch::block_b, round_up(outputs, nr) * places);
  for (int64_t j = 0; j < outputs; j += nr) {
    for (int64_t i = 0; i < images; ++i) {
      const int64_t plane = job.depth.out_plane(image + i, group * s.group_o() + o + j, s.o);
      const T* from = job.grad_y + plane * s.oh * s.ow + row * s.ow;
      job.kernels->pack(packed + j * places + i * grid * nr, nr, from, std::min(nr, outputs - j),
                        s.od * s.oh * s.ow, grid, 1);
    }
  }
  CorrelateBlock<T> block;
  block.rows = channels * s.taps();
  block.n = outputs;
  block.source = source;
  block.row_offsets = job.offsets.data();
  // Rows that follow each other without a gap are one run.
  const bool joined = job.layout.row == s.ow;
  const int64_t runs_per_image = joined ? 1 : rows;
  auto* runs = scratch<int64_t>(Scratch::table, images * runs_per_image);
  for (int64_t i = 0; i < images; ++i) {
    for (int64_t r = 0; r < runs_per_image; ++r) {
      runs[i * runs_per_image + r] = i * job.image_stride + r * job.layout.row;
    }
  }
  block.run_offsets = runs;
  block.runs = images * runs_per_image;
  block.run_length = joined ? grid : s.ow;
  block.b = packed;
  block.c = sums;
  block.c_row = job.padded_o;
  block.accumulate = accumulate;
  job.kernels->correlate(block);
}

}  // namespace

template <class T>
void conv_grad_weight_gemm(const ConvSizes& s, const T* x, const T* grad_y, T* grad_w,
                           bool winograd) {
  if constexpr (std::is_same_v<T, float>) {
    if (winograd) return conv_winograd_grad_weight(s, x, grad_y, grad_w);
  }
  assert(!winograd);
  ConvPatch patch = forward_patch(s);
  if (!s.flat()) patch.require_copy();
  Job<T> job;
  job.depth = forward_depth(s);
  job.images = s.n * s.od;
  job.channels = s.group_c() * s.kd;
  job.sizes = &s;
  job.kernels = &gemm_kernels<T>();
  job.patch = &patch;
  job.x = x;
  job.grad_y = grad_y;
  const int64_t taps = s.taps(), group_c = job.channels, group_o = s.group_o();
  const int64_t nr = job.kernels->nr;
  job.padded_o = round_up(group_o, nr);
  // Sums of about a quarter of a megabyte stay in the second-level cache.
  job.block_o = std::min<int64_t>(round_up(group_o, nr), 128);
  const int64_t most_c = std::max<int64_t>(1, 65536 / (job.block_o * taps));
  job.block_c = ceil_div(group_c, ceil_div(group_c, std::min<int64_t>(most_c, 64)));
  job.cut = cut_grid(job.images, s.oh, s.ow, gemm_block_depth(*job.kernels), 1);
  job.layout = patch.layout(job.cut.rows);
  job.image_stride = patch.in_place() ? s.c * s.h * s.w : job.block_c * job.layout.channel;
  for (int64_t c = 0; c < job.block_c; ++c) {
    for (int64_t t : job.layout.taps) job.offsets.push_back(c * job.layout.channel + t);
  }

  const int64_t blocks_c = ceil_div(group_c, job.block_c);
  const int64_t blocks_o = ceil_div(group_o, job.block_o);
  const int64_t row_blocks = ceil_div(s.oh, job.cut.rows);
  const int64_t steps = ceil_div(job.images, job.cut.images) * row_blocks;
  const int64_t work = s.o * group_c * taps * job.images * s.oh * s.ow;
  const int64_t wanted = std::clamp<int64_t>(work / kPieceWork, 1, 16);
  const int64_t blocks = s.groups * blocks_c * blocks_o;
  int64_t parts = std::clamp<int64_t>(wanted / blocks, 1, steps);
  const int64_t part_steps = ceil_div(steps, parts);
  parts = ceil_div(steps, part_steps);

  const int64_t rows = group_c * taps;
  const int64_t group_size = rows * job.padded_o;
  T* sums = scratch<T>(Scratch::shared_sums, s.groups * parts * group_size);
  parallel_for(blocks * parts, [&](int64_t piece) {
    const int64_t part = piece % parts;
    const int64_t o = piece / parts % blocks_o * job.block_o;
    const int64_t c = piece / parts / blocks_o % blocks_c * job.block_c;
    const int64_t group = piece / parts / blocks_o / blocks_c;
    T* target = sums + (group * parts + part) * group_size + c * taps * job.padded_o + o;
    const int64_t last = std::min(steps, (part + 1) * part_steps);
    for (int64_t step = part * part_steps; step < last; ++step) {
      const int64_t image = step / row_blocks * job.cut.images;
      const int64_t row = step % row_blocks * job.cut.rows;
      run_places(job, group, c, o, image, std::min(job.images, image + job.cut.images), row,
                 std::min(s.oh, row + job.cut.rows), target, step != part * part_steps);
    }
  });

  constexpr int64_t kRowBand = 16;
  const int64_t bands = ceil_div(rows, kRowBand);
  const int64_t grain = std::max<int64_t>(1, 65536 / (kRowBand * job.padded_o * parts));
  parallel_ranges(s.groups * bands, grain, [&](int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; ++at) {
      const int64_t group = at / bands, row = at % bands * kRowBand;
      const int64_t count = std::min(kRowBand, rows - row);
      const T* from = sums + group * parts * group_size + row * job.padded_o;
      if (parts > 1) {
        T* total = scratch<T>(Scratch::block_c, kRowBand * job.padded_o);
        std::copy(from, from + count * job.padded_o, total);
        for (int64_t part = 1; part < parts; ++part) {
          const T* more = from + part * group_size;
          for (int64_t i = 0; i < count * job.padded_o; ++i) total[i] += more[i];
        }
        from = total;
      }
      job.kernels->transpose(grad_w + group * group_o * rows + row, rows, from, job.padded_o, count,
                             group_o);
    }
  });
}

template void conv_grad_weight_gemm<float>(const ConvSizes&, const float*, const float*, float*,
                                           bool);
template void conv_grad_weight_gemm<double>(const ConvSizes&, const double*, const double*, double*,
                                            bool);

}  // namespace ct::cpu
