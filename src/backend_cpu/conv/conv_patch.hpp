// Where a convolution's products come from: for every tap, which element of a source plane meets
// which place of a grid. Forward, input gradient (one patch per stride phase, reading grad_y) and
// weight gradient all describe themselves so.
//
// A patch is a copy of the needed rows of a plane with the zeros of the padding around it and, for
// a step s > 1, its columns and rows sorted by their remainder modulo s. Every tap then reads each
// row of the grid contiguously, at one offset, without a test for the border. If no tap leaves the
// plane and the step is 1, the plane itself serves, in place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ct::cpu {

/// Grid place (i, j) meets source element (i * step + dh, j * step + dw), 0 outside of the plane.
struct ConvTap {
  int64_t dh, dw;
};

class ConvPatch {
 public:
  /// Source planes h x w, a grid of rows x columns (neither empty).
  ConvPatch(int64_t h, int64_t w, int64_t rows, int64_t columns, int64_t step_h, int64_t step_w,
            std::vector<ConvTap> taps);

  int64_t rows() const { return rows_; }
  int64_t columns() const { return columns_; }
  int64_t taps() const { return static_cast<int64_t>(taps_.size()); }
  const ConvTap& tap(int64_t t) const { return taps_[static_cast<size_t>(t)]; }
  bool unit_step() const { return step_h_ == 1 && step_w_ == 1; }
  /// Of a source plane.
  int64_t source_height() const { return h_; }
  int64_t source_width() const { return w_; }
  bool in_place() const { return in_place_; }
  /// Always copy, for kernels that read past the end of a row.
  void require_copy() { in_place_ = false; }

  /// Offsets in a patch for at most `grid_rows` rows of the grid, or in the plane if in_place().
  struct Layout {
    int64_t row;      ///< from one row of the grid to the next
    int64_t channel;  ///< from one plane to the next
    std::vector<int64_t> taps;
  };
  Layout layout(int64_t grid_rows) const;

  /// Copies what rows [row, row + grid_rows) of the grid need of one plane; `layout_rows` is what
  /// layout() was given.
  template <class T>
  void fill(T* target, const T* plane, int64_t row, int64_t grid_rows, int64_t layout_rows) const;

 private:
  struct Phase {
    int64_t h, w;
  };
  int64_t height(int64_t grid_rows) const { return grid_rows + high_h_ - low_h_; }
  int64_t width() const { return columns_ + high_w_ - low_w_; }

  int64_t h_, w_, rows_, columns_, step_h_, step_w_;
  std::vector<ConvTap> taps_;
  std::vector<Phase> phases_;
  int64_t low_h_ = 0, high_h_ = 0, low_w_ = 0, high_w_ = 0;  // range of floor(d / step)
  bool in_place_ = false;
};

/// How a grid is cut: `images` whole grids, or `rows` rows of one.
struct GridCut {
  int64_t images, rows;
};
/// About `target` places, with little lost by rounding up to whole vectors.
GridCut cut_grid(int64_t images, int64_t rows, int64_t columns, int64_t target, int64_t lanes);

}  // namespace ct::cpu
