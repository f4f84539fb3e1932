// Tiles of 4x4 places for Winograd's convolution: what its forward pass and its weight gradient
// share. A transform takes one channel's planes of some tiles to 36 planes of tiles.
#pragma once

#include <cstdint>

#include "backend_cpu/conv/conv_patch.hpp"
#include "backend_cpu/simd/conv/winograd_kernel.hpp"

namespace ct::cpu {

/// Elements between the planes of points, so that 36 streams do not meet in one set of the first
/// cache.
inline constexpr int64_t kPlaneGap = 16;

/// Rows of tiles [row, row_end) of images [image, image_end).
struct TileBlock {
  int64_t image, image_end, row, row_end;
  int64_t count(int64_t tile_columns) const {
    return (image_end - image) * (row_end - row) * tile_columns;
  }
};

/// Where a transform writes: tile t of a block is element t % panel of panel t / panel.
struct TileTarget {
  float* data;
  int64_t panel, panel_stride;
  int64_t plane;  ///< from one point to the next
};

class TileTransform {
 public:
  enum class Kind { input, gradient };
  /// `input`: 6x6 elements a tile, the first tile's at (dh, dw) of a plane h x w; `gradient`: the
  /// 4x4 elements of a tile. What lies outside of the plane counts as zero.
  TileTransform(Kind kind, int64_t h, int64_t w, int64_t dh, int64_t dw, int64_t tile_rows,
                int64_t tile_columns);

  int64_t tile_columns() const { return tile_columns_; }
  /// `source` is the channel's plane in image 0; images are `image_stride` apart.
  void run(const float* source, int64_t image_stride, const TileBlock& block,
           const TileTarget& target) const;

 private:
  Kind kind_;
  int64_t edge_;  // elements read of a tile, a row or column
  int64_t tile_columns_;
  ConvPatch patch_;
};

}  // namespace ct::cpu
