// Decoding a picture file to bytes of a wanted size.
#pragma once

#include <cstdint>
#include <filesystem>

#include "customtensor/data/image_folder.hpp"

namespace ct::data {

/// Writes channels * height * width bytes, channel by channel. Thread-safe.
/// Errors: IoError.
void decode_picture(const std::filesystem::path& path, const ImageOptions& options,
                    uint8_t* target);

}  // namespace ct::data
