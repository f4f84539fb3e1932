// Whether a picture can be as large as its file says.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace ct::data {

/// Why `bytes` cannot be a picture of so many pixels, in words; empty if they can. Each kind of
/// file packs a pixel into some part of a byte at best, so that this bounds what decoding costs by
/// the file's own length. PNG is looked at by check_png.
std::string size_fault(std::span<const uint8_t> bytes, int64_t width, int64_t height);

}  // namespace ct::data
