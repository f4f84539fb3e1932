// A safetensors file: 8 bytes with the header's length, the header (JSON), the data. Numbers are
// little-endian.
#include "customtensor/io/safetensors.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

#include "customtensor/error.hpp"
#include "customtensor/io/atomic_file.hpp"
#include "customtensor/ops/creation.hpp"
#include "io/safetensors_header.hpp"

namespace ct::io {
namespace {

static_assert(std::endian::native == std::endian::little, "the data is stored as it is in memory");

constexpr uint64_t kLengthBytes = 8;
constexpr uint64_t kMaxHeader = 100'000'000;  // the format's own limit

struct Descriptor {
  explicit Descriptor(int n) : number(n) {}
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number;
};

// Reads a file by position.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& path)
      : file_(path.string()), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    struct stat facts {};
    if (descriptor_.number < 0 || ::fstat(descriptor_.number, &facts) != 0) {
      fail(std::strerror(errno));
    }
    if (!S_ISREG(facts.st_mode)) fail("not a regular file");
    size_ = static_cast<uint64_t>(facts.st_size);
  }

  uint64_t size() const { return size_; }
  const std::string& file() const { return file_; }

  void read(uint64_t position, void* target, uint64_t count) const {
    auto* next = static_cast<char*>(target);
    while (count > 0) {
      const ssize_t got = ::pread(descriptor_.number, next, count, static_cast<off_t>(position));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail(std::strerror(errno));
      if (got == 0) fail("it became shorter while it was read");
      next += got;
      position += static_cast<uint64_t>(got);
      count -= static_cast<uint64_t>(got);
    }
  }

 private:
  [[noreturn]] void fail(const std::string& reason) const {
    throw IoError(fmt::format("load_safetensors: cannot read the file: {}: {}", file_, reason));
  }

  std::string file_;
  Descriptor descriptor_;
  uint64_t size_ = 0;
};

Tensor on_host(const Tensor& tensor) { return tensor.detach().to("cpu").contiguous(); }

Tensor read_tensor(const Reader& reader, const SafetensorsEntry& entry, uint64_t data_start) {
  Tensor tensor = empty(entry.shape, {.dtype = entry.dtype, .device = "cpu"});
  const uint64_t bytes = entry.end - entry.begin;
  if (bytes == 0) return tensor;
  void* target = tensor.data_pointer(entry.dtype);
  reader.read(data_start + entry.begin, target, bytes);
  if (entry.dtype == bool_) {
    // Other libraries may store any byte for true; here it must be 1.
    auto* values = static_cast<uint8_t*>(target);
    std::transform(values, values + bytes, values, [](uint8_t v) { return v != 0 ? 1 : 0; });
  }
  return tensor;
}

}  // namespace

void save_safetensors(const std::filesystem::path& path, const StateDict& tensors,
                      const Metadata& metadata) {
  AtomicFile file(path);
  save_safetensors(file, tensors, metadata);
  file.commit();
}

void save_safetensors(AtomicFile& file, const StateDict& tensors, const Metadata& metadata) {
  SafetensorsHeader header;
  header.metadata = metadata;
  for (const auto& [name, tensor] : tensors) {
    header.entries.push_back({.name = name, .dtype = tensor.dtype(), .shape = tensor.shape()});
  }
  // Large items first, so that every tensor is aligned to its item's size.
  std::vector<size_t> order(tensors.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, std::greater<>(),
                           [&](size_t i) { return item_size(header.entries[i].dtype); });
  uint64_t at = 0;
  for (const size_t i : order) {
    SafetensorsEntry& entry = header.entries[i];
    entry.begin = at;
    at += static_cast<uint64_t>(numel(entry.shape)) * item_size(entry.dtype);
    entry.end = at;
  }
  const std::string text = write_header(header);

  const uint64_t length = text.size();
  file.write(&length, sizeof length);
  file.write(text);
  for (const size_t i : order) {
    const SafetensorsEntry& entry = header.entries[i];
    if (entry.begin == entry.end) continue;
    const Tensor host = on_host((tensors.begin() + static_cast<std::ptrdiff_t>(i))->second);
    file.write(host.data_pointer(entry.dtype), entry.end - entry.begin);
  }
}

StateDict load_safetensors(const std::filesystem::path& path, Metadata* metadata) {
  const Reader reader(path);
  const auto fail = [&](const std::string& what) {
    throw IoError(fmt::format("load_safetensors: file is damaged: {}: {}", reader.file(), what));
  };
  if (reader.size() < kLengthBytes) {
    fail(fmt::format("{} bytes are too few for the header's length", reader.size()));
  }
  uint64_t length = 0;
  reader.read(0, &length, kLengthBytes);
  if (length > kMaxHeader || length > reader.size() - kLengthBytes) {
    fail(fmt::format(
        "a header of {} bytes is not possible in a file of {} (and at most {} are allowed)", length,
        reader.size(), kMaxHeader));
  }
  std::string text(length, '\0');
  reader.read(kLengthBytes, text.data(), length);
  const uint64_t data_start = kLengthBytes + length;
  SafetensorsHeader header = parse_header(text, reader.size() - data_start, reader.file());
  StateDict tensors;
  for (const SafetensorsEntry& entry : header.entries) {
    tensors.insert(entry.name, read_tensor(reader, entry, data_start));
  }
  if (metadata != nullptr) *metadata = std::move(header.metadata);
  return tensors;
}

}  // namespace ct::io
