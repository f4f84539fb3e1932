// A piece is a block of places (some rows of one image, or several small images) times a block of
// output channels. For each block of source channels it copies the patch it sees (conv_patch.hpp)
// into the second-level cache, packs panels from there, and multiplies with weights that were
// packed once for all pieces. Places that are contiguous in the output are written directly; else
// (several images, strided phases) the block is made in a buffer and spread at the end.
#include <algorithm>

#include "backend_cpu/conv/choice.hpp"
#include "backend_cpu/conv/conv_gemm.hpp"
#include "backend_cpu/matmul/gemm.hpp"
#include "backend_cpu/runtime/parallel.hpp"
#include "backend_cpu/runtime/scratch.hpp"
#include "core/view/integer.hpp"

namespace ct::cpu {
namespace {

template <class T>
struct Job {
  explicit Job(const ConvProduct<T>& product)
      : p(&product), kernels(&gemm_kernels<T>()), patch(*product.patch) {}

  const ConvProduct<T>* p;
  const GemmKernels<T>* kernels;
  ConvPatch patch;
  ConvPatch::Layout layout;
  int64_t image_stride;  // in the patch, or in the source
  GridCut cut;
  int64_t block_channels;  // source channels of a block of k
  int64_t rows;            // output channels of a piece
  int64_t padded_m;
  bool dense_weights;            // a channel's taps follow those of the one before
  const T* weights;              // packed, all groups
  std::vector<int64_t> offsets;  // of each k in the patch, for a block of channels
  bool few_rows;                 // too few to pay for packing: read the patch as it is
  int64_t taps() const { return patch.taps(); }
};

/// Weights of output channels [row, row + mr) of a group, all k, into their panels.
template <class T>
void pack_weight_panel(const Job<T>& job, T* target, int64_t group, int64_t row) {
  const ConvProduct<T>& p = *job.p;
  const int64_t mr = job.kernels->mr, taps = job.taps();
  const int64_t count = std::min(mr, p.m - row);
  const T* source = p.weight + group * p.weight_group + row * p.weight_row;
  // Taps that follow each other in memory are packed as a matrix.
  const bool whole = taps == 0 || p.weight_taps.back() - p.weight_taps.front() == taps - 1;
  for (int64_t c = 0; c < p.channels; c += job.block_channels) {
    const int64_t channels = std::min(job.block_channels, p.channels - c);
    T* panel = target + c * taps * job.padded_m + row * channels * taps;
    if (whole && job.dense_weights) {
      job.kernels->pack(panel, mr, source + c * taps, count, p.weight_row, channels * taps, 1);
      continue;
    }
    for (int64_t q = c; q < c + channels; ++q, panel += taps * mr) {
      const T* from = source + p.weight_of(q);
      if (whole) {
        if (taps > 0) from += p.weight_taps.front();
        job.kernels->pack(panel, mr, from, count, p.weight_row, taps, 1);
        continue;
      }
      for (int64_t t = 0; t < taps; ++t) {
        const T* tap = from + p.weight_taps[static_cast<size_t>(t)];
        for (int64_t i = 0; i < mr; ++i)
          panel[t * mr + i] = i < count ? tap[i * p.weight_row] : T{0};
      }
    }
  }
}

template <class T>
void pack_weights(Job<T>& job) {
  const ConvProduct<T>& p = *job.p;
  const int64_t group_size = job.padded_m * p.channels * job.taps();
  T* packed = scratch<T>(Scratch::shared_a, p.groups * group_size);
  const int64_t panels = ceil_div(p.m, job.kernels->mr);
  const int64_t grain = std::max<int64_t>(1, 65536 / (group_size / panels + 1));
  parallel_ranges(p.groups * panels, grain, [&](int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; ++at) {
      const int64_t group = at / panels;
      pack_weight_panel(job, packed + group * group_size, group, at % panels * job.kernels->mr);
    }
  });
  job.weights = packed;
}

/// The panel's places as runs in the patch.
int64_t make_runs(GatherRun* runs, int64_t begin, int64_t end, int64_t grid, int64_t columns,
                  int64_t image_stride, int64_t row_stride) {
  int64_t count = 0;
  for (int64_t at = begin; at < end;) {
    const int64_t in_image = at % grid;
    const int64_t column = in_image % columns;
    const int64_t length = std::min(columns - column, end - at);
    const int64_t source = at / grid * image_stride + in_image / columns * row_stride + column;
    if (count > 0 && runs[count - 1].source + runs[count - 1].length == source) {
      runs[count - 1].length += length;
    } else {
      runs[count++] = {source, at - begin, length};
    }
    at += length;
  }
  return count;
}

/// Copies a block made in a buffer to its places.
template <class T>
void spread(const Job<T>& job, const T* block, int64_t block_row, const ConvPart& part) {
  const ConvProduct<T>& p = *job.p;
  const int64_t columns = job.patch.columns(), rows = part.row_end - part.row;
  const bool dense = p.out_step_w == 1 && columns == p.out_width && p.out_step_h == 1;
  for (int64_t o = part.channel; o < part.channel_end; ++o, block += block_row) {
    const T* from = block;
    for (int64_t image = part.image; image < part.image_end; ++image) {
      T* plane = p.out_at(image, o);
      if (dense) {
        T* to = plane + part.row * columns;
        for (int64_t j = 0; j < rows * columns; ++j) to[j] = from[j];
        from += rows * columns;
        continue;
      }
      for (int64_t r = part.row; r < part.row_end; ++r, from += columns) {
        T* to = plane + (r * p.out_step_h + p.out_h) * p.out_width + p.out_w;
        for (int64_t j = 0; j < columns; ++j) to[j * p.out_step_w] = from[j];
      }
    }
  }
}

/// The runs of each panel of a piece; the same for every block of channels.
struct GatherTable {
  GatherRun* data = nullptr;
  int64_t most = 0;  // runs of a panel; the place behind them holds their number
  const GatherRun* runs(int64_t panel) const { return data + panel * (most + 1); }
  int64_t count(int64_t panel) const { return data[panel * (most + 1) + most].length; }
};

template <class T>
GatherTable make_table(const Job<T>& job, int64_t places, int64_t grid, int64_t panels) {
  const int64_t nr = job.kernels->nr;
  GatherTable table;
  table.most = nr;
  table.data = scratch<GatherRun>(Scratch::table, panels * (nr + 1));
  for (int64_t j = 0; j < panels; ++j) {
    GatherRun* own = table.data + j * (nr + 1);
    own[nr].length = make_runs(own, j * nr, std::min(places, (j + 1) * nr), grid,
                               job.patch.columns(), job.image_stride, job.layout.row);
  }
  return table;
}

/// Few output channels: each row of the grid is cut in vectors that are read where they lie.
template <class T>
void run_few_rows(const Job<T>& job, const T* source, int64_t images, int64_t rows, const T* a,
                  const T* bias, const GemmBlock<T>& like, int64_t m, T* c) {
  const int64_t columns = job.patch.columns(), lanes = job.kernels->lanes;
  const int64_t per_row = ceil_div(columns, lanes);
  auto* vectors = scratch<PlaceVector>(Scratch::table, images * rows * per_row);
  int64_t count = 0;
  for (int64_t row = 0; row < images * rows; ++row) {
    const int64_t from = row / rows * job.image_stride + row % rows * job.layout.row;
    for (int64_t j = 0; j < columns; j += lanes) {
      vectors[count++] = {from + j, row * columns + j, std::min(lanes, columns - j)};
    }
  }
  FewRowsBlock<T> block;
  block.m = m;
  block.k = like.k;
  block.a = a;
  block.a_panel = job.kernels->mr * like.k;
  block.source = source;
  block.offsets = job.offsets.data();
  block.vectors = vectors;
  block.vector_count = count;
  block.c = c;
  block.c_row = like.c_row;
  block.accumulate = like.accumulate;
  block.row_bias = bias;
  job.kernels->few_rows(block);
}

template <class T>
void run_piece(const Job<T>& job, int64_t group, const ConvPart& part) {
  const ConvProduct<T>& p = *job.p;
  const GemmKernels<T>& kernels = *job.kernels;
  const ConvPatch& patch = job.patch;
  const int64_t nr = kernels.nr, mr = kernels.mr, taps = job.taps();
  const int64_t images = part.image_end - part.image, rows = part.row_end - part.row;
  const int64_t grid = rows * patch.columns(), places = images * grid;
  const int64_t first_row = part.channel - group * p.m, m = part.channel_end - part.channel;

  const int64_t panels = ceil_div(places, nr);
  const GatherTable table = job.few_rows ? GatherTable{} : make_table(job, places, grid, panels);
  const bool direct = images == 1 && p.out_step_h == 1 && p.out_step_w == 1 &&
                      patch.columns() == p.out_width && p.out_h == 0 && p.out_w == 0;
  const int64_t padded = panels * nr;
  GemmBlock<T> block;
  block.n = places;
  block.c_padded = !direct;
  block.c_row = direct ? p.depth.out * p.out_plane : padded;
  T* c = direct ? p.out_at(part.image, part.channel) + part.row * patch.columns()
                : scratch<T>(Scratch::block_c, m * padded);
  const T* weights = job.weights + group * job.padded_m * p.channels * taps;
  T* packed =
      job.few_rows ? nullptr : scratch<T>(Scratch::block_b, padded * job.block_channels * taps);
  int64_t channel = 0;
  do {
    const int64_t channels = std::min(job.block_channels, p.channels - channel);
    const int64_t k = channels * taps;
    const T* source = nullptr;
    if (patch.in_place()) {
      source = p.source_at(part.image, group, channel) + part.row * job.layout.row;
    } else if (taps > 0) {
      T* copy = scratch<T>(Scratch::image, images * job.image_stride);
      for (int64_t image = 0; image < images; ++image) {
        for (int64_t q = 0; q < channels; ++q) {
          T* to = copy + image * job.image_stride + q * job.layout.channel;
          const T* plane = p.source_at(part.image + image, group, channel + q);
          if (plane != nullptr) {
            patch.fill(to, plane, part.row, rows, job.cut.rows);
          } else {
            std::fill_n(to, job.layout.channel, T{0});
          }
        }
      }
      source = copy;
    }
    block.k = k;
    block.accumulate = channel > 0;
    const T* a = weights + channel * taps * job.padded_m + first_row * k;
    const T* bias = p.bias != nullptr ? p.bias + part.channel : nullptr;
    if (job.few_rows) {
      run_few_rows(job, source, images, rows, a, bias, block, m, c);
    } else {
      for (int64_t j = 0; j < panels; ++j) {
        kernels.gather(packed + j * nr * k, source, k, job.offsets.data(), table.runs(j),
                       table.count(j), patch.in_place());
      }
      block.b = packed;
      block.b_row = nr;
      block.b_panel = nr * k;
      block.a_panel = mr * k;
      const int64_t stretch = 252 / mr * mr;  // rows of A that stay in the second-level cache
      for (int64_t i = 0; i < m; i += stretch) {
        block.m = std::min(stretch, m - i);
        block.a = a + i * k;
        block.c = c + i * block.c_row;
        block.row_bias = bias != nullptr ? bias + i : nullptr;
        kernels.block(block);
      }
    }
    channel += channels;
  } while (channel < p.channels);
  if (!direct) spread(job, c, padded, part);
  p.done(part);
}

}  // namespace

