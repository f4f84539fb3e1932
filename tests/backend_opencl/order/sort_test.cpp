// Order on the OpenCL device against the cpu device, element for element: every way a row is sorted
// (their lengths and ranks differ), every type, ties, NaN and signed zeros.
#include <cmath>
#include <limits>

#include "backend_opencl/custom_gpu.hpp"
#include "core/tensor/tensor_impl.hpp"
#include "customtensor/backend.hpp"
#include "support/compare.hpp"

namespace ct::test {
namespace {

struct Sorted {
  Tensor values, places;
};

Sorted run(const Tensor& x, int axis, bool descending, int64_t first, int64_t count) {
  Shape shape = x.shape();
  shape[axis] = count;
  Sorted result{empty(shape, {.dtype = x.dtype(), .device = x.device()}),
                empty(shape, {.dtype = int64, .device = x.device()})};
  x.device().backend().sort({.axis = axis,
                             .descending = descending,
                             .first = first,
                             .input = detail::view_of(x),
                             .values = detail::view_of(result.values),
                             .indices = detail::view_of(result.places)});
  return result;
}

/// A third of the numbers tie; floating ones have NaN, infinities and zeros of both signs.
Tensor numbers(const Shape& shape, DType dtype) {
  Generator generator(4);
  const Tensor any = rand(shape, {}, &generator);
  Tensor x = where(any < 0.3, floor(any * 20.0), any * 200.0 - 100.0);
  if (dtype == uint8 || dtype == bool_) x = abs(x) - 20.0 * (any < 0.3).to(float32);
  if (is_integral(dtype) && is_signed(dtype) && item_size(dtype) < 4) return floor(x).to(dtype);
  if (!is_floating(dtype)) return floor(abs(x)).to(dtype);
  constexpr double kInf = std::numeric_limits<double>::infinity();
  const Tensor kind = floor(rand(shape, {}, &generator) * 24.0);
  x = where(kind == 0.0, full_like(x, kInf), x);
  x = where(kind == 1.0, full_like(x, -kInf), x);
  x = where(kind == 2.0, full_like(x, std::numeric_limits<double>::quiet_NaN()), x);
  x = where(kind == 3.0, full_like(x, -0.0), x);
  return x.to(dtype);
}

void check(const Tensor& x, Device gpu, int axis, bool descending, int64_t first, int64_t count) {
  const Sorted expected = run(x, axis, descending, first, count);
  const Sorted actual = run(x.to(gpu), axis, descending, first, count);
  const std::string what = to_string(x.shape()) + " ranks from " + std::to_string(first) + ", " +
                           std::to_string(count) + " of them";
  EXPECT_EQ(actual.places.to_vector<int64_t>(), expected.places.to_vector<int64_t>()) << what;
  EXPECT_TRUE(near(actual.values, expected.values, 0)) << what;
  if (is_floating(x.dtype())) {
    // Zeros of either sign.
    EXPECT_TRUE(near(1.0 / actual.values.to(Device("cpu")), 1.0 / expected.values, 0));
  }
}

class OpenClSort : public CustomGpuTest, public ::testing::WithParamInterface<DType> {};

TEST_P(OpenClSort, GivesTheOrderOfTheCpu) {
  reset_fallbacks();
  for (const int64_t n : {1, 7, 8, 65, 256, 257, 1000, 40000}) {
    const Tensor x = numbers({3, n}, GetParam());
    for (const bool descending : {false, true}) check(x, gpu_, 1, descending, 0, n);
  }
  for (const FallbackCount& count : fallbacks()) {
    EXPECT_TRUE(count.family != "sort" || GetParam() == float64);
  }
}

TEST_P(OpenClSort, FindsAnyRanks) {
  for (const int64_t n : {40, 300, 40000}) {
    const Tensor x = numbers({2, n}, GetParam());
    for (const auto& [first, count] : std::vector<std::pair<int64_t, int64_t>>{
             {0, 1}, {0, 32}, {5, 3}, {n / 2, 1}, {n - 1, 1}, {n / 3, n / 3}}) {
      for (const bool descending : {false, true}) check(x, gpu_, 1, descending, first, count);
    }
  }
}

TEST_P(OpenClSort, GoesAlongAnyAxis) {
  check(numbers({300, 7}, GetParam()), gpu_, 0, false, 0, 300);
  check(numbers({3, 150, 5}, GetParam()), gpu_, 1, true, 0, 9);
  check(numbers({20, 31, 3}, GetParam()).permute({2, 0, 1}), gpu_, 2, false, 0, 31);
}

INSTANTIATE_TEST_SUITE_P(Types, OpenClSort,
                         ::testing::Values(float32, float64, float16, bfloat16, int32, int64, uint8,
                                           bool_, int8, int16, uint16, uint32, uint64),
                         [](const auto& type) { return std::string(name(type.param)); });

using OpenClSortFacts = CustomGpuTest;

TEST_F(OpenClSortFacts, EqualOnesStayInOrder) {
  for (const int64_t n : {200, 5000}) {
    const Tensor places = run(zeros({n}, gpu_), 0, true, 0, n).places;
    EXPECT_TRUE(near(places, arange(0, n, 1, {.dtype = int64}), 0));
    EXPECT_EQ(run(zeros({n}, gpu_), 0, false, n - 1, 1).places.item<int64_t>(), n - 1);
  }
}

TEST_F(OpenClSortFacts, TheBestMayComeLast) {
  const Tensor x = arange(40000, 0, -1, {.dtype = float32});
  check(x, gpu_, 0, false, 0, 20);
}

TEST_F(OpenClSortFacts, LargeIntegersKeepTheirDigits) {
  const Tensor x = tensor({3, 1, 2}, {.dtype = int64}) + (int64_t{1} << 60);
  EXPECT_TRUE(near(run(x.to(gpu_), 0, false, 0, 3).places, {1, 2, 0}, 0));
}

}  // namespace
}  // namespace ct::test
