// The transforms of Winograd's convolution F(4x4, 3x3) (../conv_winograd.cpp): a 3x3 kernel g and a
// 6x6 piece d of an image become 6x6 arrays whose elementwise product, transformed back, is the
// 4x4 piece of the result: y = A'[(G g G') . (B' d B)]A. The gradient of g is the same sum seen
// from the other side: dg = G'[sum of (A dy A') . (B' d B)]G.
//
// The points are 0, +-sqrt(1/2), +-sqrt(2) and infinity. With the usual 0, +-1, +-2 the result has
// 3.6 times the rounding error of the direct sum (root mean square, 128 channels), with these 1.8
// times; and B has ones where others have products.
#pragma once

#include <cstdint>

namespace ct::cpu {

inline constexpr int64_t kWinogradTile = 4;                  ///< result rows and columns
inline constexpr int64_t kWinogradEdge = kWinogradTile + 2;  ///< of the transformed arrays
inline constexpr int64_t kWinogradPoints = kWinogradEdge * kWinogradEdge;

/// Element (i, j) of every transformed array has a plane of its own, number i * 6 + j, `plane`
/// elements from the one before.
struct WinogradKernels {
  /// G g G' of kernels that lie side by side: taps[c * 9 * width + t * width + i] is tap t of
  /// kernel i of channel c; target[c * width + i] in each plane. `order[p * 3 + q]`: which tap is
  /// g(p, q).
  void (*weights)(const float* taps, const int64_t* order, int64_t channels, int64_t width,
                  float* target, int64_t plane);
  /// B' of one row of tiles: six rows of a patch, `row` apart, 4 * tiles + 2 elements each, become
  /// six lines. low[i * line + 4 t + j] is element (i, j) of tile t for j < 4,
  /// high[i * line + 4 t + j] element (i, j + 4) for j < 2.
  void (*columns)(const float* patch, int64_t row, int64_t tiles, float* low, float* high,
                  int64_t line);
  /// The other half, B, on lines as `columns` leaves them, with room for whole vectors of tiles:
  /// target[t] in each plane.
  void (*rows)(const float* low, const float* high, int64_t line, int64_t tiles, float* target,
               int64_t plane);
  /// A dy A' in the same two steps: four rows become six lines; 4 * tiles elements each.
  void (*gradient_columns)(const float* patch, int64_t row, int64_t tiles, float* low,
                           int64_t line);
  void (*gradient_rows)(const float* low, int64_t line, int64_t tiles, float* target,
                        int64_t plane);
  /// A' M A + bias of tiles side by side in 36 planes, with room for whole vectors:
  /// lines[i * line + 4 t + j] is result (i, j) of tile t.
  void (*output)(const float* sums, int64_t plane, int64_t tiles, float bias, float* lines,
                 int64_t line);
  /// G' S G of kernels side by side in 36 planes, with room for whole vectors: taps[t * row + i] is
  /// tap t of kernel i.
  void (*taps)(const float* sums, int64_t plane, int64_t kernels, float* taps, int64_t row);
};

const WinogradKernels& winograd_kernels();

}  // namespace ct::cpu
