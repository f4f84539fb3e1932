// The random opcodes of the CPU, element by element against the definition in random.hpp, computed
// from the scalar philox4x32.
#include <gtest/gtest.h>

#include <customtensor/random.hpp>
#include <numbers>

#include "backend_cpu/kernel_harness.hpp"

namespace ct {
namespace {

using test::Array;

void draw(bool normal, Array& out, const Shape& shape, const Strides& strides, RandomState state) {
  const Operand output{out.data(), 0, out.dtype(), strides};
  test::cpu().pointwise({.program = program_of(normal ? Opcode::normal : Opcode::uniform).get(),
                         .compute = out.dtype(),
                         .shape = shape,
                         .inputs = {},
                         .outputs = std::span(&output, 1),
                         .scalars = {},
                         .random = state});
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

TEST(CpuRandom, DrawsTheDefinedNumbersAtEverySizeAndLayout) {
  const RandomState state{0x1234567890abcdefU, 0xfffffffeU};  // the counter's words carry
  for (const DType dtype : {float32, float64}) {
    for (const bool normal : {false, true}) {
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
        draw(normal, out, {n}, {1}, state);
        for (int64_t i = 0; i < n; ++i) check(out, i, i);
      }
      Array out(dtype, 700 * 9);  // transposed: still numbered row-major
      draw(normal, out, {700, 9}, {1, 700}, state);
      for (int64_t r = 0; r < 700; ++r) {
        for (int64_t c = 0; c < 9; ++c) check(out, c * 700 + r, r * 9 + c);
      }
    }
  }
}

TEST(CpuRandom, NormalNumbersHaveMeanZeroAndDeviationOne) {
  const int64_t n = 1 << 20;
  Array out(float32, n);
  draw(true, out, {n}, {1}, {42, 0});
  double sum = 0;
  double squares = 0;
  for (int64_t i = 0; i < n; ++i) {
    sum += out.get(i);
    squares += out.get(i) * out.get(i);
  }
  EXPECT_NEAR(sum / static_cast<double>(n), 0, 5e-3);
  EXPECT_NEAR(squares / static_cast<double>(n), 1, 5e-3);
}

}  // namespace
}  // namespace ct
