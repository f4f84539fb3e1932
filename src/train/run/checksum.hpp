// The checksum that a checkpoint carries. Internal.
#pragma once

#include <string>

#include "customtensor/io.hpp"

namespace ct::train {

/// The text under which a checkpoint's checksum stands.
inline constexpr const char* kChecksum = "checksum";

/// "crc32:1a2b3c4d" of all texts but that one, and of names, dtypes, shapes and values of all
/// tensors, which are contiguous and on "cpu". It finds what a disk or a copy has done, not what a
/// person has.
std::string checksum_of(const io::Metadata& texts, const StateDict& tensors);

}  // namespace ct::train
