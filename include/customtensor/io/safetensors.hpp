// The safetensors format: named tensors and some text in one file that other libraries read too.
// Format: https://github.com/huggingface/safetensors
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "customtensor/export.hpp"
#include "customtensor/io/atomic_file.hpp"
#include "customtensor/state_dict.hpp"

namespace ct::io {

using Metadata = std::map<std::string, std::string>;

/// Writes all tensors, from any device, whole or not at all (see AtomicFile).
/// Errors: IoError if the file cannot be written; ValueError for the name "__metadata__"
CT_API void save_safetensors(const std::filesystem::path& path, const StateDict& tensors,
                             const Metadata& metadata = {});
/// The same into a file that the caller commits.
CT_API void save_safetensors(AtomicFile& file, const StateDict& tensors,
                             const Metadata& metadata = {});

/// All tensors in the order of the header, on "cpu"; the text into `metadata` if that is given.
///
/// Errors: IoError for a file that is missing, cut short, or inconsistent in any way (also
///         bytes other than spaces behind the header's JSON), or holds a dtype that this library
///         lacks; the message names the file and the tensor
CT_API StateDict load_safetensors(const std::filesystem::path& path, Metadata* metadata = nullptr);

}  // namespace ct::io
