// See older_files.hpp.
#include "train/run/older_files.hpp"

#include <fmt/format.h>

#include <system_error>

namespace ct::train {

namespace fs = std::filesystem;

fs::path older_file(const fs::path& path, int64_t age) {
  fs::path older = path.parent_path() / path.stem();
  older += fmt::format(".{}", age);
  return older += path.extension();
}

std::vector<fs::path> older_files(const fs::path& path) {
  std::vector<fs::path> files;
  for (int64_t age = 1; fs::exists(older_file(path, age)); ++age) {
    files.push_back(older_file(path, age));
  }
  return files;
}

void keep_older(const fs::path& path, int64_t keep) {
  const auto files = older_files(path);
  for (auto age = static_cast<int64_t>(files.size()); age >= 1; --age) {
    const fs::path& file = files[static_cast<size_t>(age - 1)];
    if (age + 1 >= keep) {
      fs::remove(file);
    } else {
      fs::rename(file, older_file(path, age + 1));
    }
  }
  if (keep < 2 || !fs::exists(path)) return;
  // A second name for the same bytes costs nothing; not all file systems have such names. (Of a
  // symbolic link it would be one of the link.)
  std::error_code failed;
  fs::create_hard_link(fs::canonical(path), older_file(path, 1), failed);
  if (failed) fs::copy_file(path, older_file(path, 1));
}

}  // namespace ct::train
