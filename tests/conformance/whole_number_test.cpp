// Every whole-number dtype on every device: what arithmetic, comparisons, bits, shifts, reductions,
// scans, order, picking and products make of it is what int64 makes of the same numbers,
// wrapped; of uint64 beyond int64's end, literal results.
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "conformance/devices.hpp"
#include "customtensor/backend.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"
#include "support/scoped_environment.hpp"

namespace ct::test {
namespace {

constexpr DType kWhole[] = {int8, int16, int32, int64, uint8, uint16, uint32, uint64};
using Op = std::function<Tensors(const Tensor&, const Tensor&)>;

class WholeNumberTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!device_available(GetParam())) GTEST_SKIP() << "DEVICE MISSING: " << GetParam();
    device_ = Device(GetParam());
  }
  Tensor on_device(const std::vector<uint64_t>& values) const { return tensor(values).to(device_); }
  /// Two matrices of numbers from 1 to 11, below zero too where there are such.
  std::pair<Tensor, Tensor> numbers(DType dtype) const {
    Tensor a = (arange(24) * 7 % 11 + 1).reshape({4, 6});
    Tensor b = (arange(24) * 5 % 7 + 1).reshape({4, 6});
    if (is_signed(dtype)) {
      a = a - 5;
      b = where(b > 4, -b, b);
    }
    return {a, b};
  }
  void expect_as_int64(const char* what, const Op& op, bool interpreted_too = false) {
    for (const DType dtype : kWhole) {
      const auto [a, b] = numbers(dtype);
      const Tensors expected = op(a, b);
      for (const char* mode : {"never", "always"}) {
        if (!interpreted_too && mode[0] == 'a') continue;
        const ScopedEnvironment interpret("CT_OPENCL_INTERPRET", mode);
        reset_fallbacks();
        const Tensors actual = op(a.to(dtype).to(device_), b.to(dtype).to(device_));
        for (const FallbackCount& count : fallbacks()) {
          EXPECT_NE(count.device, "custom_gpu")
              << what << " of " << name(dtype) << " ran " << count.family << " on the host";
        }
        ASSERT_EQ(actual.size(), expected.size());
        for (size_t i = 0; i < actual.size(); ++i) {
          const DType type = actual[i].dtype();
          EXPECT_EQ(actual[i].to(int64).to_vector<int64_t>(),
                    expected[i].to(type).to(int64).to_vector<int64_t>())
              << what << ", result " << i << " of " << name(dtype);
        }
      }
    }
  }
  Device device_;
};

TEST_P(WholeNumberTest, ArithmeticWraps) {
  expect_as_int64(
      "arithmetic",
      [](const Tensor& a, const Tensor& b) -> Tensors {
        return {a + b, a - b, a * b * 100, -a, abs(a), square(a) * 50, a + 3, 3 - a, a * -2};
      },
      true);
  expect_as_int64("division", [](const Tensor& a, const Tensor& b) -> Tensors {
    return {floor_divide(a, b), remainder(a, b), fmod(a, b),    div(a, b, RoundingMode::trunc),
            pow(a, 3),          sign(a),         maximum(a, b), minimum(a, b),
            clamp(a, 2, 5),     relu(a)};
  });
}

TEST_P(WholeNumberTest, ComparisonsAndChoices) {
  expect_as_int64("comparisons", [](const Tensor& a, const Tensor& b) -> Tensors {
    return {a == b,
            a != b,
            a<b, a <= b, a>
                b,
            a >= b,
            a > 3,
            a == 300,
            a > -1,
            logical_not(a - b),
            logical_and(a, b - 2),
            where(a > b, a, b),
            masked_fill(a, b > 3, 7)};
  });
}

TEST_P(WholeNumberTest, BitsAndShifts) {
  expect_as_int64("bits", [](const Tensor& a, const Tensor& b) -> Tensors {
    return {bitwise_and(a, b),
            bitwise_or(a, b),
            bitwise_xor(a, b),
            bitwise_not(a),
            bitwise_left_shift(a, abs(b)),
            bitwise_right_shift(a, abs(b)),
            bitwise_right_shift(a, abs(b) + 62)};
  });
}

