// Numbers at the edges of int64, and small tensors and strange views to use them on: what fuzz
// tests of sizes call ops with. All follow from a name and the number of a call.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "customtensor/ops.hpp"

namespace ct::test {

/// The numbers of one call, and what they were, for the message. CT_TEST_SEED gives others.
class EdgeNumbers {
 public:
  static constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
  static constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

  EdgeNumbers(const std::string& name, int call, Device device) : device_(device) {
    const char* seed = std::getenv("CT_TEST_SEED");
    uint64_t key = seed == nullptr ? 7 : std::strtoull(seed, nullptr, 10);
    for (const char c : name) key = key * 1099511628211U + static_cast<unsigned char>(c);
    generator_.manual_seed(key);
    generator_.set_state({key, static_cast<uint64_t>(call) << 32});
  }

  uint32_t below(uint32_t n) {
    const RandomState s = generator_.take(4);
    return philox4x32(s.seed, s.offset)[0] % n;
  }
  bool coin() { return below(2) == 0; }

  /// Any number; every third one is small.
  int64_t i() {
    static constexpr int64_t kEdges[] = {kLeast,
                                         kLeast + 1,
                                         -(int64_t{1} << 62),
                                         -(int64_t{1} << 32),
                                         -(int64_t{1} << 31),
                                         -5,
                                         5,
                                         (int64_t{1} << 31) - 1,
                                         int64_t{1} << 31,
                                         int64_t{1} << 32,
                                         (int64_t{1} << 32) + 1,
                                         int64_t{1} << 53,
                                         int64_t{1} << 60,
                                         int64_t{1} << 61,
                                         int64_t{1} << 62,
                                         kMost / 3,
                                         kMost - 1,
                                         kMost};
    const int64_t value =
        below(3) == 0 ? small() : kEdges[below(static_cast<uint32_t>(std::size(kEdges)))];
    what_ += " " + std::to_string(value);
    return value;
  }
  int64_t small() { return static_cast<int64_t>(below(6)) - 2; }
  /// Mostly a size that there can be.
  int64_t count() { return below(4) == 0 ? i() : 1 + static_cast<int64_t>(below(3)); }
  Dims counts(int rank) {
    Dims result;
    for (int k = 0; k < rank; ++k) result.push_back(count());
    return result;
  }
  /// Mostly an axis that there is.
  int64_t axis() { return below(4) == 0 ? i() : small(); }
  double number() {
    return below(2) == 0 ? static_cast<double>(small()) : static_cast<double>(i());
  }
  std::optional<int64_t> maybe() { return coin() ? std::optional(i()) : std::nullopt; }

  /// 0 to 4 sizes, at least one of them at an edge.
  Dims dims() {
    Dims result;
    const auto rank = static_cast<int>(below(5));
    for (int k = 0; k < rank; ++k) result.push_back(coin() ? small() : i());
    return result;
  }
  Dims dims(int rank) {
    Dims result;
    for (int k = 0; k < rank; ++k) result.push_back(coin() ? small() : i());
    return result;
  }
  std::vector<int64_t> list(uint32_t most) {
    std::vector<int64_t> result(below(most + 1));
    for (int64_t& value : result) value = i();
    return result;
  }
  Slice slice() { return Slice(maybe(), maybe(), coin() ? 1 : i()); }
  Pair pair() { return {i(), coin() ? 1 : i()}; }

  TensorOptions floats() const { return {.dtype = float32, .device = device_}; }
  TensorOptions integers() const { return {.dtype = int64, .device = device_}; }

  /// A tensor of a few elements, or of none; a leaf.
  Tensor x() {
    const auto made = [&]() -> Tensor {
      switch (below(7)) {
        case 0:
          return ones({}, floats());
        case 1:
          return zeros({0}, floats());
        case 2:
          return zeros({2, 0, 3}, floats());
        case 3:
          return arange(12.0, floats()).reshape({4, 3}).t();
        case 4:
          return arange(5.0, floats());
        case 5:
          return arange(24.0, floats()).reshape({2, 3, 2, 2});
        default:
          return arange(6.0, floats()).reshape({2, 3});
      }
    };
    return made().detach().requires_grad_();
  }
  /// The same, or views of few elements that look like a great many, of which no element but the
  /// outermost is ever looked at.
  Tensor seen() {
    switch (below(8)) {
      case 0:
        return ones({1}, floats()).expand({kMost});
      case 1:
        return ones({1, 1}, floats()).expand({int64_t{1} << 31, int64_t{1} << 31});
      case 2:
        return zeros({0, int64_t{1} << 61}, floats());
      case 3:
        return arange(8.0, floats()).as_strided({1, 4, 1}, {kMost, 2, kLeast}, 0);
      default:
        return x();
    }
  }
  Tensor square() { return tensor({{1.0F, 0.5F}, {0.0F, 1.0F}}).to(device_); }
  Tensor image() { return arange(16.0, floats()).reshape({1, 1, 4, 4}).requires_grad_(); }
  /// 1 to 3 whole numbers.
  Tensor index() {
    std::vector<int64_t> values(1 + below(3));
    for (int64_t& value : values) value = i();
    return tensor(std::span<const int64_t>(values)).to(device_);
  }

  const std::string& what() const { return what_; }

 private:
  Generator generator_;
  Device device_;
  std::string what_;
};

}  // namespace ct::test
