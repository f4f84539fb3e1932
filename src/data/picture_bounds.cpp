// See picture_bounds.hpp. What a byte can hold at most:
//   BMP, TGA        the bits of a pixel, and in a run of TGA 128 pixels
//   GIF             a code of 12 bits stands for 4096 pixels at most
//   JPEG            a block of 64 pixels takes a bit, and a later scan of a progressive one can
//   skip
//                   32767 blocks in four bytes, so that scans are counted too
#include "data/picture_bounds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace ct::data {
namespace {

using Bytes = std::span<const uint8_t>;

/// What costs too little to be looked at: a small file may well be a blank picture.
constexpr int64_t kFree = int64_t{1} << 20;

int64_t little_endian16(Bytes bytes, size_t at) {
  return at + 2 <= bytes.size() ? bytes[at] | bytes[at + 1] << 8 : 0;
}

bool begins(Bytes bytes, std::string_view with) {
  return bytes.size() >= with.size() &&
         std::equal(with.begin(), with.end(), bytes.begin(),
                    [](char a, uint8_t b) { return static_cast<uint8_t>(a) == b; });
}

int64_t bmp_pixels(Bytes bytes) {
  constexpr int64_t kOldHead = 12;
  const int64_t bits = little_endian16(bytes, little_endian16(bytes, 14) == kOldHead ? 24 : 28);
  return static_cast<int64_t>(bytes.size()) * 8 / std::max<int64_t>(1, bits);
}

int64_t tga_pixels(Bytes bytes) {
  constexpr uint8_t kRuns = 8;
  const auto size = static_cast<int64_t>(bytes.size());
  if (bytes.size() < 18) return 0;
  const int64_t pixel = std::max(1, bytes[16] / 8);
  return (bytes[2] & kRuns) == 0 ? size / pixel : size / (1 + pixel) * 128 + kFree;
}

int64_t scans_of(Bytes jpeg) {
  constexpr uint8_t kMark = 0xff, kScan = 0xda;  // in coded data a 0 follows on 0xff
  int64_t scans = 0;
  for (size_t i = 0; i + 1 < jpeg.size(); ++i) scans += jpeg[i] == kMark && jpeg[i + 1] == kScan;
  return scans;
}

}  // namespace

std::string size_fault(Bytes bytes, int64_t width, int64_t height) {
  const int64_t pixels = width * height, size = static_cast<int64_t>(bytes.size());
  const auto most = [&](int64_t possible) {
    return pixels <= possible
               ? ""
               : fmt::format("{} bytes cannot hold the {} x {} pixels that it declares", size,
                             height, width);
  };
  if (begins(bytes, "\x89PNG")) return "";
  if (begins(bytes, "BM")) return most(bmp_pixels(bytes));
  if (begins(bytes, "GIF8")) return most(size * 8 / 12 * 4096 + kFree);
  if (!begins(bytes, "\xff\xd8")) return most(tga_pixels(bytes));
  constexpr int64_t kPerByte = 512, kOrdinaryScans = 16;
  const int64_t once = size * kPerByte + kFree;
  if (std::string fault = most(once); !fault.empty()) return fault;
  const int64_t scans = scans_of(bytes);
  if (scans > kOrdinaryScans && pixels > once * kOrdinaryScans / scans) {
    return fmt::format("{} scans of {} x {} pixels are more than {} bytes can mean", scans, height,
                       width, size);
  }
  return "";
}

}  // namespace ct::data
