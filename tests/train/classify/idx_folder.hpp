// A small picture data set on disk for the tests: folders of IDX files as Fashion-MNIST's, made
// from a fixed formula. Class c has a bright bar in rows 2c and 2c+1, on noise.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>

namespace ct::test {

inline void write_idx(const std::filesystem::path& path, std::initializer_list<uint32_t> sizes,
                      const std::string& bytes) {
  std::ofstream out(path, std::ios::binary);
  out.put(0).put(0).put(8).put(static_cast<char>(sizes.size()));
  for (uint32_t size : sizes) {
    for (int shift = 24; shift >= 0; shift -= 8) out.put(static_cast<char>(size >> shift & 255));
  }
  out << bytes;
}

/// `train` and `test` pictures of 8x8, 4 classes.
inline void write_idx_folder(const std::filesystem::path& folder, uint32_t train, uint32_t test) {
  std::filesystem::create_directories(folder);
  uint32_t noise = 12345;
  for (const bool is_train : {true, false}) {
    const uint32_t count = is_train ? train : test;
    std::string pixels, labels;
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t label = (i * 7 + i / 5) % 4;
      labels += static_cast<char>(label);
      for (uint32_t p = 0; p < 64; ++p) {
        noise = noise * 1664525 + 1013904223;
        const uint32_t bar = p / 16 == label ? 120 : 0;
        pixels += static_cast<char>(bar + (noise >> 25));
      }
    }
    const std::string prefix = (folder / (is_train ? "train" : "t10k")).string();
    write_idx(prefix + "-images-idx3-ubyte", {count, 8, 8}, pixels);
    write_idx(prefix + "-labels-idx1-ubyte", {count}, labels);
  }
}

}  // namespace ct::test