TEST_P(WholeNumberTest, Reductions) {
  expect_as_int64("reductions", [](const Tensor& a, const Tensor& b) -> Tensors {
    return {a.sum(),
            a.sum({0}),
            a.sum({1}, true),
            prod(a.narrow(1, 0, 2), {1}),
            a.amax({0}),
            a.amin({1}),
            max(a),
            min(b),
            argmax(a, 1),
            argmin(a, 0),
            max(a, 0).first,
            min(a, 1).second,
            any(a, {0}),
            all(a),
            count_nonzero(a - b)};
  });
}

TEST_P(WholeNumberTest, Scans) {
  expect_as_int64("scans", [](const Tensor& a, const Tensor& b) -> Tensors {
    return {cumsum(a, 1),       cumsum(a, 0),       cumprod(a, 1),
            cummax(a, 1).first, cummin(b, 0).first, cummax(a, 0).second};
  });
}

TEST_P(WholeNumberTest, Order) {
  expect_as_int64("order", [](const Tensor& a, const Tensor& b) -> Tensors {
    const auto best = topk(a, 3, 1);
    const auto sorted = sort(a.reshape({-1}));
    return {sort(a, 1).first,
            sort(a, 0, true).first,
            argsort(b, 1),
            best.first,
            best.second,
            kthvalue(a, 2, 1).first,
            searchsorted(sorted.first, b.reshape({-1})),
            unique(a).values};
  });
}

TEST_P(WholeNumberTest, LongRowsAreSorted) {
  for (const DType dtype : kWhole) {
    const Tensor x = (arange(70000) * 7919 % 65521 - (is_signed(dtype) ? 30000 : 0)).to(dtype);
    EXPECT_EQ(sort(x.to(device_)).second.to_vector<int64_t>(), sort(x).second.to_vector<int64_t>())
        << name(dtype);
    EXPECT_EQ(topk(x.to(device_), 100).second.to_vector<int64_t>(),
              topk(x, 100).second.to_vector<int64_t>())
        << name(dtype);
    EXPECT_EQ(kthvalue(x.to(device_), 30000).second.item<int64_t>(),
              kthvalue(x, 30000).second.item<int64_t>())
        << name(dtype);
  }
}

TEST_P(WholeNumberTest, PickingAndPlacing) {
  expect_as_int64("picking", [](const Tensor& a, const Tensor& b) -> Tensors {
    const Tensor index = tensor({3, 0, 3, 1}).to(a.device());
    const Tensor places = tensor({{0, 1, 2, 3, 0, 1}}).to(a.device());
    Tensors results = {a.index_select(0, index),
                       gather(a, 0, places),
                       a.index({index}),
                       a.masked_select(b > 2),
                       nonzero(a - b),
                       cat({a, b}),
                       stack({a, b}),
                       a.flip({1}),
                       roll(a, {1}, {0}),
                       a.t().contiguous(),
                       a.scatter(0, places, b),
                       a.index_put({index}, b, true)};
    for (const char* mode : {"sum", "prod", "amax", "amin"}) {
      results.push_back(scatter_reduce(a, 0, places, b, mode));
      results.push_back(scatter_reduce(a, 0, places, b, mode, false));
    }
    results.push_back(scatter_add(a, 0, places, b));
    return results;
  });
}

TEST_P(WholeNumberTest, Products) {
  expect_as_int64("products", [](const Tensor& a, const Tensor& b) -> Tensors {
    const Tensor image = a.reshape({1, 1, 4, 6});
    return {matmul(a, b.t()), matmul(a, b.select(0, 1)), matmul(a.reshape({2, 2, 6}), b.t()),
            conv2d(image, b.narrow(0, 0, 2).narrow(1, 0, 2).reshape({1, 1, 2, 2}))};
  });
}

