// Which algorithm products take on OpenCL devices.
#include "backend_opencl/matmul/choice.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace ct::opencl {
namespace {

Profile device(Style style) {
  Profile profile;
  profile.style = style;
  profile.vector_bytes = 64;
  return profile;
}

const Profile& cpu() {
  static const Profile profile = device(Style::cpu);
  return profile;
}
const Profile& gpu() {
  static const Profile profile = device(Style::gpu);
  return profile;
}

TensorView matrix(int64_t rows, int64_t columns, bool by_columns = false, DType dtype = float32) {
  static float memory = 0;
  const Strides strides = by_columns ? Strides{1, rows} : Strides{columns, 1};
  return {&memory, 0, dtype, {rows, columns}, strides};
}

MatmulArgs product(int64_t m, int64_t k, int64_t n, bool b_by_columns = false,
                   DType dtype = float32) {
  MatmulArgs args;
  args.a = matrix(m, k, false, dtype);
  args.b = matrix(k, n, b_by_columns, dtype);
  args.out = matrix(m, n, false, dtype);
  return args;
}

TEST(OpenClMatmulChoice, FewVectorsReadTheMatrixWhereItLies) {
  for (const Profile& profile : {cpu(), gpu()}) {
    EXPECT_EQ(choose_own_matmul(product(4, 100, 100, true), profile), MatmulAlgorithm::vector_rows);
    EXPECT_EQ(choose_own_matmul(product(2, 100, 100), profile), MatmulAlgorithm::vector_columns);
    EXPECT_EQ(choose_own_matmul(product(100, 100, 1), profile), MatmulAlgorithm::vector_rows);
    EXPECT_NE(choose_own_matmul(product(5, 100, 100, true), profile), MatmulAlgorithm::vector_rows);
    EXPECT_NE(choose_own_matmul(product(3, 100, 100), profile), MatmulAlgorithm::vector_columns);
  }
}

TEST(OpenClMatmulChoice, ABiasAlongSeveralVectorsIsNoCaseForThem) {
  MatmulArgs args = product(100, 100, 2);
  args.a = matrix(100, 100);
  EXPECT_EQ(choose_own_matmul(args, cpu()), MatmulAlgorithm::vector_rows);
  args.bias = {args.out.buffer, 0, float32, {2}, {1}};
  EXPECT_NE(choose_own_matmul(args, cpu()), MatmulAlgorithm::vector_rows);
}

TEST(OpenClMatmulChoice, GpusTakeTiles) {
  EXPECT_EQ(choose_own_matmul(product(64, 64, 64), gpu()), MatmulAlgorithm::tiles);
  EXPECT_EQ(choose_own_matmul(product(1024, 1024, 1024), gpu()), MatmulAlgorithm::tiles);
}

TEST(OpenClMatmulChoice, CpusPackWhatIsReadOften) {
  EXPECT_EQ(choose_own_matmul(product(64, 64, 64), cpu()), MatmulAlgorithm::direct);
  EXPECT_EQ(choose_own_matmul(product(1024, 1024, 1024), cpu()), MatmulAlgorithm::packed);
  EXPECT_EQ(choose_own_matmul(product(64, 64, 64, true), cpu()), MatmulAlgorithm::direct_packed);
  EXPECT_EQ(choose_own_matmul(product(128, 64, 64), cpu()), MatmulAlgorithm::direct_packed);
  EXPECT_EQ(choose_own_matmul(product(64, 512, 10), cpu()), MatmulAlgorithm::direct_packed);
  EXPECT_EQ(choose_own_matmul(product(64, 64, 10), cpu()), MatmulAlgorithm::direct);
}

TEST(OpenClMatmulChoice, TypesThatAreOnlyStoredArePacked) {
  EXPECT_EQ(choose_own_matmul(product(64, 64, 64, false, float16), cpu()), MatmulAlgorithm::packed);
}

TEST(OpenClMatmulChoice, PlainProductsGoToClblastWhereItWasFaster) {
  const MatmulArgs plain = product(512, 512, 512);
  GemmChoices choices;
  choices.set({{.gemm = *as_gemm(plain), .own_us = 2, .clblast_us = 1}});
  EXPECT_EQ(choose_matmul(plain, cpu(), choices), MatmulAlgorithm::clblast);
  choices.set({{.gemm = *as_gemm(plain), .own_us = 1, .clblast_us = 2}});
  EXPECT_EQ(choose_matmul(plain, cpu(), choices), MatmulAlgorithm::direct_packed);
  choices.force(GemmKernel::clblast);
  EXPECT_EQ(choose_matmul(product(64, 64, 64, false, float16), cpu(), choices),
            MatmulAlgorithm::packed);
}

}  // namespace
}  // namespace ct::opencl
