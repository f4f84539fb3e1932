// See checksum.hpp. Each part goes in behind its length, so that no two contents are the same
// bytes.
#include "train/run/checksum.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <cstdint>
#include <string_view>

#include "customtensor/dtype.hpp"

namespace ct::train {

namespace {

class Sum {
 public:
  void add(const void* bytes, size_t count) {
    if (count > 0) sum_ = crc32_z(sum_, static_cast<const Bytef*>(bytes), count);
  }
  void add(uint64_t number) { add(&number, sizeof number); }
  void add(std::string_view text) {
    add(uint64_t{text.size()});
    add(text.data(), text.size());
  }
  uint32_t value() const { return static_cast<uint32_t>(sum_); }

 private:
  uLong sum_ = crc32_z(0, nullptr, 0);
};

}  // namespace

std::string checksum_of(const io::Metadata& texts, const StateDict& tensors) {
  Sum sum;
  for (const auto& [key, text] : texts) {
    if (key == kChecksum) continue;
    sum.add(key);
    sum.add(text);
  }
  for (const auto& [name, tensor] : tensors) {
    sum.add(name);
    sum.add(ct::name(tensor.dtype()));
    sum.add(static_cast<uint64_t>(tensor.dim()));
    for (const int64_t size : tensor.shape()) sum.add(static_cast<uint64_t>(size));
    if (tensor.numel() == 0) continue;
    sum.add(tensor.data_pointer(tensor.dtype()),
            static_cast<size_t>(tensor.numel()) * item_size(tensor.dtype()));
  }
  return fmt::format("crc32:{:08x}", sum.value());
}

}  // namespace ct::train
