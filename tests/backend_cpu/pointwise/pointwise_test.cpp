// CpuBackend::pointwise against naive loops: layouts, conversions, results in place, streams past
// the caches, and independence of the number of threads. Opcodes by themselves: opcode_test.cpp.
#include <gtest/gtest.h>

#include <customtensor/threads.hpp>
#include <functional>
#include <limits>

#include "backend_cpu/kernel_harness.hpp"

namespace ct {
namespace {

using test::Array;
using test::cpu;
using test::Layout;
using test::run;
using test::whole;

TEST(CpuPointwise, WritesNothingBeyondTheEnd) {
  for (int64_t n = 0; n <= 70; ++n) {
    Array a(float32, 80);
    Array out(float32, 80);
    for (int64_t i = 0; i < 80; ++i) {
      a.set(i, static_cast<double>(i));
      out.set(i, -1);
    }
    run(*program_of(Opcode::add), float32, {n}, {whole(a), whole(a)}, {whole(out, 3)});
    for (int64_t i = 0; i < 80; ++i) {
      const bool inside = i >= 3 && i < 3 + n;
      EXPECT_EQ(out.get(i), inside ? 2.0 * static_cast<double>(i - 3) : -1.0) << n << " " << i;
    }
  }
}

TEST(CpuPointwise, IntegerDivisionByZeroGivesZeroAndLowestByMinusOneWraps) {
  const auto check = [](auto zero) {
    using T = decltype(zero);
    const T lowest = std::numeric_limits<T>::min();
    std::vector<T> a = {5, lowest, lowest, -7};
    std::vector<T> b = {0, -1, 1, 2};
    std::vector<T> out(4);
    run(*program_of(Opcode::div), dtype_of<T>, {4},
        {{a.data(), 0, dtype_of<T>, {1}}, {b.data(), 0, dtype_of<T>, {1}}},
        {{out.data(), 0, dtype_of<T>, {1}}});
    EXPECT_EQ(out, (std::vector<T>{0, lowest, lowest, -3}));
  };
  check(int32_t{});
  check(int64_t{});
}

TEST(CpuPointwise, Int64IsExactBeyondDouble) {
  std::vector<int64_t> a = {(int64_t{1} << 62) + 1, -(int64_t{1} << 53) - 1, 3037000499};
  std::vector<int64_t> b = {2, 3, 3037000499};
  std::vector<int64_t> out(3);
  const auto op = [](std::vector<int64_t>& v) { return Operand{v.data(), 0, DType::int64, {1}}; };
  run(*program_of(Opcode::sub), DType::int64, {3}, {op(a), op(b)}, {op(out)});
  EXPECT_EQ(out, (std::vector<int64_t>{(int64_t{1} << 62) - 1, -(int64_t{1} << 53) - 4, 0}));
  run(*program_of(Opcode::mul), DType::int64, {3}, {op(a), op(b)}, {op(out)});
  EXPECT_EQ(out[2], int64_t{3037000499} * 3037000499);
}

TEST(CpuPointwise, ConvertsBetweenAllDtypes) {
  const double values[] = {0,  1,    2,   100,  255,   256,   300,   1000, -1,
                           -2, -129, 2.5, 0.25, -0.75, 65504, 70000, 3e9,  -3e9};
  const auto n = static_cast<int64_t>(std::size(values));
  for (const DType from : test::kAllDTypes) {
    for (const DType to : test::kAllDTypes) {
      const bool whole_numbers = !is_floating(from) && !is_floating(to);
      const DType compute = compute_type(whole_numbers ? from : promote_types(from, to));
      Array a(from, 3 * n);
      Array expected(to, 3 * n);
      Array out(to, 3 * n);
      for (int64_t i = 0; i < 3 * n; ++i) {
        const double v = values[i % n];
        const bool fits =
            from == DType::uint64 ? v >= 0 : from == DType::int64 || std::abs(v) < 2e9;
        a.set(i, is_floating(from) || fits ? v : 5);
        // int64 to a narrower integer goes through int64, so nothing is lost on the way.
        if (is_floating(from)) {
          expected.set_nearest(i, a.get(i));
        } else {
          expected.set(i, a.get(i));
        }
      }
      run(*program_of(Opcode::copy), compute, {3 * n}, {whole(a)}, {whole(out)});
      for (int64_t i = 0; i < 3 * n; ++i) {
        EXPECT_EQ(out.get(i), expected.get(i))
            << name(from) << " to " << name(to) << " of " << a.get(i);
      }
    }
  }
}

TEST(CpuPointwise, RoundsHalfTypesToNearestEven) {
  Array a(float32, 40);
  std::mt19937 random(1);
  std::uniform_real_distribution<double> any(-1000, 1000);
  for (int64_t i = 0; i < 40; ++i) a.set(i, any(random));
  a.set(0, 2049);  // between two float16, ties to even
  a.set(1, 2051);
  a.set(2, 1e-7);           // denormal float16
  a.set(3, 65520);          // overflows float16
  a.set(4, 1 + 1.0 / 256);  // between two bfloat16
  a.set(5, 1 + 3.0 / 256);
  for (const DType half : {float16, bfloat16}) {
    Array out(half, 40);
    Array expected(half, 40);
    run(*program_of(Opcode::copy), float32, {40}, {whole(a)}, {whole(out)});
    for (int64_t i = 0; i < 40; ++i) expected.set(i, a.get(i));
    EXPECT_EQ(out.bytes(), expected.bytes()) << name(half);
  }
}

TEST(CpuPointwise, MatchesNaiveLoopsOnEveryLayout) {
  PointwiseBuilder builder("two_results", 3, 1);
  const auto x = builder.input(0);
  const auto y = builder.input(1);
  builder.output(x * builder.scalar(0) + y);
  builder.output(builder.apply(Opcode::maximum, x - builder.input(2), y));
  const auto program = builder.build();
  std::mt19937 random(11);
  const auto pick = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  constexpr int64_t kSizes[] = {1, 2, 3, 4, 5, 7, 8, 17, 33, 64, 130, 600};
  for (int trial = 0; trial < 600; ++trial) {
    Shape shape;
    const int rank = pick(5);
    for (int axis = 0; axis < rank; ++axis) {
      int64_t size = kSizes[pick(static_cast<int>(std::size(kSizes)))];
      if (numel(shape) * size > 40000) size = 2;
      shape.push_back(size);
    }
    const bool converting = pick(2) == 0;
    std::vector<Array> arrays;
    std::vector<Layout> layouts;
    arrays.reserve(5);
    for (int k = 0; k < 5; ++k) {
      const DType dtype = converting ? test::kAllDTypes[pick(7)] : float32;
      layouts.push_back(test::random_layout(shape, random, k < 3));
      arrays.emplace_back(dtype, layouts.back().extent);
      arrays.back().fill_small(random);
    }
    std::vector<Operand> operands;
    for (size_t k = 0; k < 5; ++k) {
      operands.push_back(
          {arrays[k].data(), layouts[k].offset, arrays[k].dtype(), layouts[k].strides});
    }
    // Sometimes in place.
    const bool in_place = pick(3) == 0 && arrays[0].dtype() == arrays[3].dtype() &&
                          std::ranges::count(layouts[0].strides, 0) == 0;
    const std::vector<Array> before = arrays;
    if (in_place) operands[3] = operands[0];
    run(*program, float32, shape, {operands[0], operands[1], operands[2]},
        {operands[3], operands[4]}, {Scalar(2.0)});
    test::for_each_index(shape, [&](const Dims& index) {
      const auto value = [&](size_t k) {
        return before[k].get(test::place_of(index, layouts[k].strides, layouts[k].offset));
      };
      Array first(in_place ? arrays[0].dtype() : arrays[3].dtype(), 1);
      Array second(arrays[4].dtype(), 1);
      first.set_nearest(0, value(0) * 2 + value(1));
      second.set_nearest(0, std::max(value(0) - value(2), value(1)));
      const size_t target = in_place ? 0 : 3;
      const double got_first = arrays[target].get(
          test::place_of(index, layouts[target].strides, layouts[target].offset));
      const double got_second =
          arrays[4].get(test::place_of(index, layouts[4].strides, layouts[4].offset));
      if (got_first != first.get(0) || got_second != second.get(0)) {
        ADD_FAILURE() << "trial " << trial << " shape " << to_string(shape) << " at "
                      << to_string(index) << ": " << got_first << ", " << got_second << " expected "
                      << first.get(0) << ", " << second.get(0);
      }
    });
    if (HasFailure()) return;
  }
}

TEST(CpuPointwise, ResultsMayReplaceInputsThatLaterInstructionsRead) {
  // Adam's shape: three results written over three of the inputs.
  PointwiseBuilder builder("update", 3);
  const auto p = builder.input(0);
  const auto m = builder.input(1);
  const auto g = builder.input(2);
  const auto new_m = m * 0.5 + g;
  builder.output(new_m);
  builder.output(p - new_m * m);  // reads the old m
  const auto program = builder.build();
  for (const int64_t n : {5, 1000, 100000}) {
    Array a(float32, n);
    Array b(float32, n);
    Array c(float32, n);
    for (int64_t i = 0; i < n; ++i) {
      a.set(i, static_cast<double>(i % 7));
      b.set(i, static_cast<double>(i % 5));
      c.set(i, static_cast<double>(i % 3));
    }
    run(*program, float32, {n}, {whole(a), whole(b), whole(c)}, {whole(b), whole(a)});
    for (int64_t i = 0; i < n; ++i) {
      const double m_new = static_cast<double>(i % 5) * 0.5 + static_cast<double>(i % 3);
      ASSERT_EQ(b.get(i), m_new);
      ASSERT_EQ(a.get(i), static_cast<double>(i % 7) - m_new * static_cast<double>(i % 5));
    }
  }
}

TEST(CpuPointwise, ResultsThatDependOnScalarsAloneAreSpread) {
  PointwiseBuilder builder("scalar_only", 1, 1);
  builder.output(builder.apply(Opcode::exp, builder.scalar(0)));
  builder.output(builder.input(0) + builder.apply(Opcode::exp, builder.scalar(0)));
  const auto program = builder.build();
  Array a(float32, 700);
  Array x(float64, 700);
  Array y(float32, 700);
  run(*program, float32, {700}, {whole(a)}, {whole(x), whole(y)}, {Scalar(0.0)});
  for (int64_t i = 0; i < 700; ++i) {
    ASSERT_EQ(x.get(i), 1.0);
    ASSERT_EQ(y.get(i), 1.0);
  }
}

TEST(CpuPointwise, LargeBroadcastsAreWrittenPastTheCachesAllTheSame) {
  constexpr int64_t kRows = 2000;
  constexpr int64_t kColumns = 2503;
  std::vector<float> row(kColumns);
  std::vector<float> column(kRows);
  for (size_t i = 0; i < row.size(); ++i) row[i] = static_cast<float>(i);
  for (size_t i = 0; i < column.size(); ++i) column[i] = static_cast<float>(i * 10000);
  std::vector<float> out(kRows * kColumns + 2, -1.0F);
  run(*program_of(Opcode::add), float32, {kRows, kColumns},
      {{row.data(), 0, float32, {0, 1}}, {column.data(), 0, float32, {1, 0}}},
      {{out.data(), 1, float32, {kColumns, 1}}});
  EXPECT_EQ(out.front(), -1.0F);
  EXPECT_EQ(out.back(), -1.0F);
  for (size_t r = 0; r < column.size(); ++r) {
    for (size_t c = 0; c < row.size(); ++c) {
      ASSERT_EQ(out[1 + r * kColumns + c], column[r] + row[c]) << r << " " << c;
    }
  }
}

TEST(CpuPointwise, IsTheSameBitForBitOnAnyNumberOfThreads) {
  PointwiseBuilder builder("dropout", 2);
  const auto kept = builder.apply(Opcode::lt, builder.apply(Opcode::uniform), 0.7);
  builder.output(builder.apply(Opcode::tanh, builder.input(0)) * kept + builder.input(1));
  const auto program = builder.build();
  const Shape shape = {300, 1000};
  Array a(float32, 300000);
  Array bias(float32, 1000);
  for (int64_t i = 0; i < a.size(); ++i) a.set(i, std::sin(static_cast<double>(i)));
  const int threads = num_threads();
  std::vector<std::vector<std::byte>> results;
  for (const int count : {1, 2, 3, 5}) {
    set_num_threads(count);
    Array out(float32, 300000);
    run(*program, float32, shape,
        {{a.data(), 0, float32, {1, 300}}, {bias.data(), 0, float32, {0, 1}}},
        {{out.data(), 0, float32, {1000, 1}}}, {}, {9, 4});
    results.push_back(out.bytes());
  }
  set_num_threads(threads);
  for (const auto& result : results) EXPECT_EQ(result, results[0]);
}

TEST(CpuPointwise, AcceptsEmptyShapes) {
  Array out(float32, 1);
  run(*program_of(Opcode::add), float32, {0}, {whole(out), whole(out)}, {whole(out)});
  run(*program_of(Opcode::add), float32, {3, 0},
      {{out.data(), 0, float32, {0, 0}}, {out.data(), 0, float32, {0, 0}}},
      {{out.data(), 0, float32, {0, 1}}});
  EXPECT_EQ(out.get(0), 0);
}

}  // namespace
}  // namespace ct