template <class T>
void conv_product(const ConvProduct<T>& p) {
  Job<T> job(p);
  ConvPatch& patch = job.patch;
  job.few_rows = product_of_few_outputs(p.m, patch.columns(), job.kernels->lanes);
  if (job.few_rows || !p.depth.flat()) patch.require_copy();
  job.dense_weights = p.weight_depth_first == 0 &&
                      p.weight_channel == p.depth.taps * patch.taps() &&
                      (p.depth.taps == 1 || p.weight_depth == patch.taps());
  const int64_t mr = job.kernels->mr, taps = job.taps();
  const int64_t places = p.images * patch.rows() * patch.columns();
  job.padded_m = round_up(p.m, mr);

  const int64_t depth = gemm_block_depth(*job.kernels);
  const int64_t most = std::max<int64_t>(1, depth / std::max<int64_t>(1, taps));
  job.block_channels = std::max<int64_t>(1, ceil_div(p.channels, ceil_div(p.channels, most)));

  // Without packed panels to keep in the cache, pieces may be larger: fewer rows are seen twice.
  const int64_t target = job.few_rows ? std::clamp<int64_t>(places / 32, 64, 2048)
                                      : std::clamp<int64_t>(places / 16, 64, 256);
  job.cut = cut_grid(p.images, patch.rows(), patch.columns(), target, job.kernels->lanes);
  const int64_t image_groups = ceil_div(p.images, job.cut.images);
  const int64_t row_blocks = ceil_div(patch.rows(), job.cut.rows);
  const int64_t place_pieces = image_groups * row_blocks;
  const int64_t wanted =
      std::clamp<int64_t>(p.groups * p.m * p.channels * taps * places / kPieceWork, 1, 16);
  const int64_t splits = std::clamp<int64_t>(wanted / (p.groups * place_pieces), 1,
                                             std::max<int64_t>(1, p.m / (4 * mr)));
  job.rows = round_up(ceil_div(p.m, splits), mr);
  const int64_t row_pieces = ceil_div(p.m, job.rows);

  job.layout = patch.layout(job.cut.rows);
  job.image_stride = patch.in_place() ? p.groups * p.channels * p.source_plane
                                      : job.block_channels * job.layout.channel;
  job.offsets.reserve(static_cast<size_t>(job.block_channels * taps));
  for (int64_t c = 0; c < job.block_channels; ++c) {
    for (int64_t t : job.layout.taps) job.offsets.push_back(c * job.layout.channel + t);
  }
  pack_weights(job);
  parallel_for(p.groups * place_pieces * row_pieces, [&](int64_t piece) {
    const int64_t split = piece % row_pieces;
    const int64_t place = piece / row_pieces % place_pieces;
    const int64_t group = piece / row_pieces / place_pieces;
    const int64_t image = place / row_blocks * job.cut.images;
    const int64_t row = place % row_blocks * job.cut.rows;
    const int64_t base = group * p.m;
    run_piece(job, group,
              {image, std::min(p.images, image + job.cut.images), base + split * job.rows,
               base + std::min(p.m, (split + 1) * job.rows), row,
               std::min(patch.rows(), row + job.cut.rows)});
  });
}

template void conv_product<float>(const ConvProduct<float>&);
template void conv_product<double>(const ConvProduct<double>&);

}  // namespace ct::cpu
