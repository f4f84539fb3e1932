// Backend::matmul of the CPU against its definition. The operands are small integers, for which
// every order of summation is exact: results must be equal, not just close.
#include <gtest/gtest.h>

#include <memory>

#include "backend_cpu/view_builder.hpp"

namespace ct::test {
namespace {

/// The operands of one product, and the checks on its result.
struct Case {
  Viewed a, b, out;
  std::unique_ptr<Viewed> bias;
  Epilogue epilogue;

  Case(DType dtype, const Shape& a_shape, const Shape& b_shape, const Shape& out_shape)
      : a(dtype, a_shape), b(dtype, b_shape), out(dtype, out_shape) {
    fill();
  }
  Case(DType dtype, const Shape& a_shape, const Layout& a_layout, const Shape& b_shape,
       const Layout& b_layout, const Shape& out_shape, const Layout& out_layout)
      : a(dtype, a_shape, a_layout),
        b(dtype, b_shape, b_layout),
        out(dtype, out_shape, out_layout) {
    fill();
  }

  void add_bias() {
    bias = std::make_unique<Viewed>(out.view.dtype, Shape{out.view.shape.back()});
    std::mt19937 random(3);
    bias->array.fill_small(random);
  }

  void run() {
    MatmulArgs args;
    args.a = a.view;
    args.b = b.view;
    args.out = out.view;
    if (bias) args.bias = bias->view;
    args.epilogue = epilogue;
    cpu().matmul(args);
  }

  double expected(const Dims& index) const {
    const int rank = index.rank();
    Dims at_a = index, at_b = index;
    double sum = bias ? bias->array.get(index.back()) : 0;
    for (int64_t p = 0; p < a.view.shape.back(); ++p) {
      at_a[rank - 1] = p;
      at_b[rank - 2] = p;
      sum += a.at(at_a) * b.at(at_b);
    }
    return sum;
  }

  /// Every element equals finish(sum), as its dtype stores it.
  template <class F>
  void check(F&& finish) {
    run();
    Array stored(out.view.dtype, 1);
    int64_t wrong = 0;
    for_each_index(out.view.shape, [&](const Dims& index) {
      stored.set(0, finish(expected(index), index));
      if (out.at(index) != stored.get(0) && ++wrong <= 3) {
        ADD_FAILURE() << to_string(a.view.shape) << " @ " << to_string(b.view.shape) << ", strides "
                      << to_string(a.view.strides) << ", " << to_string(b.view.strides) << " -> "
                      << to_string(out.view.strides) << " " << name(out.view.dtype) << " at "
                      << to_string(index) << ": " << out.at(index) << " is not " << stored.get(0);
      }
    });
  }
  void check() {
    check([](double sum, const Dims&) { return sum; });
  }

