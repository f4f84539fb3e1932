// CpuBackend::pointwise against a plain interpreter: every opcode in every compute type, layouts,
// conversions, results in place, random numbers, and independence of the number of threads.
#include <gtest/gtest.h>

#include <customtensor/random.hpp>
#include <customtensor/threads.hpp>
#include <functional>
#include <limits>
#include <numbers>

#include "backend_cpu/kernel_harness.hpp"

namespace ct {
namespace {

using test::Array;
using test::cpu;
using test::Layout;

void run(const PointwiseProgram& program, DType compute, Shape shape,
         const std::vector<Operand>& inputs, const std::vector<Operand>& outputs,
         const std::vector<Scalar>& scalars = {}, RandomState random = {}) {
  cpu().pointwise({.program = &program,
                   .compute = compute,
                   .shape = shape,
                   .inputs = inputs,
                   .outputs = outputs,
                   .scalars = scalars,
                   .random = random});
}

Operand whole(Array& array, int64_t offset = 0) {
  return {array.data(), offset, array.dtype(), {1}};
}

/// What an opcode means, in double (exact for the values used here).
double meaning(Opcode op, double a, double b, double c, bool integers) {
  const auto truth = [](bool t) { return t ? 1.0 : 0.0; };
  switch (op) {
    case Opcode::copy: return a;
    case Opcode::neg: return -a;
    case Opcode::abs: return std::abs(a);
    case Opcode::sign: return truth(a > 0) - truth(a < 0);
    case Opcode::square: return a * a;
    case Opcode::sqrt: return std::sqrt(a);
    case Opcode::rsqrt: return 1 / std::sqrt(a);
    case Opcode::reciprocal: return 1 / a;
    case Opcode::exp: return std::exp(a);
    case Opcode::expm1: return std::expm1(a);
    case Opcode::log: return std::log(a);
    case Opcode::log1p: return std::log1p(a);
    case Opcode::sin: return std::sin(a);
    case Opcode::cos: return std::cos(a);
    case Opcode::tanh: return std::tanh(a);
    case Opcode::sigmoid: return 1 / (1 + std::exp(-a));
    case Opcode::erf: return std::erf(a);
    case Opcode::relu: return a < 0 ? 0 : a;
    case Opcode::floor: return std::floor(a);
    case Opcode::ceil: return std::ceil(a);
    case Opcode::round: return std::nearbyint(a);
    case Opcode::trunc: return std::trunc(a);
    case Opcode::is_nan: return truth(std::isnan(a));
    case Opcode::is_finite: return truth(std::isfinite(a));
    case Opcode::logical_not: return truth(a == 0);
    case Opcode::add: return a + b;
    case Opcode::sub: return a - b;
    case Opcode::mul: return a * b;
    case Opcode::div: return !integers ? a / b : b == 0 ? 0 : std::trunc(a / b);
    case Opcode::pow:
      if (integers && b < 0) return a == 0 ? 0 : std::trunc(std::pow(a, b));
      return std::pow(a, b);
    case Opcode::maximum: return std::isnan(a) || a > b ? a : b;
    case Opcode::minimum: return std::isnan(a) || a < b ? a : b;
    case Opcode::eq: return truth(a == b);
    case Opcode::ne: return truth(a != b);
    case Opcode::lt: return truth(a < b);
    case Opcode::le: return truth(a <= b);
    case Opcode::gt: return truth(a > b);
    case Opcode::ge: return truth(a >= b);
    case Opcode::logical_and: return truth(a != 0 && b != 0);
    case Opcode::logical_or: return truth(a != 0 || b != 0);
    case Opcode::fma: return a * b + c;
    case Opcode::select: return a != 0 ? b : c;
    default: return 0;
  }
}

/// Values that meet every branch; all triples of them.
void fill_triples(Array& a, Array& b, Array& c, const std::vector<double>& values) {
  int64_t i = 0;
  for (const double x : values) {
    for (const double y : values) {
      for (const double z : values) {
        a.set(i, x);
        b.set(i, y);
        c.set(i++, z);
      }
    }
  }
}

void expect_close(DType compute, double actual, double expected, const std::string& what) {
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(actual)) << what << " = " << actual;
  } else if (std::isinf(expected) || !is_floating(compute)) {
    EXPECT_EQ(actual, expected) << what;
  } else {
    const double tolerance = compute == float32 ? 4e-7 : 1e-15;
    EXPECT_NEAR(actual, expected, tolerance * std::abs(expected)) << what;
  }
}

class EveryOpcode : public ::testing::TestWithParam<DType> {};

