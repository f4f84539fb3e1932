// Scans on the OpenCL device against the cpu device: every operation both ways, rows and columns,
// whole and in pieces, accuracy, and that they repeat bit for bit.
#include <cmath>
#include <limits>

#include "backend_opencl/custom_gpu.hpp"
#include "core/tensor/tensor_impl.hpp"
#include "customtensor/backend.hpp"
#include "support/compare.hpp"

namespace ct::test {
namespace {

struct Scanned {
  Tensor values, places;
};

Scanned run(ScanOp op, const Tensor& x, int axis, bool reverse, const Tensor& factor) {
  const bool extreme = op == ScanOp::maximum || op == ScanOp::minimum;
  Scanned result{empty_like(x), {}};
  ScanArgs args;
  args.op = op;
  args.axis = axis;
  args.reverse = reverse;
  args.input = detail::view_of(x);
  args.output = detail::view_of(result.values);
  if (op == ScanOp::linear) args.factor = detail::view_of(factor);
  if (extreme) {
    result.places = empty(x.shape(), {.dtype = int64, .device = x.device()});
    args.indices = detail::view_of(result.places);
  }
  x.device().backend().scan(args);
  return result;
}

/// Few different numbers, so that extremes tie; near 1 for products. Exact in float32.
Tensor numbers(const Shape& shape, ScanOp op) {
  Generator generator(5);
  const Tensor x = floor(rand(shape, {.dtype = float64}, &generator) * 16.0) - 8.0;
  return op == ScanOp::prod ? x * 0x1p-13 + 1.0 : x * 0.25;
}

class OpenClScan : public CustomGpuTest, public ::testing::WithParamInterface<ScanOp> {};
using OpenClScanFacts = CustomGpuTest;

struct Line {
  Shape shape;
  int axis;
};
const Line kLines[] = {{{1}, 0},       {{7}, 0},        {{3, 64}, 1},   {{5, 77}, 1},
                       {{200, 5}, 1},  {{70, 130}, 0},  {{9, 300}, 0},  {{2, 30, 3}, 1},
                       {{16385}, 0},   {{3, 40000}, 1}, {{2000, 3}, 0}, {{2, 1500, 40}, 1},
                       {{70, 9000}, 1}};

TEST_P(OpenClScan, AgreesWithTheCpuBothWays) {
  const ScanOp op = GetParam();
  reset_fallbacks();
  for (const auto& [shape, axis] : kLines) {
    const Tensor x = numbers(shape, op);
    const Tensor factor = x * 0.4;
    for (const bool reverse : {false, true}) {
      const Scanned expected = run(op, x, axis, reverse, factor);
      const Scanned actual =
          run(op, x.to(float32).to(gpu_), axis, reverse, factor.to(float32).to(gpu_));
      EXPECT_TRUE(near(actual.values, expected.values, 1e-6)) << to_string(shape) << reverse;
      if (!expected.places.defined()) continue;
      EXPECT_EQ(actual.places.to_vector<int64_t>(), expected.places.to_vector<int64_t>())
          << to_string(shape) << reverse;
    }
  }
  for (const FallbackCount& count : fallbacks()) EXPECT_NE(count.family, "scan");
}

TEST_P(OpenClScan, IntegersAreExact) {
  const ScanOp op = GetParam();
  if (op == ScanOp::logsumexp || op == ScanOp::linear) return;
  for (const DType dtype : {int32, int64}) {
    const Tensor x = numbers({3, 17000}, ScanOp::linear).to(dtype) * 3;
    const Scanned expected = run(op, x, 1, false, {});
    const Scanned actual = run(op, x.to(gpu_), 1, false, {});
    EXPECT_EQ(actual.values.to_vector<int64_t>(), expected.values.to_vector<int64_t>());
  }
}

TEST_P(OpenClScan, RepeatsBitForBit) {
  const ScanOp op = GetParam();
  Generator generator(6);
  const Tensor x = rand({2, 50001}, {}, &generator).to(gpu_);
  EXPECT_EQ(run(op, x, 1, false, x).values.to_vector<float>(),
            run(op, x, 1, false, x).values.to_vector<float>());
}

INSTANTIATE_TEST_SUITE_P(Ops, OpenClScan,
                         ::testing::Values(ScanOp::sum, ScanOp::prod, ScanOp::maximum,
                                           ScanOp::minimum, ScanOp::logsumexp, ScanOp::linear));

TEST_F(OpenClScanFacts, SumsDoNotStopGrowing) {
  // In float32 they would at 2^24.
  const Tensor x = full({(1 << 20) + 5}, 32.0, gpu_);
  EXPECT_EQ(x.cumsum(0).select(0, 1 << 20).item<float>(), 33554464.0F);
}

TEST_F(OpenClScanFacts, InfinitiesAndNanComeThrough) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const Tensor x = tensor({1.0, kInf, 2.0, -kInf, 3.0}).to(gpu_);
  EXPECT_TRUE(near(x.cumsum(0), {1, kInf, kInf, kNan, kNan}, 0));
  EXPECT_TRUE(near(x.cumprod(0), {1, kInf, kInf, -kInf, -kInf}, 0));
  EXPECT_TRUE(near(x.logcumsumexp(0).narrow(0, 1, 4), {kInf, kInf, kInf, kInf}, 0));
  const Tensor wild = tensor({kNan, 5.0, kNan, 9.0}).to(gpu_);
  EXPECT_TRUE(near(wild.cummax(0).second, {0, 0, 2, 2}, 0));
}

TEST_F(OpenClScanFacts, ExponentialsFarApartKeepTheirDigits) {
  // Each row rises or falls by far more than an exponential can hold.
  for (const double slope : {-0.5, 0.5, 1e-3, 40.0}) {
    const Tensor x = arange(0, 3000, 1, {.dtype = float64}).reshape({1, 3000}) * slope;
    const Tensor expected = x.logcumsumexp(1);
    EXPECT_TRUE(near(x.to(float32).to(gpu_).logcumsumexp(1), expected, 1e-6)) << slope;
    const Tensor columns = x.to(float32).expand({300, 3000}).t().to(gpu_);
    EXPECT_TRUE(near(columns.logcumsumexp(0).select(1, 0).reshape({1, 3000}), expected, 1e-6));
  }
}

TEST_F(OpenClScanFacts, ReadsAndWritesAnyStrides) {
  const Tensor x = numbers({40, 3, 20}, ScanOp::sum).to(float32);
  const Tensor y = x.to(gpu_).permute({2, 0, 1}).flip({1});
  EXPECT_TRUE(near(y.cumsum(0), x.permute({2, 0, 1}).flip({1}).cumsum(0), 1e-6));
  EXPECT_TRUE(near(y.cummin(1).second, x.permute({2, 0, 1}).flip({1}).cummin(1).second, 0));
}

}  // namespace
}  // namespace ct::test
