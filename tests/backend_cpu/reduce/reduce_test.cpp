// CpuBackend::reduce against naive sums in double: all masks and layouts, dtypes, prologue
// programs, precision, NaN, empty reductions, and independence of the number of threads.
#include <gtest/gtest.h>

#include <customtensor/threads.hpp>
#include <limits>

#include "backend_cpu/kernel_harness.hpp"

namespace ct {
namespace {

using test::Array;
using test::cpu;
using test::Layout;

double fold(ReduceOp op, double a, double b) {
  switch (op) {
    case ReduceOp::sum:
      return a + b;
    case ReduceOp::prod:
      return a * b;
    case ReduceOp::maximum:
      return std::isnan(a) || a > b ? a : b;
    case ReduceOp::minimum:
      return std::isnan(a) || a < b ? a : b;
  }
  return 0;
}

struct Case {
  ReduceOp op = ReduceOp::sum;
  const PointwiseProgram* program = nullptr;
  Shape shape;
  uint32_t reduced = 0;
  double scale = 1;
};

void run(const Case& c, DType compute, const std::vector<Operand>& inputs, const Operand& output) {
  cpu().reduce({.op = c.op,
                .program = c.program,
                .compute = compute,
                .shape = c.shape,
                .reduced = c.reduced,
                .inputs = inputs,
                .scalars = {},
                .output = output,
                .scale = c.scale});
}

/// Sum of a whole float32 vector.
float sum_of(std::vector<float>& x, ReduceOp op = ReduceOp::sum) {
  float result = -1;
  run({.op = op, .shape = {static_cast<int64_t>(x.size())}, .reduced = 1}, float32,
      {{x.data(), 0, float32, {1}}}, {&result, 0, float32, {0}});
  return result;
}

TEST(CpuReduce, MatchesNaiveLoopsOnEveryLayout) {
  PointwiseBuilder builder("product", 2);
  builder.output(builder.input(0) * builder.input(1) + 1.0);
  const auto program = builder.build();
  const PointwiseProgram& plain_product = *program_of(Opcode::mul);
  std::mt19937 random(5);
  const auto pick = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  constexpr int64_t kSizes[] = {1, 2, 3, 5, 8, 17, 40, 64, 130, 700, 3000};
  for (int trial = 0; trial < 900; ++trial) {
    Case c;
    const int rank = pick(5);
    for (int axis = 0; axis < rank; ++axis) {
      int64_t size = kSizes[pick(static_cast<int>(std::size(kSizes)))];
      if (numel(c.shape) * size > 60000) size = 2;
      c.shape.push_back(size);
      if (pick(2) == 0) c.reduced |= 1U << axis;
    }
    c.op = static_cast<ReduceOp>(pick(4));
    c.scale = pick(3) == 0 ? 0.5 : 1.0;
    constexpr DType kDTypes[] = {float32,      float32,      float64, float16,
                                 DType::int32, DType::int64, uint8};
    const DType dtype = kDTypes[pick(7)];
    const DType compute = compute_type(dtype);
    const bool with_program = pick(3) == 0;
    // Products stay exact with factors of -1, 0 and 1.
    const bool product = c.op == ReduceOp::prod;
    if (with_program) c.program = product ? &plain_product : program.get();
    std::vector<Array> arrays;
    std::vector<Layout> layouts;
    arrays.reserve(3);
    for (int k = 0; k < 2; ++k) {
      layouts.push_back(test::random_layout(c.shape, random, pick(2) == 0));
      arrays.emplace_back(dtype, layouts.back().extent);
      arrays.back().fill_small(random, product ? -1 : -3, product ? 1 : 3);
    }
    Shape kept = c.shape;
    for (int axis = 0; axis < rank; ++axis) {
      if (((c.reduced >> axis) & 1U) != 0) kept[axis] = 1;
    }
    Layout out = test::random_layout(kept, random, false);
    for (int axis = 0; axis < rank; ++axis) {
      if (((c.reduced >> axis) & 1U) != 0) out.strides[axis] = 0;
    }
    arrays.emplace_back(compute, out.extent);
    std::vector<Operand> inputs;
    for (size_t k = 0; k < (with_program ? 2 : 1); ++k) {
      inputs.push_back({arrays[k].data(), layouts[k].offset, dtype, layouts[k].strides});
    }
    run(c, compute, inputs, {arrays[2].data(), out.offset, compute, out.strides});
    std::vector<double> expected(static_cast<size_t>(out.extent));
    std::vector<bool> begun(expected.size());
    test::for_each_index(c.shape, [&](const Dims& index) {
      const auto value = [&](size_t k) {
        return arrays[k].get(test::place_of(index, layouts[k].strides, layouts[k].offset));
      };
      const double x = with_program ? value(0) * value(1) + (product ? 0 : 1) : value(0);
      const auto place = static_cast<size_t>(test::place_of(index, out.strides, out.offset));
      expected[place] = begun[place] ? fold(c.op, expected[place], x) : x;
      begun[place] = true;
    });
    for (size_t i = 0; i < expected.size(); ++i) {
      if (!begun[i]) continue;
      Array rounded(compute, 1);
      rounded.set(0, expected[i] * c.scale);
      const double got = arrays[2].get(static_cast<int64_t>(i));
      if (got != rounded.get(0) && !(std::isinf(got) && std::isinf(rounded.get(0)))) {
        ADD_FAILURE() << "trial " << trial << " shape " << to_string(c.shape) << " mask "
                      << c.reduced << " op " << static_cast<int>(c.op) << " " << name(dtype) << ": "
                      << got << ", expected " << rounded.get(0);
      }
    }
    if (HasFailure()) return;
  }
}

TEST(CpuReduce, SumsOf16MillionFloatsLoseFourUlpAtMost) {
  std::vector<float> x(size_t{1} << 24);
  std::mt19937 random(2);
  std::uniform_real_distribution<float> any(0, 1);
  for (const bool constant : {false, true}) {
    for (float& v : x) v = constant ? 0.1F : any(random);
    double exact = 0;
    for (const float v : x) exact += static_cast<double>(v);
    EXPECT_LE(test::ulp_distance(sum_of(x), exact), 4.0);
    // The same by columns.
    std::vector<float> out(4);
    run({.shape = {1 << 22, 4}, .reduced = 1}, float32, {{x.data(), 0, float32, {4, 1}}},
        {out.data(), 0, float32, {0, 1}});
    for (size_t c = 0; c < 4; ++c) {
      double column = 0;
      for (size_t i = c; i < x.size(); i += 4) column += static_cast<double>(x[i]);
      EXPECT_LE(test::ulp_distance(out[c], column), 4.0);
    }
  }
}

TEST(CpuReduce, ANaNWinsWhereverItIs) {
  for (const size_t n : {1, 7, 100, 3000}) {
    for (size_t at = 0; at < n; at += 1 + n / 13) {
      std::vector<float> x(n, 2.0F);
      x[at] = std::numeric_limits<float>::quiet_NaN();
      EXPECT_TRUE(std::isnan(sum_of(x, ReduceOp::maximum))) << n << " " << at;
      EXPECT_TRUE(std::isnan(sum_of(x, ReduceOp::minimum))) << n << " " << at;
      float out[3];
      std::vector<float> rows(3 * n, 1.0F);
      rows[3 * at + 1] = x[at];
      run({.op = ReduceOp::maximum, .shape = {static_cast<int64_t>(n), 3}, .reduced = 1}, float32,
          {{rows.data(), 0, float32, {3, 1}}}, {out, 0, float32, {0, 1}});
      EXPECT_EQ(out[0], 1.0F);
      EXPECT_TRUE(std::isnan(out[1])) << n << " " << at;
      EXPECT_EQ(out[2], 1.0F);
    }
  }
}

TEST(CpuReduce, ReducingNothingGivesTheIdentity) {
  std::vector<float> none;
  EXPECT_EQ(sum_of(none), 0.0F);
  EXPECT_EQ(sum_of(none, ReduceOp::prod), 1.0F);
  EXPECT_EQ(sum_of(none, ReduceOp::maximum), -std::numeric_limits<float>::infinity());
  EXPECT_EQ(sum_of(none, ReduceOp::minimum), std::numeric_limits<float>::infinity());
  float out[5] = {7, 7, 7, 7, 7};
  run({.shape = {5, 0}, .reduced = 2}, float32, {{out, 0, float32, {0, 1}}},
      {out, 0, float32, {1, 0}});
  for (const float v : out) EXPECT_EQ(v, 0.0F);
  run({.shape = {0, 5}, .reduced = 2}, float32, {{out, 0, float32, {5, 1}}},
      {out, 0, float32, {1, 0}});
}

TEST(CpuReduce, BoolsAreAnyAndAllByMaximumAndMinimum) {
  Array x(bool_, 2000);
  Array out(bool_, 1);
  const auto reduce = [&](ReduceOp op) {
    run({.op = op, .shape = {2000}, .reduced = 1}, DType::int32, {{x.data(), 0, bool_, {1}}},
        {out.data(), 0, bool_, {0}});
    return out.get(0);
  };
  EXPECT_EQ(reduce(ReduceOp::maximum), 0);
  x.set(1999, 1);
  EXPECT_EQ(reduce(ReduceOp::maximum), 1);
  EXPECT_EQ(reduce(ReduceOp::minimum), 0);
}

TEST(CpuReduce, IntegerSumsWrapInTheirComputeType) {
  Array x(uint8, 300000);
  for (int64_t i = 0; i < x.size(); ++i) x.set(i, 255);
  int64_t wide = 0;
  run({.shape = {300000}, .reduced = 1}, DType::int64, {{x.data(), 0, uint8, {1}}},
      {&wide, 0, DType::int64, {0}});
  EXPECT_EQ(wide, 300000 * 255);
}

TEST(CpuReduce, IsTheSameBitForBitOnAnyNumberOfThreads) {
  std::vector<float> x(3000 * 1000);
  for (size_t i = 0; i < x.size(); ++i) x[i] = std::sin(static_cast<float>(i));
  PointwiseBuilder builder("squares", 1);
  builder.output(builder.input(0) * builder.input(0));
  const auto program = builder.build();
  const int threads = num_threads();
  for (const uint32_t mask : {1U, 2U, 3U}) {
    for (const PointwiseProgram* prologue :
         {static_cast<const PointwiseProgram*>(nullptr), program.get()}) {
      std::vector<std::vector<float>> results;
      for (const int count : {1, 2, 3, 5}) {
        set_num_threads(count);
        std::vector<float> out(3000);
        run({.program = prologue, .shape = {3000, 1000}, .reduced = mask}, float32,
            {{x.data(), 0, float32, {1000, 1}}},
            {out.data(), 0, float32, {(mask & 1U) != 0 ? 0 : 1, (mask & 2U) != 0 ? 0 : 1}});
        results.push_back(out);
      }
      for (const auto& result : results) EXPECT_EQ(result, results[0]) << mask;
    }
  }
  set_num_threads(threads);
}

}  // namespace
}  // namespace ct
