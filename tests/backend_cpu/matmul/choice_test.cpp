// Which algorithm products of floats take on the CPU, and how a batch shares the threads.
#include "backend_cpu/matmul/choice.hpp"

#include <gtest/gtest.h>

namespace ct::cpu {
namespace {

/// (m, k) by (k, n), b lying by rows or by columns.
Gemm<float> product(int64_t m, int64_t n, int64_t k, bool b_by_rows) {
  Gemm<float> g;
  g.m = m;
  g.n = n;
  g.k = k;
  g.b_row = b_by_rows ? n : 1;
  g.b_column = b_by_rows ? 1 : k;
  return g;
}

TEST(GemmChoice, OneRowStreamsTheMatrix) {
  EXPECT_EQ(choose_gemm(product(1, 64, 100, true)), GemmAlgorithm::vector);
  EXPECT_EQ(choose_gemm(product(1, 3, 100, false)), GemmAlgorithm::vector);
  EXPECT_EQ(choose_gemm(product(2, 64, 100, true)), GemmAlgorithm::blocks);
}

TEST(GemmChoice, NarrowRowsAndStridesInBothDirectionsGoByBlocks) {
  EXPECT_EQ(choose_gemm(product(1, 63, 100, true)), GemmAlgorithm::blocks);
  Gemm<float> gaps = product(1, 64, 100, true);
  gaps.b_row = 256;
  gaps.b_column = 2;
  EXPECT_EQ(choose_gemm(gaps), GemmAlgorithm::blocks);
}

TEST(GemmChoice, BatchesOfSmallProductsGoSideBySide) {
  EXPECT_EQ(choose_order(100, 1), BatchOrder::side_by_side);
  EXPECT_EQ(choose_order(2, 1), BatchOrder::side_by_side);
  EXPECT_EQ(choose_order(16, 15), BatchOrder::side_by_side);
}

TEST(GemmChoice, FewOrLargeProductsTakeAllThreadsEach) {
  EXPECT_EQ(choose_order(15, 2), BatchOrder::one_by_one);
  EXPECT_EQ(choose_order(100, 16), BatchOrder::one_by_one);
}

}  // namespace
}  // namespace ct::cpu