TEST_P(EveryOpcode, MatchesItsMeaningWithVectorAndScalarOperands) {
  const DType compute = GetParam();
  const bool integers = !is_floating(compute);
  const double inf = std::numeric_limits<double>::infinity();
  const std::vector<double> values =
      integers ? std::vector<double>{0, 1, -1, 2, -2, 3, 7, -8}
               : std::vector<double>{0,   -0.0, 1,   -1,   2,    0.5,  -0.5,
                                     2.5, -3.5, 1.5, 1e10, -inf, inf, std::nan("")};
  const auto n = static_cast<int64_t>(values.size() * values.size() * values.size());
  Array operand[3] = {{compute, n}, {compute, n}, {compute, n}};
  fill_triples(operand[0], operand[1], operand[2], values);
  Array out(compute, n);
  for (int code = static_cast<int>(Opcode::copy); code < kOpcodeCount; ++code) {
    const auto op = static_cast<Opcode>(code);
    const OpcodeInfo& facts = info(op);
    if (integers && facts.rule == TypeRule::floating && op != Opcode::div) continue;
    // Mask bit k: operand k is one value, by a stride of 0.
    for (int mask = 0; mask < (1 << facts.arity); ++mask) {
      std::vector<Operand> inputs;
      for (int k = 0; k < facts.arity; ++k) {
        const bool scalar = ((mask >> k) & 1) != 0;
        inputs.push_back({operand[k].data(), scalar ? n / 3 + k * 5 : 0, compute,
                          {scalar ? int64_t{0} : int64_t{1}}});
      }
      run(*program_of(op), compute, {n}, inputs, {whole(out)});
      for (int64_t i = 0; i < n; ++i) {
        double x[3] = {};
        for (int k = 0; k < facts.arity; ++k) {
          const auto& input = inputs[static_cast<size_t>(k)];
          x[k] = operand[k].get(input.offset + i * input.strides[0]);
        }
        expect_close(compute, out.get(i), meaning(op, x[0], x[1], x[2], integers),
                     std::string(facts.name) + "(" + std::to_string(x[0]) + ", " +
                         std::to_string(x[1]) + ", " + std::to_string(x[2]) + ") mask " +
                         std::to_string(mask));
        if (HasFailure()) return;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Compute, EveryOpcode,
                         ::testing::Values(float32, float64, DType::int32, DType::int64),
                         [](const auto& info) { return std::string(name(info.param)); });

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
    run(*program_of(Opcode::div), dtype_of<T>, {4}, {{a.data(), 0, dtype_of<T>, {1}}, {b.data(), 0, dtype_of<T>, {1}}},
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
  const auto op = [](std::vector<int64_t>& v) {
    return Operand{v.data(), 0, DType::int64, {1}};
  };
  run(*program_of(Opcode::sub), DType::int64, {3}, {op(a), op(b)}, {op(out)});
  EXPECT_EQ(out, (std::vector<int64_t>{(int64_t{1} << 62) - 1, -(int64_t{1} << 53) - 4, 0}));
  run(*program_of(Opcode::mul), DType::int64, {3}, {op(a), op(b)}, {op(out)});
  EXPECT_EQ(out[2], int64_t{3037000499} * 3037000499);
}

TEST(CpuPointwise, ConvertsBetweenAllDtypes) {
  const double values[] = {0, 1, 2, 100, 255, 256, 300, 1000, -1, -2, -129, 2.5, 0.25, -0.75,
                           65504, 70000, 3e9, -3e9};
  const auto n = static_cast<int64_t>(std::size(values));
  for (const DType from : test::kAllDTypes) {
    for (const DType to : test::kAllDTypes) {
      const DType compute = compute_type(promote_types(from, to));
      Array a(from, 3 * n);
      Array expected(to, 3 * n);
      Array out(to, 3 * n);
      for (int64_t i = 0; i < 3 * n; ++i) {
        const double v = values[i % n];
        a.set(i, is_floating(from) || from == DType::int64 || std::abs(v) < 2e9 ? v : 5);
        // int64 to a narrower integer goes through int64, so nothing is lost on the way.
        expected.set(i, a.get(i));
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
  a.set(0, 2049);                  // between two float16, ties to even
  a.set(1, 2051);
  a.set(2, 1e-7);                  // denormal float16
  a.set(3, 65520);                 // overflows float16
  a.set(4, 1 + 1.0 / 256);         // between two bfloat16
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
      first.set(0, value(0) * 2 + value(1));
      second.set(0, std::max(value(0) - value(2), value(1)));
      const size_t target = in_place ? 0 : 3;
      const double got_first = arrays[target].get(
          test::place_of(index, layouts[target].strides, layouts[target].offset));
      const double got_second =
          arrays[4].get(test::place_of(index, layouts[4].strides, layouts[4].offset));
      if (got_first != first.get(0) || got_second != second.get(0)) {
        ADD_FAILURE() << "trial " << trial << " shape " << to_string(shape) << " at "
                      << to_string(index) << ": " << got_first << ", " << got_second
                      << " expected " << first.get(0) << ", " << second.get(0);
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

TEST(CpuPointwise, LargeResultsAreWrittenPastTheCachesAllTheSame) {
  const int64_t n = (int64_t{5} << 20) + 13;
  std::vector<float> a(static_cast<size_t>(n));
  std::vector<float> out(static_cast<size_t>(n) + 2, -1.0F);
  for (size_t i = 0; i < a.size(); ++i) a[i] = static_cast<float>(i % 1000);
  run(*program_of(Opcode::add), float32, {n}, {{a.data(), 0, float32, {1}}, {a.data(), 0, float32, {1}}},
      {{out.data(), 1, float32, {1}}});
  EXPECT_EQ(out.front(), -1.0F);
  EXPECT_EQ(out.back(), -1.0F);
  for (size_t i = 0; i < a.size(); ++i) ASSERT_EQ(out[i + 1], 2 * a[i]) << i;
}

/// Element i of a stream by the definition in random.hpp.
double drawn(bool normal, DType dtype, RandomState state, int64_t i) {
  if (dtype == float32) {
    const auto w = philox4x32(state.seed, state.offset + static_cast<uint64_t>(i / 4));
    const auto k = static_cast<size_t>(i % 4);
    if (!normal) return (w[k] >> 8) * 0x1.0p-24;
    const size_t pair = k / 2 * 2;
    const double u1 = ((w[pair] >> 8) + 1) * 0x1.0p-24;
    const double u2 = (w[pair + 1] >> 8) * 0x1.0p-24;
    const double r = std::sqrt(-2 * std::log(u1));
    const double angle = 2 * std::numbers::pi * u2;
    return r * (k % 2 == 0 ? std::cos(angle) : std::sin(angle));
  }
  const auto w = philox4x32(state.seed, state.offset + static_cast<uint64_t>(i / 2));
  const auto bits = [&](size_t j) {
    return static_cast<double>((w[j] | static_cast<uint64_t>(w[j + 1]) << 32) >> 11);
  };
  if (!normal) return bits(static_cast<size_t>(i % 2) * 2) * 0x1.0p-53;
  const double r = std::sqrt(-2 * std::log((bits(0) + 1) * 0x1.0p-53));
  const double angle = 2 * std::numbers::pi * bits(2) * 0x1.0p-53;
  return r * (i % 2 == 0 ? std::cos(angle) : std::sin(angle));
}

TEST(CpuPointwise, DrawsTheDefinedNumbersAtEverySizeAndLayout) {
  const RandomState state{0x1234567890abcdefU, 0xfffffffeU};  // the counter's words carry
  for (const DType dtype : {float32, float64}) {
    for (const bool normal : {false, true}) {
      const auto& program = *program_of(normal ? Opcode::normal : Opcode::uniform);
      const auto check = [&](Array& out, int64_t place, int64_t i) {
        const double expected = drawn(normal, dtype, state, i);
        if (normal) {
          ASSERT_NEAR(out.get(place), expected, dtype == float32 ? 2e-6 : 4e-15) << i;
        } else {
          ASSERT_EQ(out.get(place), expected) << i;
        }
      };
      for (const int64_t n : {1, 2, 3, 5, 63, 64, 65, 513, 5000, 70001}) {
        Array out(dtype, n);
        run(program, dtype, {n}, {}, {whole(out)}, {}, state);
        for (int64_t i = 0; i < n; ++i) check(out, i, i);
      }
      Array out(dtype, 700 * 9);  // transposed: still numbered row-major
      run(program, dtype, {700, 9}, {}, {{out.data(), 0, dtype, {1, 700}}}, {}, state);
      for (int64_t r = 0; r < 700; ++r) {
        for (int64_t c = 0; c < 9; ++c) check(out, c * 700 + r, r * 9 + c);
      }
    }
  }
}

TEST(CpuPointwise, NormalNumbersHaveMeanZeroAndDeviationOne) {
  const int64_t n = 1 << 20;
  Array out(float32, n);
  run(*program_of(Opcode::normal), float32, {n}, {}, {whole(out)}, {}, {42, 0});
  double sum = 0;
  double squares = 0;
  for (int64_t i = 0; i < n; ++i) {
    sum += out.get(i);
    squares += out.get(i) * out.get(i);
  }
  EXPECT_NEAR(sum / static_cast<double>(n), 0, 5e-3);
  EXPECT_NEAR(squares / static_cast<double>(n), 1, 5e-3);
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
