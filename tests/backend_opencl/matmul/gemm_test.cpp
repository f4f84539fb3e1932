// Which products CLBlast may take over, the choice by timings, and CLBlast's results.
#include "backend_opencl/matmul/gemm.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "customtensor/backend.hpp"

namespace ct::opencl {
namespace {

TensorView view(Shape shape, Strides strides, DType dtype = DType::float32) {
  TensorView v;
  v.dtype = dtype;
  v.shape = shape;
  v.strides = strides;
  return v;
}

MatmulArgs product(const TensorView& a, const TensorView& b) {
  MatmulArgs args;
  args.a = a;
  args.b = b;
  args.out = view({a.shape[0], b.shape[1]}, {b.shape[1], 1}, a.dtype);
  return args;
}

TEST(OpenClGemm, RowsAndColumnsInMemoryOrderArePlain) {
  const auto plain = as_gemm(product(view({3, 5}, {5, 1}), view({5, 7}, {9, 1})));
  ASSERT_TRUE(plain);
  EXPECT_FALSE(plain->a_transposed || plain->b_transposed);
  EXPECT_EQ(plain->m, 3);
  EXPECT_EQ(plain->n, 7);
  EXPECT_EQ(plain->k, 5);
  EXPECT_EQ(plain->a_step, 5);
  EXPECT_EQ(plain->b_step, 9);
  const auto transposed = as_gemm(product(view({3, 5}, {1, 3}), view({5, 7}, {1, 5})));
  ASSERT_TRUE(transposed);
  EXPECT_TRUE(transposed->a_transposed && transposed->b_transposed);
  EXPECT_EQ(transposed->a_step, 3);
  EXPECT_EQ(transposed->b_step, 5);
}

TEST(OpenClGemm, WhatBlasCannotExpressIsLeftToOurKernels) {
  const TensorView b = view({5, 7}, {7, 1});
  EXPECT_FALSE(as_gemm(product(view({3, 5}, {20, 2}), b))) << "steps in both directions";
  EXPECT_FALSE(as_gemm(product(view({3, 5}, {0, 1}), b))) << "one row for all";
  EXPECT_FALSE(as_gemm(product(view({3, 5}, {-5, 1}), b))) << "rows backwards";
  EXPECT_FALSE(as_gemm(product(view({3, 5}, {2, 1}), b))) << "overlapping rows";
  EXPECT_FALSE(as_gemm(product(view({0, 5}, {5, 1}), b))) << "empty";
  EXPECT_FALSE(
      as_gemm(product(view({3, 5}, {5, 1}, DType::float16), view({5, 7}, {7, 1}, DType::float16))));
  MatmulArgs batch = product(view({3, 5}, {5, 1}), b);
  for (TensorView* v : {&batch.a, &batch.b, &batch.out}) {
    v->shape.insert(0, 2);
    v->strides.insert(0, numel(v->shape) / 2);
  }
  EXPECT_FALSE(as_gemm(batch));
}

Gemm square(int64_t n) { return {DType::float32, false, false, n, n, n, n, n, n}; }

TEST(OpenClGemm, TheNearestTimingChooses) {
  GemmChoices choices(GemmKernel::clblast);
  EXPECT_EQ(choices.choose(square(16)), GemmKernel::own) << "too small to be worth it untimed";
  EXPECT_EQ(choices.choose(square(1024)), GemmKernel::clblast);
  choices.set({{square(64), 2.0, 1.0}, {square(1024), 1.0, 2.0}});
  EXPECT_EQ(choices.choose(square(16)), GemmKernel::clblast);
  EXPECT_EQ(choices.choose(square(2048)), GemmKernel::own);
  Gemm transposed = square(1024);
  transposed.a_transposed = true;
  EXPECT_EQ(choices.choose(transposed), GemmKernel::clblast) << "this layout was not timed";
  choices.force(GemmKernel::own);
  EXPECT_EQ(choices.choose(square(16)), GemmKernel::own);
}

TEST(OpenClGemm, TimingsSurviveTheDiskAndDamageIsNoTiming) {
  const double never = std::numeric_limits<double>::infinity();
  Gemm odd{DType::float64, true, false, 3, 5, 7, 3, 5, 5};
  const std::string text = GemmChoices::to_text({{square(64), 1.5, never}, {odd, 0.25, 3}});
  const auto read = GemmChoices::from_text(text);
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].own_us, 1.5);
  EXPECT_TRUE(std::isinf(read[0].clblast_us));
  EXPECT_EQ(read[1].gemm.dtype, DType::float64);
  EXPECT_TRUE(read[1].gemm.a_transposed);
  EXPECT_EQ(read[1].gemm.k, 7);
  for (size_t cut = 0; cut < text.size(); ++cut) {
    EXPECT_LE(GemmChoices::from_text(text.substr(0, cut)).size(), 2U);
  }
  EXPECT_TRUE(
      GemmChoices::from_text("float32 0 0 0 1 1 1 1\nfloat99 0 0 1 1 1 1 1\n\nx\n").empty());
}

}  // namespace
}  // namespace ct::opencl
