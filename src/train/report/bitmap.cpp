// Bitmap and PNG encoding; the one file that holds the implementation of stb_image_write (and of
// stb_easy_font, a public-domain bitmap font that comes with it).
#include "train/report/bitmap.hpp"

#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <fmt/format.h>
#include <stb/stb_easy_font.h>
#include <stb/stb_image_write.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "customtensor/error.hpp"

namespace ct::train {

namespace {

std::string printable(std::string_view line) {
  std::string text(line);
  for (char& c : text) {
    if (c < 32 || c > 126) c = '?';
  }
  return text;
}

}  // namespace

Bitmap::Bitmap(int width, int height, Color background)
    : width_(width), height_(height), rgb_(static_cast<size_t>(width) * height * 3) {
  fill_rect(0, 0, width, height, background);
}

void Bitmap::fill_rect(int x, int y, int width, int height, Color color) {
  const int x1 = std::min(width_, x + width), y1 = std::min(height_, y + height);
  for (int row = std::max(0, y); row < y1; ++row) {
    for (int column = std::max(0, x); column < x1; ++column) {
      std::memcpy(&rgb_[(static_cast<size_t>(row) * width_ + column) * 3], color.data(), 3);
    }
  }
}

void Bitmap::frame(int x, int y, int width, int height, int thickness, Color color) {
  fill_rect(x, y, width, thickness, color);
  fill_rect(x, y + height - thickness, width, thickness, color);
  fill_rect(x, y, thickness, height, color);
  fill_rect(x + width - thickness, y, thickness, height, color);
}

void Bitmap::draw(int x, int y, std::span<const uint8_t> pixels, int channels, int w, int h,
                  int scale) {
  for (int i = 0; i < h; ++i) {
    for (int j = 0; j < w; ++j) {
      const uint8_t* p = &pixels[(static_cast<size_t>(i) * w + j) * channels];
      const Color color = channels == 3 ? Color{p[0], p[1], p[2]} : Color{p[0], p[0], p[0]};
      fill_rect(x + j * scale, y + i * scale, scale, scale, color);
    }
  }
}

void Bitmap::text(int x, int y, std::string_view line, Color color, int scale) {
  // stb_easy_font gives each letter as axis-aligned quads: four vertices of x, y, z and a color.
  struct Vertex {
    float x, y, z;
    uint8_t color[4];
  };
  std::string text = printable(line);
  std::vector<Vertex> vertices(text.size() * 20 * 4);
  const int quads = stb_easy_font_print(0, 0, text.data(), nullptr, vertices.data(),
                                        static_cast<int>(vertices.size() * sizeof(Vertex)));
  for (int q = 0; q < quads; ++q) {
    const Vertex& a = vertices[static_cast<size_t>(q) * 4];
    const Vertex& b = vertices[static_cast<size_t>(q) * 4 + 2];
    fill_rect(x + static_cast<int>(a.x) * scale, y + static_cast<int>(a.y) * scale,
              static_cast<int>(b.x - a.x) * scale, static_cast<int>(b.y - a.y) * scale, color);
  }
}

int Bitmap::text_width(std::string_view line, int scale) {
  std::string text = printable(line);
  return stb_easy_font_width(text.data()) * scale;
}

std::string Bitmap::png() const { return encode_png(rgb_, width_, height_, 3); }

std::string encode_png(std::span<const uint8_t> pixels, int width, int height, int channels) {
  std::string file;
  const int ok = stbi_write_png_to_func(
      [](void* context, void* data, int size) {
        static_cast<std::string*>(context)->append(static_cast<const char*>(data),
                                                   static_cast<size_t>(size));
      },
      &file, width, height, channels, pixels.data(), width * channels);
  if (ok == 0) {
    throw IoError(
        fmt::format("png: cannot encode {} x {} pixels of {} channels", width, height, channels));
  }
  return file;
}

std::string png_data_uri(std::string_view png) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string uri = "data:image/png;base64,";
  uri.reserve(uri.size() + (png.size() + 2) / 3 * 4);
  for (size_t i = 0; i < png.size(); i += 3) {
    uint32_t word = 0;
    for (size_t k = 0; k < 3; ++k) {
      word = word << 8 | (i + k < png.size() ? static_cast<uint8_t>(png[i + k]) : 0U);
    }
    for (size_t k = 0; k < 4; ++k) {
      uri += i + k > png.size() ? '=' : kDigits[word >> (18 - 6 * k) & 63];
    }
  }
  return uri;
}

}  // namespace ct::train