TEST_P(WholeNumberTest, Uint64BeyondInt64) {
  constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
  constexpr uint64_t kHalf = uint64_t{1} << 63;
  using Values = std::vector<uint64_t>;
  for (const char* mode : {"never", "always"}) {
    const ScopedEnvironment interpret("CT_OPENCL_INTERPRET", mode);
    const Tensor a = on_device({kMost, kHalf, 7, 0}), b = on_device({2, kMost, kHalf, 1});
    EXPECT_EQ((a + b).to_vector<uint64_t>(), (Values{1, kHalf - 1, kHalf + 7, 1}));
    EXPECT_EQ((a < b).to_vector<bool>(), (std::vector<bool>{false, true, true, true}));
    EXPECT_EQ((a >= b).to_vector<bool>(), (std::vector<bool>{true, false, false, false}));
    EXPECT_EQ(maximum(a, b).to_vector<uint64_t>(), (Values{kMost, kMost, kHalf, 1}));
    EXPECT_EQ(floor_divide(a, b).to_vector<uint64_t>(), (Values{kMost / 2, 0, 0, 0}));
    EXPECT_EQ(remainder(a, b).to_vector<uint64_t>(), (Values{1, kHalf, 7, 0}));
    EXPECT_EQ(bitwise_right_shift(a, on_device({63, 62, 1, 0})).to_vector<uint64_t>(),
              (Values{1, 2, 3, 0}));
    EXPECT_EQ(bitwise_right_shift(a, on_device({64, 64, 64, 64})).to_vector<uint64_t>(),
              (Values{0, 0, 0, 0}));
    EXPECT_EQ(a.to(float64).to_vector<double>(), (std::vector<double>{0x1p64, 0x1p63, 7, 0}));
    EXPECT_EQ(a.to(float32).to(uint64).to_vector<uint64_t>(), (Values{kMost, kHalf, 7, 0}));
    EXPECT_EQ((a == kMost).to_vector<bool>(), (std::vector<bool>{true, false, false, false}));
    EXPECT_EQ((a > -1).to_vector<bool>(), (std::vector<bool>{true, true, true, true}));
    EXPECT_EQ((a == -1).to_vector<bool>(), (std::vector<bool>{false, false, false, false}));
    EXPECT_EQ(max(a).item<uint64_t>(), kMost);
    EXPECT_EQ(min(b).item<uint64_t>(), 1U);
    EXPECT_EQ(argmax(a).item<int64_t>(), 0);
    EXPECT_EQ(argmin(b).item<int64_t>(), 3);
    EXPECT_EQ(sort(a).first.to_vector<uint64_t>(), (Values{0, 7, kHalf, kMost}));
    EXPECT_EQ(sort(b, 0, true).first.to_vector<uint64_t>(), (Values{kMost, kHalf, 2, 1}));
    EXPECT_EQ(cummax(b, 0).first.to_vector<uint64_t>(), (Values{2, kMost, kMost, kMost}));
    EXPECT_EQ(a.sum().item<uint64_t>(), kHalf + 6);
    EXPECT_EQ(searchsorted(on_device({1, 7, kHalf}), a).to_vector<int64_t>(),
              (std::vector<int64_t>{3, 2, 1, 0}));
    EXPECT_EQ(full({2}, kMost, {.dtype = uint64, .device = device_}).to_vector<uint64_t>(),
              (Values{kMost, kMost}));
    EXPECT_EQ(scatter_reduce(a, 0, tensor({0, 0, 1, 1}).to(device_), b, "amax")
                  .select(0, 1)
                  .item<uint64_t>(),
              kHalf);
  }
}

TEST_P(WholeNumberTest, TheyEndAtTheirLimits) {
  const auto ends = [&]<class T>(T) {
    using Limits = std::numeric_limits<T>;
    const Tensor x = tensor(std::vector<double>{1e30, -1e30, 2.75, -0.5, NAN, 100.9}).to(device_);
    for (const DType from : {float32, float64, bfloat16}) {
      for (const char* mode : {"never", "always"}) {
        const ScopedEnvironment interpret("CT_OPENCL_INTERPRET", mode);
        EXPECT_EQ(x.to(from).to(dtype_of<T>).template to_vector<T>(),
                  (std::vector<T>{Limits::max(), Limits::min(), 2, 0, 0,
                                  static_cast<T>(from == bfloat16 ? 101 : 100)}))
            << name(from) << " to " << name(dtype_of<T>);
      }
    }
  };
  ends(int8_t{});
  ends(int16_t{});
  ends(uint16_t{});
  ends(uint32_t{});
  ends(uint64_t{});
}

TEST_P(WholeNumberTest, PrintAsTheyAre) {
  EXPECT_EQ(on_device({std::numeric_limits<uint64_t>::max(), 3}).to_string(),
            "[18446744073709551615                    3]");
  EXPECT_EQ(tensor<int8_t>({-128, 127}, device_).to_string(), "[-128  127]");
}

INSTANTIATE_TEST_SUITE_P(Devices, WholeNumberTest, ::testing::ValuesIn(conformance_devices()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace ct::test
