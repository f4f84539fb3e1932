// Whether a PNG file is what its checksums say. stb_image, which decodes it, looks at none of them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ct::data {

bool is_png(std::span<const uint8_t> bytes);

struct PngCheck {
  std::string fault;  ///< what is wrong with the file, in words; empty if nothing is
  /// The same picture with its data as it was inflated, so that a decoder need not do that again;
  /// empty where it would be too large for one.
  std::vector<uint8_t> inflated;
};

/// Looks at the order of the chunks, the sum of each, and that the compressed data has its sum and
/// comes to the pixels that the head declares, neither fewer nor more. Takes memory and time in
/// proportion to the file's length, whatever it says.
PngCheck check_png(std::span<const uint8_t> bytes);

}  // namespace ct::data
