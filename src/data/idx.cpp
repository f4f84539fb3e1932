// Reads IDX files. zlib's gz functions read plain files as they are, so one reader serves both;
// every byte is read to the end, because only there does gzip check its sum.
#include "customtensor/data/idx.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "customtensor/error.hpp"
#include "customtensor/ops/creation.hpp"
#include "data/binary.hpp"

namespace ct::data {
namespace {

class IdxFile {
 public:
  explicit IdxFile(const std::filesystem::path& path)
      : path_(path.string()), file_(nullptr, gzclose) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) {
      throw IoError(fmt::format("read_idx: no such file: {}", path_));
    }
    bytes_ = std::filesystem::file_size(path, error);
    errno = 0;
    file_.reset(gzopen(path.c_str(), "rb"));
    if (error || !file_) {
      throw IoError(fmt::format("read_idx: cannot open the file: {}: {}", path_,
                                error ? error.message() : std::strerror(errno)));
    }
    constexpr unsigned kBuffer = 1U << 18;
    gzbuffer(file_.get(), kBuffer);
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw IoError(fmt::format("read_idx: file is damaged: {}: {}", path_, what));
  }

  /// Reads up to `count` bytes; fewer only at the end of the file.
  uint64_t read(void* target, uint64_t count) {
    auto* next = static_cast<char*>(target);
    uint64_t got = 0;
    while (got < count) {
      constexpr uint64_t kMost = 1U << 30;
      const int n =
          gzread(file_.get(), next + got, static_cast<unsigned>(std::min(count - got, kMost)));
      check();
      if (n <= 0) break;
      got += static_cast<uint64_t>(n);
    }
    check();
    return got;
  }
  void read_all(void* target, uint64_t count, const std::string& what) {
    const uint64_t got = read(target, count);
    if (got != count)
      fail(fmt::format("it is cut short: {} takes {} bytes, {} are there", what, count, got));
  }

  /// The most bytes that the file can hold.
  uint64_t capacity() const {
    return gzdirect(file_.get()) != 0 ? bytes_ : bytes_ * kMostInflation;
  }

 private:
  void check() const {
    int code = Z_OK;
    const char* message = gzerror(file_.get(), &code);
    if (code == Z_OK || code == Z_STREAM_END) return;
    if (code == Z_ERRNO) message = std::strerror(errno);
    fail(code == Z_BUF_ERROR ? "the compressed data is cut short" : message);
  }

  std::string path_;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
  uint64_t bytes_ = 0;
};

DType dtype_of_code(const IdxFile& file, uint8_t code) {
  switch (code) {
    case 0x08:
      return uint8;
    case 0x0C:
      return int32;
    case 0x0D:
      return float32;
    case 0x0E:
      return float64;
    default:
      file.fail(
          fmt::format("type code 0x{:02x} is none of 0x08 (uint8), 0x0c (int32), 0x0d (float32), "
                      "0x0e (float64)",
                      code));
  }
}

void reverse_items(void* values, uint64_t bytes, size_t item) {
  auto* next = static_cast<char*>(values);
  for (auto* end = next + bytes; next != end; next += item) std::reverse(next, next + item);
}

struct Header {
  DType dtype;
  Shape shape;
  uint64_t bytes;  ///< of the values
};

Header read_header(IdxFile& file) {
  uint8_t magic[4];
  file.read_all(magic, sizeof magic, "the magic number");
  if (magic[0] != 0 || magic[1] != 0) {
    file.fail(fmt::format("an IDX file begins with two zero bytes, this one with 0x{:02x} 0x{:02x}",
                          magic[0], magic[1]));
  }
  const DType dtype = dtype_of_code(file, magic[2]);
  const int rank = magic[3];
  if (rank < 1 || rank > kMaxRank) {
    file.fail(fmt::format("{} axes are not possible: 1 to {} are", rank, kMaxRank));
  }
  Shape shape;
  uint64_t bytes = item_size(dtype);
  for (int axis = 0; axis < rank; ++axis) {
    uint8_t size[4];
    file.read_all(size, sizeof size, fmt::format("the size of axis {}", axis));
    shape.push_back(big_endian(size));
    if (__builtin_mul_overflow(bytes, uint64_t{big_endian(size)}, &bytes)) {
      file.fail(fmt::format("its sizes {} … are too large", to_string(shape)));
    }
  }
  return {dtype, shape, bytes};
}

}  // namespace

Shape idx_shape(const std::filesystem::path& path) {
  IdxFile file(path);
  return read_header(file).shape;
}

Tensor read_idx(const std::filesystem::path& path, const IdxOptions& options) {
  IdxFile file(path);
  const auto [dtype, shape, bytes] = read_header(file);
  const std::string what = fmt::format("{} of shape {}", name(dtype), to_string(shape));
  if (bytes > file.capacity()) {
    file.fail(fmt::format("it is cut short: {} takes {} bytes, there can be {} at most", what,
                          bytes, file.capacity()));
  }
  if (options.max_bytes < 1 || bytes > static_cast<uint64_t>(options.max_bytes)) {
    throw IoError(
        fmt::format("read_idx: the array is larger than allowed: {}: {} takes {} bytes, "
                    "max_bytes is {}",
                    path.string(), what, bytes, options.max_bytes));
  }
  Tensor tensor = empty(shape, {.dtype = dtype, .device = "cpu"});
  if (bytes > 0) {
    void* values = tensor.data_pointer(dtype);
    file.read_all(values, bytes, what);
    if (std::endian::native == std::endian::little && item_size(dtype) > 1) {
      reverse_items(values, bytes, item_size(dtype));
    }
  }
  char more = 0;
  if (file.read(&more, 1) != 0)
    file.fail(fmt::format("it is longer than {}, {} bytes", what, bytes));
  return tensor;
}

}  // namespace ct::data