 private:
  void fill() {
    std::mt19937 random(1);
    a.array.fill_small(random);
    b.array.fill_small(random);
    for (int64_t i = 0; i < out.array.size(); ++i) out.array.set(i, 77);
  }
};

Case product(DType dtype, int64_t m, int64_t k, int64_t n) {
  return {dtype, {m, k}, {k, n}, {m, n}};
}

Layout rows(int64_t count, int64_t length, int64_t stride) {
  return {{stride, 1}, 0, count * stride + length};
}
Layout transposed(int64_t count, int64_t length) { return {{1, count}, 0, count * length}; }

TEST(Matmul, EqualsItsDefinitionForAllSmallSizes) {
  for (const DType dtype : {float32, float64}) {
    for (const int64_t m : {1, 2, 5, 6, 7, 13, 25}) {
      for (const int64_t k : {1, 3, 8, 29}) {
        for (const int64_t n : {1, 2, 7, 8, 15, 16, 17, 33, 70}) product(dtype, m, k, n).check();
      }
    }
  }
}

TEST(Matmul, EqualsItsDefinitionForSizesThatAreCutInBlocks) {
  const int64_t sizes[][3] = {{257, 263, 269}, {64, 700, 300}, {301, 40, 600}, {513, 3, 1030},
                              {128, 784, 10},  {9, 900, 1100}, {1200, 500, 7}, {97, 1000, 97}};
  for (const auto& s : sizes) product(float32, s[0], s[1], s[2]).check();
  product(float64, 150, 600, 170).check();
}

TEST(Matmul, TakesEveryTransposition) {
  const int64_t sizes[][3] = {{5, 9, 11}, {64, 64, 64}, {200, 150, 170}, {300, 333, 14}};
  for (const auto& s : sizes) {
    const int64_t m = s[0], k = s[1], n = s[2];
    for (int which = 0; which < 8; ++which) {
      Case(float32, {m, k}, which & 1 ? transposed(m, k) : rows(m, k, k + 3), {k, n},
           which & 2 ? transposed(k, n) : rows(k, n, n + 5), {m, n},
           which & 4 ? transposed(m, n) : rows(m, n, n + 1))
          .check();
    }
  }
}

TEST(Matmul, ReadsAndWritesAnyStrides) {
  std::mt19937 random(5);
  const auto pick = [&](int64_t n) { return std::uniform_int_distribution<int64_t>(1, n)(random); };
  for (int i = 0; i < 300; ++i) {
    const int64_t b0 = pick(3), b1 = pick(3), m = pick(20), k = pick(20), n = pick(20);
    const Shape a{b0, b1, m, k}, b{b0, b1, k, n}, c{b0, b1, m, n};
    const DType dtype = i % 2 == 0 ? float32 : float64;
    Case(dtype, a, random_layout(a, random, true), b, random_layout(b, random, true), c,
         random_layout(c, random, false))
        .check();
  }
}

TEST(Matmul, WorksForEveryDType) {
  std::mt19937 random(6);
  for (const DType dtype : kAllDTypes) {
    product(dtype, 17, 40, 19).check();
    const Shape a{2, 9, 11}, b{2, 11, 5}, c{2, 9, 5};
    for (int i = 0; i < 10; ++i) {
      Case(dtype, a, random_layout(a, random, true), b, random_layout(b, random, true), c,
           random_layout(c, random, false))
          .check();
    }
  }
}

TEST(Matmul, AccumulatesHalfTypesInFloat32) {
  // 4096 ones: float16 and bfloat16 sums would stick at 2048 and 256.
  for (const DType dtype : {float16, bfloat16}) {
    Case c(dtype, {2, 4096}, {4096, 3}, {2, 3});
    for (int64_t i = 0; i < c.a.array.size(); ++i) c.a.array.set(i, 1);
    for (int64_t i = 0; i < c.b.array.size(); ++i) c.b.array.set(i, 1);
    c.run();
    EXPECT_EQ(c.out.at({1, 2}), 4096);
  }
}

TEST(Matmul, WrapsIntegers) {
  Case c(uint8, {1, 2}, {2, 1}, {1, 1});
  for (int64_t i = 0; i < 2; ++i) {
    c.a.array.set(i, 20);
    c.b.array.set(i, 10);
  }
  c.run();
  EXPECT_EQ(c.out.at({0, 0}), 400 - 256);
}

TEST(Matmul, MultipliesVectorsOfAnyLength) {
  for (const int64_t k : {1, 7, 64, 1000, 5000}) {
    for (const int64_t n : {1, 3, 63, 64, 1100}) {
      for (const bool flip : {false, true}) {
        const Layout b = flip ? transposed(k, n) : rows(k, n, n);
        Case(float32, {1, k}, rows(1, k, k), {k, n}, b, {1, n}, rows(1, n, n)).check();
        const Layout a = flip ? transposed(n, k) : rows(n, k, k);
        Case(float32, {n, k}, a, {k, 1}, rows(k, 1, 1), {n, 1}, rows(n, 1, 1)).check();
      }
    }
  }
}

TEST(Matmul, AddsUpALongInnerDimension) {
  product(float32, 5, 30000, 6).check();
  product(float64, 16, 20000, 3).check();
  product(float32, 1, 200000, 70).check();
}

TEST(Matmul, BroadcastsBatches) {
  // One matrix for all items (joined to one tall product), and the other way round.
  Case(float32, {4, 3, 50, 60}, {{9000, 3000, 60, 1}, 0, 36000}, {4, 3, 60, 70},
       {{0, 0, 70, 1}, 0, 4200}, {4, 3, 50, 70}, {{10500, 3500, 70, 1}, 0, 42000})
      .check();
  Case(float32, {40, 20, 30}, {{0, 30, 1}, 0, 600}, {40, 30, 20}, {{600, 20, 1}, 0, 24000},
       {40, 20, 20}, {{400, 20, 1}, 0, 16000})
      .check();
  Case(float32, {3, 200, 100}, {{20000, 100, 1}, 0, 60000}, {3, 100, 150},
       {{15000, 150, 1}, 0, 45000}, {3, 200, 150}, {{30000, 150, 1}, 0, 90000})
      .check();
}

TEST(Matmul, AddsTheBiasOnce) {
  const int64_t sizes[][3] = {{1, 100, 90},  {90, 100, 1},  {7, 5, 9},      {64, 16, 32},
                              {300, 700, 9}, {3, 9000, 11}, {260, 300, 280}};
  for (const auto& s : sizes) {
    for (const DType dtype : {float32, float64, bfloat16, int32}) {
      Case c = product(dtype, s[0], s[1], s[2]);
      c.add_bias();
      c.check();
    }
  }
}

TEST(Matmul, OfAnEmptyInnerDimensionIsTheBias) {
  for (const int64_t m : {1, 3, 40}) {
    for (const int64_t n : {1, 5, 100}) {
      product(float32, m, 0, n).check();
      Case c = product(float32, m, 0, n);
      c.add_bias();
      c.check();
    }
  }
}

TEST(Matmul, OfNoRowsOrColumnsDoesNothing) {
  product(float32, 0, 5, 7).check();
  product(float32, 5, 7, 0).check();
  Case(float32, {0, 2, 3}, {0, 3, 4}, {0, 2, 4}).check();
}

TEST(Matmul, RunsTheEpilogueOnEveryElementOnce) {
  PointwiseBuilder builder("scaled_residual", 2, 1);
  builder.output(builder.apply(Opcode::relu, builder.input(0)) * builder.scalar(0) +
                 builder.input(1));
  const ProgramPtr program = builder.build();
  const Scalar scalars[] = {2.0};
  const int64_t sizes[][4] = {{1, 3, 4, 5},      {1, 300, 90, 260}, {1, 1, 700, 2000},
                              {1, 700, 2000, 1}, {1, 4, 20000, 5},  {3, 30, 20, 10},
                              {40, 9, 8, 7},     {2, 200, 100, 150}};
  for (const auto& s : sizes) {
    for (const DType dtype : {float32, bfloat16, int32}) {
      for (const bool flip : {false, true}) {
        const Shape c{s[0], s[1], s[3]};
        const Layout layout{flip ? Strides{s[1] * s[3], 1, s[1]} : Strides{s[1] * s[3], s[3], 1}, 0,
                            numel(c)};
        const Shape a{s[0], s[1], s[2]}, b{s[0], s[2], s[3]};
        // Broadcast batches of b are joined to one product.
        const Layout b_layout{{0, s[3], 1}, 0, s[2] * s[3]};
        Case it(dtype, a, {contiguous_strides(a), 0, numel(a)}, b, b_layout, c, layout);
        it.add_bias();
        Viewed residual(dtype, c, {{0, 0, 1}, 0, s[3]});
        std::mt19937 random(9);
        residual.array.fill_small(random);
        it.epilogue.program = program.get();
        const TensorView inputs[] = {residual.view};
        it.epilogue.inputs = inputs;
        it.epilogue.scalars = scalars;
        it.check([&](double sum, const Dims& index) {
          return std::max(sum, 0.0) * 2 + residual.at(index);
        });
      }
    }
  }
}

TEST(Matmul, IsBitwiseEqualForAnyNumberOfThreads) {
  const int64_t sizes[][3] = {{300, 400, 500}, {16, 40000, 16}, {1, 3000, 2000},
                              {2000, 3000, 1}, {64, 64, 5000},  {100, 1000, 100}};
  for (const auto& s : sizes) {
    Case c = product(float32, s[0], s[1], s[2]);
    c.a.fill(11, 0.3);
    c.b.fill(12, 0.7);
    EXPECT_TRUE(same_for_any_threads([&] { c.run(); }, {&c.out})) << s[0] << " " << s[1];
  }
  Case batched(float32, {20, 70, 80}, {20, 80, 90}, {20, 70, 90});
  batched.a.fill(11, 0.3);
  batched.b.fill(12, 0.7);
  EXPECT_TRUE(same_for_any_threads([&] { batched.run(); }, {&batched.out}));
}

TEST(Matmul, KeepsNaNAndInfinityInTheirRows) {
  Case c = product(float32, 20, 30, 40);
  c.a.set({3, 5}, std::numeric_limits<double>::quiet_NaN());
  c.run();
  for_each_index(c.out.view.shape,
                 [&](const Dims& index) { EXPECT_EQ(std::isnan(c.out.at(index)), index[0] == 3); });
}

}  // namespace
}  // namespace ct::test
