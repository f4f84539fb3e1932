// See png_check.hpp. Source: PNG specification, third edition (w3.org/TR/png-3).
#include "data/png_check.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <string_view>
#include <vector>

#include "data/binary.hpp"

namespace ct::data {
namespace {

using Bytes = std::span<const uint8_t>;

constexpr std::array<uint8_t, 8> kSignature = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
constexpr size_t kChunkFrame = 12;  // length, name, sum

struct Head {
  uint32_t width = 0, height = 0;
  unsigned depth = 0, colour = 0, interlace = 0;
};

unsigned channels_of(unsigned colour) {
  constexpr std::array<unsigned, 7> kChannels = {1, 0, 3, 1, 2, 0, 4};
  return colour < kChannels.size() ? kChannels[colour] : 0;
}

std::string head_fault(Bytes data, Head& head) {
  if (data.size() != 13) return fmt::format("its head has {} bytes, not 13", data.size());
  head = {big_endian(&data[0]), big_endian(&data[4]), data[8], data[9], data[12]};
  const unsigned d = head.depth;
  const bool depth_fits = head.colour == 0   ? d == 1 || d == 2 || d == 4 || d == 8 || d == 16
                          : head.colour == 3 ? d == 1 || d == 2 || d == 4 || d == 8
                                             : d == 8 || d == 16;
  if (head.width == 0 || head.height == 0 || channels_of(head.colour) == 0 || !depth_fits ||
      data[10] != 0 || data[11] != 0 || head.interlace > 1) {
    return "its head declares what PNG has not";
  }
  return "";
}

/// Bytes of the filtered rows of a picture of so many pixels.
uint64_t rows_bytes(const Head& head, uint64_t width, uint64_t height) {
  if (width == 0 || height == 0) return 0;
  return height * (1 + (width * channels_of(head.colour) * head.depth + 7) / 8);
}

/// Bytes that the compressed data must come to.
uint64_t raw_bytes(const Head& head) {
  if (head.interlace == 0) return rows_bytes(head, head.width, head.height);
  struct Pass {
    uint64_t x, y, step_x, step_y;
  };
  constexpr Pass kAdam7[] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                             {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
  uint64_t bytes = 0;
  for (const Pass& p : kAdam7) {
    const uint64_t width = head.width > p.x ? (head.width - p.x + p.step_x - 1) / p.step_x : 0;
    const uint64_t height = head.height > p.y ? (head.height - p.y + p.step_y - 1) / p.step_y : 0;
    bytes += rows_bytes(head, width, height);
  }
  return bytes;
}

/// Inflates the data, which may come in parts, to the `wanted` bytes that it must come to.
std::string inflate_data(const std::vector<Bytes>& parts, uint64_t wanted,
                         std::vector<uint8_t>& raw) {
  uint64_t given = 0;
  for (const Bytes part : parts) given += part.size();
  if (wanted > (given + 1) * kMostInflation) {
    return fmt::format("{} bytes of data cannot hold the pixels that it declares", given);
  }
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, inflateEnd);
  raw.resize(wanted + 1);  // one more, to see whether there is more
  int code = Z_OK;
  for (size_t i = 0; i < parts.size() && code == Z_OK; ++i) {
    stream.next_in = const_cast<Bytef*>(parts[i].data());  // zlib does not write there
    stream.avail_in = static_cast<uInt>(parts[i].size());
    while (code == Z_OK && (stream.avail_in > 0 || stream.avail_out == 0)) {
      constexpr uint64_t kMostAtOnce = uint64_t{1} << 30;
      stream.next_out = raw.data() + stream.total_out;
      stream.avail_out = static_cast<uInt>(std::min(raw.size() - stream.total_out, kMostAtOnce));
      code = inflate(&stream, Z_NO_FLUSH);
      if (stream.total_out > wanted) return "it has more data than the pixels that it declares";
    }
    if (code == Z_BUF_ERROR) code = Z_OK;  // wants the next part
  }
  if (code == Z_MEM_ERROR) throw std::bad_alloc();
  if (code != Z_STREAM_END) {
    return fmt::format("its compressed data is damaged: {}",
                       stream.msg != nullptr ? stream.msg : "it is cut short");
  }
  if (stream.total_out != wanted) return "it has less data than the pixels that it declares";
  raw.resize(wanted);
  return "";
}

void append(std::vector<uint8_t>& bytes, std::string_view more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

void append_big_endian(std::vector<uint8_t>& bytes, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<uint8_t>(value >> shift));
}

/// `before`: the file up to its data. Deflate's stored blocks hold `raw` as it is. The sums are
/// left out: who reads this looks at none.
std::vector<uint8_t> stored_png(Bytes before, const std::vector<uint8_t>& raw) {
  constexpr size_t kBlock = 65535, kBlockHead = 5, kMost = size_t{1} << 28;
  if (raw.size() > kMost) return {};
  const size_t blocks = (raw.size() + kBlock - 1) / kBlock;
  const size_t length = 2 + raw.size() + blocks * kBlockHead + 4;
  std::vector<uint8_t> png;
  png.reserve(before.size() + length + 2 * kChunkFrame);
  png.assign(before.begin(), before.end());
  append_big_endian(png, static_cast<uint32_t>(length));
  append(png, "IDAT\x78\x01");
  for (size_t at = 0; at < raw.size(); at += kBlock) {
    const size_t size = std::min(kBlock, raw.size() - at);
    png.push_back(at + size == raw.size() ? 1 : 0);  // whether it is the last one
    for (const size_t half : {size, ~size}) {
      png.push_back(static_cast<uint8_t>(half));
      png.push_back(static_cast<uint8_t>(half >> 8));
    }
    png.insert(png.end(), raw.begin() + static_cast<std::ptrdiff_t>(at),
               raw.begin() + static_cast<std::ptrdiff_t>(at + size));
  }
  append_big_endian(png, 0);  // of the data
  append_big_endian(png, 0);  // of the chunk
  append_big_endian(png, 0);
  append(png, "IEND");
  append_big_endian(png, 0);
  return png;
}

}  // namespace

bool is_png(Bytes bytes) {
  return bytes.size() >= kSignature.size() &&
         std::equal(kSignature.begin(), kSignature.end(), bytes.begin());
}

namespace {

struct Chunks {
  Head head;
  std::vector<Bytes> data;
  size_t data_begin = 0;
};

std::string chunks_fault(Bytes bytes, Chunks& chunks) {
  bool first = true, data_ended = false;
  for (size_t at = kSignature.size();;) {
    const size_t begin = at;
    if (bytes.size() - at < kChunkFrame) return "it is cut short";
    const uint32_t length = big_endian(&bytes[at]);
    const std::string_view name(reinterpret_cast<const char*>(&bytes[at + 4]), 4);
    if (length > bytes.size() - at - kChunkFrame) return "it is cut short";
    if (crc32(0, &bytes[at + 4], length + 4) != big_endian(&bytes[at + 8 + length])) {
      return fmt::format("the checksum of the chunk at byte {} is wrong", at);
    }
    const Bytes content = bytes.subspan(at + 8, length);
    at += kChunkFrame + length;
    if (first != (name == "IHDR")) return "its head is not its first chunk";
    if (first) {
      if (std::string fault = head_fault(content, chunks.head); !fault.empty()) return fault;
    }
    first = false;
    if (name == "IDAT") {
      if (data_ended) return "its data is not in one piece";
      if (chunks.data.empty()) chunks.data_begin = begin;
      chunks.data.push_back(content);
    } else {
      data_ended = !chunks.data.empty();
    }
    if (name == "IEND") return "";
  }
}

}  // namespace

PngCheck check_png(Bytes bytes) {
  Chunks chunks;
  PngCheck check{.fault = chunks_fault(bytes, chunks), .inflated = {}};
  if (!check.fault.empty()) return check;
  std::vector<uint8_t> raw;
  check.fault = inflate_data(chunks.data, raw_bytes(chunks.head), raw);
  if (check.fault.empty()) check.inflated = stored_png(bytes.first(chunks.data_begin), raw);
  return check;
}

}  // namespace ct::data
