// The header of a safetensors file: what tensors there are and where, checked against the size of
// the data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "customtensor/dtype.hpp"
#include "customtensor/io/safetensors.hpp"
#include "customtensor/shape.hpp"

namespace ct::io {

struct SafetensorsEntry {
  std::string name;
  DType dtype = DType::float32;
  Shape shape;
  uint64_t begin = 0, end = 0;  ///< bytes from the start of the data
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;
  Metadata metadata;
};

/// The JSON text, with spaces behind it to a multiple of 8 bytes.
/// Errors: ValueError for a name that is not UTF-8 or not allowed.
std::string write_header(const SafetensorsHeader& header);

/// Entries in the order of the text. The tensors must fill `data_bytes` exactly, without overlap.
/// Errors: IoError naming `file` and the tensor.
SafetensorsHeader parse_header(std::string_view text, uint64_t data_bytes, const std::string& file);

}  // namespace ct::io
