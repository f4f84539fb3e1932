// See conv_product.hpp. On CPU-class devices an item works through pieces with a scratch memory of
// its own that stays in its cache; on GPUs a group makes a tile in local memory.
#include "backend_opencl/conv/conv_product.hpp"

#include <algorithm>
#include <cassert>
#include <mutex>

#include "core/view/integer.hpp"

namespace ct::opencl {
namespace {

/// Panels of places in a piece, and products of channels and taps packed at a time: their panels
/// take a third of a second-level cache.
constexpr int64_t kPanels = 8;
constexpr int64_t kDepth = 288;
/// Elements of a patch that stay in the second-level cache.
constexpr int64_t kPatchElements = 40960;
/// Multiplications that are worth an item: about 20 us.
constexpr int64_t kItemWork = 1 << 20;

/// Items that share `pieces`: few, each of them has scratch memory.
int64_t sharing_items(const Profile& profile, int64_t pieces, int64_t work) {
  const int64_t most = std::min<int64_t>(pieces, profile.compute_units * int64_t{2});
  return std::clamp<int64_t>(work / kItemWork, 1, std::max<int64_t>(1, most));
}

/// patch_size() of kernels/conv/conv_product.cl.
int64_t patch_elements(const ConvProduct& p, int64_t rows) {
  if (p.taps[0] * p.taps[1] == 0) return 0;
  int64_t sizes[2] = {rows, p.columns};
  int64_t elements = 1;
  for (int i = 0; i < 2; ++i) {
    const int64_t last = p.first[i] + int64_t{p.taps[i] - 1} * p.tap_step[i];
    const int64_t low = floor_div(std::min<int64_t>(p.first[i], last), p.step[i]);
    const int64_t high = floor_div(std::max<int64_t>(p.first[i], last), p.step[i]);
    elements *= (sizes[i] + high - low) * (p.taps[i] == 1 ? 1 : p.step[i]);
  }
  return elements;
}

constexpr int64_t kTile = 64;  // TILE in kernels/conv/conv_tiles.cl
size_t tiles(int64_t size) { return static_cast<size_t>(ceil_div(size, kTile)) * 16; }

struct Cut {
  int64_t images, rows, channels;
};

Cut cut_of(const ConvProduct& p, const PanelShape& panel, int units) {
  const int64_t taps = std::max(1, p.taps[0] * p.taps[1]);
  const int64_t plane = int64_t{p.rows} * p.columns;
  const int64_t places = p.images * plane;
  const int64_t wanted = places * p.groups / (int64_t{8} * units);
  const int64_t target =
      std::clamp(round_up(wanted, panel.columns), panel.columns, kPanels * panel.columns);
  Cut cut{1, p.rows, 1};
  if (plane >= target) {
    const int64_t most = std::clamp<int64_t>(target / p.columns, 1, p.rows);
    cut.rows = ceil_div(p.rows, ceil_div(p.rows, most));
  } else {
    cut.images = std::clamp<int64_t>(target / plane, 1, p.images);
  }
  const int64_t deepest = std::max<int64_t>(1, kDepth / taps);
  const int64_t channels = std::max(1, p.channels);
  cut.channels = ceil_div(channels, ceil_div(channels, deepest));
  return cut;
}

/// A product of one tap that reads and writes whole planes in order may take them in other rows: of
/// whole panels, or of what can be copied four at a time, where the image's are not.
ConvProduct in_long_rows(ConvProduct p, int64_t panel) {
  constexpr int64_t kLongestRow = 512;
  const int64_t plane = int64_t{p.rows} * p.columns;
  if (p.flat == 0) return p;
  for (int i = 0; i < 2; ++i) {
    if (p.taps[i] != 1 || p.step[i] != 1 || p.first[i] != 0 || p.out_step[i] != 1) return p;
  }
  if (p.h != p.rows || p.w != p.columns || p.out_h != p.rows || p.out_w != p.columns) return p;
  for (const int64_t unit : {panel, int64_t{4}}) {
    if (p.columns % unit == 0) return p;
    for (int64_t columns = kLongestRow / unit * unit; columns > 0; columns -= unit) {
      if (plane % columns != 0) continue;
      p.columns = p.w = p.out_w = static_cast<int32_t>(columns);
      p.rows = p.h = p.out_h = static_cast<int32_t>(plane / columns);
      return p;
    }
  }
  return p;
}

}  // namespace

void set_arrays(Launch& launch, const ConvArrays& arrays, const Scratch* packed) {
  launch.array(arrays.source);
  if (packed == nullptr) {
    launch.array(arrays.weight);
  } else {
    launch.buffer(packed->buffer());
  }
  launch.array(arrays.bias);
  launch.array(arrays.out);
}

void run_panels(Runtime& runtime, DType compute, const ConvProduct& product,
                const ConvArrays& arrays) {
  const Profile& profile = runtime.profile();
  const PanelShape panel = panel_shape(profile, compute);
  const ConvProduct p = in_long_rows(product, panel.columns);
  const Cut cut = cut_of(p, panel, profile.compute_units);
  const int64_t taps = p.taps[0] * p.taps[1];
  const int64_t row_panels = ceil_div(p.m, panel.rows);
  const int64_t place_panels = ceil_div(cut.images * cut.rows * p.columns, panel.columns);
  const int64_t pieces = p.groups * ceil_div(p.images, cut.images) * ceil_div(p.rows, cut.rows);
  const int64_t work = int64_t{p.images} * p.rows * p.columns * p.groups * row_panels * panel.rows *
                       (p.channels * taps + 16);
  const int64_t items = sharing_items(profile, pieces, work);
  const int64_t scratch_size =
      round_up(cut.images * cut.channels * patch_elements(p, cut.rows) + 16 +
                   place_panels * cut.channels * taps * panel.columns +
                   row_panels * panel.rows * place_panels * panel.columns,
               16);
  const size_t item = item_size(compute);
  const int64_t weights = p.groups * row_panels * panel.rows * p.channels * taps;
  const Scratch packed(runtime, static_cast<size_t>(weights) * item);
  const Scratch scratch(runtime, static_cast<size_t>(items * scratch_size) * item);

  const std::lock_guard lock(runtime.mutex());
  Launch pack(runtime, runtime.library(LibraryKernel::conv_pack_weights, compute));
  pack.array(arrays.weight);
  pack.buffer(packed.buffer());
  pack.value(p);
  pack.run_tasks(p.groups * row_panels * p.channels, taps * panel.rows * 4);
  Launch launch(runtime, runtime.library(LibraryKernel::conv_product, compute));
  set_arrays(launch, arrays, &packed);
  launch.value(p);
  launch.buffer(scratch.buffer());
  launch.values(scratch_size, static_cast<int32_t>(cut.images), static_cast<int32_t>(cut.rows),
                static_cast<int32_t>(cut.channels));
  launch.run(static_cast<size_t>(items), 1);
}

void run_tiles(Runtime& runtime, DType compute, const ConvProduct& p, const ConvArrays& arrays) {
  assert(runtime.profile().style == Style::gpu);
  const std::lock_guard lock(runtime.mutex());
  Launch launch(runtime, runtime.library(LibraryKernel::conv_product_tiles, compute));
  set_arrays(launch, arrays, nullptr);
  launch.value(p);
  launch.run(cl::NDRange(tiles(int64_t{p.images} * p.rows * p.columns), tiles(p.m),
                         static_cast<size_t>(p.groups)),
             cl::NDRange(16, 16, 1));
}

void run_panels(Runtime& runtime, DType compute, ConvWeights s, const ConvGradients& arrays) {
  const Profile& profile = runtime.profile();
  const PanelShape panel = panel_shape(profile, compute);
  const int64_t taps = int64_t{s.kh} * s.kw;
  // With few input channels the outputs fill the vectors better.
  const bool swapped = s.channels * 2 <= panel.columns && s.m > s.channels;
  const int64_t lines = swapped ? s.channels * taps : s.m;
  const int64_t panels = ceil_div(lines, panel.rows);
  const int64_t blocks = ceil_div(swapped ? s.m : s.channels, panel.columns);
  const int64_t products = swapped ? 1 : taps;
  const int64_t height =
      std::max<int64_t>(0, int64_t{s.oh - 1} * s.step[0] + int64_t{s.kh - 1} * s.dilation[0] + 1);
  const int64_t width =
      std::max<int64_t>(0, int64_t{s.ow - 1} * s.step[1] + int64_t{s.kw - 1} * s.dilation[1] + 1);
  const int64_t patch = swapped ? s.channels * height * width + s.oh * s.ow * panel.columns
                                : height * width * panel.columns;
  const int64_t wanted = profile.compute_units * int64_t{4};
  s.parts = static_cast<int32_t>(
      std::clamp<int64_t>(wanted / (s.groups * blocks), 1, std::max(1, s.images)));
  // Of a third axis images do not follow each other at one distance.
  const int64_t most = s.flat() ? std::max(1, s.images / s.parts) : 1;
  const int64_t block_images =
      std::clamp<int64_t>(kPatchElements / std::max<int64_t>(1, patch), 1, most);
  const int64_t pieces = s.parts * s.groups * blocks;
  const int64_t part_size = s.groups * blocks * products * panels * panel.rows * panel.columns;
  const int64_t work =
      int64_t{s.images} * s.oh * s.ow * s.groups * blocks * panel.columns * (lines * products + 16);
  const int64_t items = sharing_items(profile, pieces, work);
  const int64_t scratch_size = round_up(block_images * patch + 16, 16);
  const size_t item = item_size(compute);
  const Scratch partial(runtime, static_cast<size_t>(s.parts * part_size) * item);
  const Scratch scratch(runtime, static_cast<size_t>(items * scratch_size) * item);

  const std::lock_guard lock(runtime.mutex());
  Launch launch(runtime, runtime.library(LibraryKernel::conv_grad_weight, compute));
  launch.array(arrays.x);
  launch.array(arrays.grad_y);
  launch.buffer(partial.buffer());
  launch.value(s);
  launch.buffer(scratch.buffer());
  launch.values(scratch_size, static_cast<int32_t>(block_images), int32_t{swapped});
  launch.run(static_cast<size_t>(items), 1);
  Launch sum(runtime, runtime.library(LibraryKernel::conv_sum_parts, compute));
  sum.buffer(partial.buffer());
  sum.array(arrays.grad_w);
  sum.values(s, int32_t{swapped});
  sum.run_tasks(s.groups * products * lines * blocks, panel.columns * (s.parts + 2));
}

void run_tiles(Runtime& runtime, DType compute, ConvWeights s, const ConvGradients& arrays) {
  assert(runtime.profile().style == Style::gpu);
  const int64_t lines = int64_t{s.channels} * s.kh * s.kw;
  const int64_t size = int64_t{s.groups} * s.m * lines;
  const int64_t places = int64_t{s.images} * s.oh * s.ow;
  const int64_t groups = ceil_div(lines, kTile) * ceil_div(s.m, kTile) * s.groups;
  const int64_t wanted = ceil_div(int64_t{runtime.profile().compute_units} * 8, groups);
  s.parts = static_cast<int32_t>(std::clamp<int64_t>(std::min(wanted, places / 1024), 1, 64));
  const Scratch partial(runtime, static_cast<size_t>(s.parts * size) * item_size(compute));
  const std::lock_guard lock(runtime.mutex());
  Launch launch(runtime, runtime.library(LibraryKernel::conv_grad_weight_tiles, compute));
  launch.array(arrays.x);
  launch.array(arrays.grad_y);
  launch.buffer(partial.buffer());
  launch.value(s);
  launch.run(cl::NDRange(tiles(lines), tiles(s.m), static_cast<size_t>(s.groups * s.parts)),
             cl::NDRange(16, 16, 1));
  Launch sum(runtime, runtime.library(LibraryKernel::conv_sum_parts, compute));
  sum.buffer(partial.buffer());
  sum.array(arrays.grad_w);
  sum.values(s, size);
  sum.run_tasks(size, s.parts);
}

}  // namespace ct::opencl
