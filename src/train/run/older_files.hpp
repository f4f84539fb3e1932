// The files that were under a name before: checkpoint.1.safetensors is what checkpoint.safetensors
// was one writing ago, and so on. Internal.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace ct::train {

/// Of "x/checkpoint.safetensors" and 1: "x/checkpoint.1.safetensors".
std::filesystem::path older_file(const std::filesystem::path& path, int64_t age);

/// Those of `path` that there are, the newest first, without `path` itself.
std::vector<std::filesystem::path> older_files(const std::filesystem::path& path);

/// For when `path` is about to be replaced: lets it, and those before it, grow one older, and
/// removes all but `keep` - 1. `path` stays where it is all the while.
/// Errors: std::filesystem::filesystem_error.
void keep_older(const std::filesystem::path& path, int64_t keep);

}  // namespace ct::train
