// Whether a PNG file is what its checksums say. stb_image, which decodes it, looks at none of them.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace ct::data {

bool is_png(std::span<const uint8_t> bytes);

/// What is wrong with it, in words; empty if nothing is: the order of the chunks, the sum of each,
/// and that the compressed data has its sum and comes to the pixels that the head declares, neither
/// fewer nor more. Takes little memory whatever the file says, and time in proportion to its
/// length.
std::string png_fault(std::span<const uint8_t> bytes);

}  // namespace ct::data
