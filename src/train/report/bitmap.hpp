// A small RGB picture to draw reports' PNG files on: rectangles, scaled pictures, text in a
// built-in bitmap font. Internal to the train library.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ct::train {

using Color = std::array<uint8_t, 3>;

class Bitmap {
 public:
  Bitmap(int width, int height, Color background);
  int width() const { return width_; }
  int height() const { return height_; }
  /// Clipped to the picture, as everything here.
  void fill_rect(int x, int y, int width, int height, Color color);
  /// A frame of `thickness` pixels just inside the rectangle.
  void frame(int x, int y, int width, int height, int thickness, Color color);
  /// `pixels` (h, w) gray or (h, w, 3) RGB, each drawn as scale x scale pixels.
  void draw(int x, int y, std::span<const uint8_t> pixels, int channels, int w, int h, int scale);
  /// One line of ASCII text (others become '?'), top left at (x, y), letters 7 * scale pixels high.
  void text(int x, int y, std::string_view line, Color color, int scale = 2);
  static int text_width(std::string_view line, int scale = 2);
  /// The PNG file's bytes.
  std::string png() const;

 private:
  int width_, height_;
  std::vector<uint8_t> rgb_;
};

/// A PNG file's bytes of (h, w, channels) pixels, channels 1 or 3.
std::string encode_png(std::span<const uint8_t> pixels, int width, int height, int channels);

/// "data:image/png;base64,…" of a file's bytes.
std::string png_data_uri(std::string_view png);

}  // namespace ct::train
