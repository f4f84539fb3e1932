// A transform is separable: columns of all tiles of a row at once, then rows of as many tiles as a
// panel takes. The arithmetic is simd/conv/winograd_kernel.hpp.
#include "backend_cpu/conv/winograd_tiles.hpp"

#include <algorithm>

#include "backend_cpu/runtime/scratch.hpp"
#include "core/view/integer.hpp"

namespace ct::cpu {

TileTransform::TileTransform(Kind kind, int64_t h, int64_t w, int64_t dh, int64_t dw,
                             int64_t tile_rows, int64_t tile_columns)
    : kind_(kind),
      edge_(kind == Kind::input ? kWinogradEdge : kWinogradTile),
      tile_columns_(tile_columns),
      patch_(h, w, (tile_rows - 1) * kWinogradTile + edge_,
             (tile_columns - 1) * kWinogradTile + edge_, 1, 1, {{dh, dw}}) {
  patch_.require_copy();
}

void TileTransform::run(const float* source, int64_t image_stride, const TileBlock& block,
                        const TileTarget& target) const {
  const WinogradKernels& kernels = winograd_kernels();
  const int64_t rows = block.row_end - block.row, count = block.count(tile_columns_);
  const int64_t patch_rows = (rows - 1) * kWinogradTile + edge_;
  const ConvPatch::Layout layout = patch_.layout(patch_rows);
  // Lines have room for whole vectors of tiles.
  const int64_t line = kWinogradTile * round_up(count, 16) + kPlaneGap;
  float* patch = scratch<float>(Scratch::image, layout.channel + 2 * kWinogradEdge * line);
  float* low = patch + layout.channel;
  float* high = low + kWinogradEdge * line;
  int64_t done = 0;
  for (int64_t image = block.image; image < block.image_end; ++image) {
    patch_.fill(patch, source + image * image_stride, block.row * kWinogradTile, patch_rows,
                patch_rows);
    for (int64_t r = 0; r < rows; ++r, done += tile_columns_) {
      const float* from = patch + r * kWinogradTile * layout.row;
      float* to = low + kWinogradTile * done;
      if (kind_ == Kind::input) {
        kernels.columns(from, layout.row, tile_columns_, to, to + kWinogradEdge * line, line);
      } else {
        kernels.gradient_columns(from, layout.row, tile_columns_, to, line);
      }
    }
  }
  for (int64_t t = 0; t < count; t += target.panel) {
    const int64_t tiles = std::min(target.panel, count - t);
    float* to = target.data + t / target.panel * target.panel_stride;
    if (kind_ == Kind::input) {
      kernels.rows(low + kWinogradTile * t, high + kWinogradTile * t, line, tiles, to,
                   target.plane);
    } else {
      kernels.gradient_rows(low + kWinogradTile * t, line, tiles, to, target.plane);
    }
  }
}

}  // namespace ct::cpu
