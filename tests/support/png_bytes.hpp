// PNG files as bytes, right ones and such as no encoder makes.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace ct::test {

inline std::string big_endian32(uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 255U);
  return bytes;
}

/// With its length and sum.
inline std::string png_chunk(const std::string& name, const std::string& content) {
  const std::string summed = name + content;
  const uLong sum =
      crc32(0, reinterpret_cast<const Bytef*>(summed.data()), static_cast<uInt>(summed.size()));
  return big_endian32(static_cast<uint32_t>(content.size())) + summed +
         big_endian32(static_cast<uint32_t>(sum));
}

inline std::string deflated(std::string_view bytes) {
  uLongf size = compressBound(bytes.size());
  std::string out(size, '\0');
  if (compress2(reinterpret_cast<Bytef*>(out.data()), &size,
                reinterpret_cast<const Bytef*>(bytes.data()), bytes.size(), 9) != Z_OK) {
    throw std::runtime_error("compress2");
  }
  out.resize(size);
  return out;
}

struct PngHead {
  uint32_t width = 1, height = 1;
  int depth = 8, colour = 0, interlace = 0;
};

/// `data`: what IDAT holds; `more`: chunks before it.
inline std::string png_of(const PngHead& head, const std::string& data,
                          const std::string& more = "") {
  const std::string facts = {static_cast<char>(head.depth), static_cast<char>(head.colour), '\0',
                             '\0', static_cast<char>(head.interlace)};
  return "\x89PNG\r\n\x1a\n" +
         png_chunk("IHDR", big_endian32(head.width) + big_endian32(head.height) + facts) + more +
         png_chunk("IDAT", data) + png_chunk("IEND", "");
}

}  // namespace ct::test
