// Products on the OpenCL device against the cpu device in float64.
#include <array>

#include "backend_opencl/custom_gpu.hpp"
#include "support/compare.hpp"

namespace ct::test {
namespace {

using OpenClMatmul = CustomGpuTest;

Tensor numbers(const Shape& shape, uint64_t seed) {
  Generator generator(seed);
  return rand(shape, {}, &generator) - 0.5;
}

TEST_F(OpenClMatmul, OddSizesAndBothTransposesAgree) {
  for (const auto& [m, k, n] : {std::array<int64_t, 3>{1, 1, 1},
                                {7, 5, 17},
                                {6, 64, 16},
                                {65, 130, 70},
                                {1, 40, 33},
                                {37, 9, 1}}) {
    const Tensor a = numbers({m, k}, 1);
    const Tensor b = numbers({k, n}, 2);
    const Tensor expected = matmul(a.to(float64), b.to(float64));
    const Tensor ga = a.to(gpu_);
    const Tensor gb = b.to(gpu_);
    const Tensor ta = a.t().contiguous().to(gpu_).t();
    const Tensor tb = b.t().contiguous().to(gpu_).t();
    EXPECT_TRUE(near(matmul(ga, gb), expected, 1e-5)) << m << " " << k << " " << n;
    EXPECT_TRUE(near(matmul(ta, gb), expected, 1e-5)) << m << " " << k << " " << n;
    EXPECT_TRUE(near(matmul(ga, tb), expected, 1e-5)) << m << " " << k << " " << n;
    EXPECT_TRUE(near(matmul(ta.to(float64), tb.to(float64)), expected, 1e-12));
  }
}

/// Few rows or columns: rows and columns of the matrix in one piece, with rests of every kind.
TEST_F(OpenClMatmul, FewVectorsAgree) {
  for (const int64_t vectors : {1, 2, 3, 4}) {
    for (const auto& [n, k] : {std::array<int64_t, 2>{5, 7}, {70, 64}, {131, 33}, {64, 300}}) {
      const Tensor x = numbers({vectors, k}, 1);
      const Tensor w = numbers({n, k}, 2);
      const Tensor bias = numbers({n}, 3);
      const Tensor expected = matmul(x.to(float64), w.to(float64).t());
      for (const DType dtype : {float32, float64, float16, bfloat16}) {
        const double bound = dtype == float64   ? 1e-12
                             : dtype == float32 ? 1e-5
                             : dtype == float16 ? 2e-2
                                                : 2e-1;
        const Tensor gx = x.to(dtype).to(gpu_);
        const Tensor gw = w.to(dtype).to(gpu_);
        const Tensor columns = w.t().contiguous().to(dtype).to(gpu_);
        const Tensor apart = stack({gx, gx}, 2).select(2, 1);  // every other element
        EXPECT_TRUE(near(matmul(gx, gw.t()), expected, bound)) << vectors << ' ' << n << ' ' << k;
        EXPECT_TRUE(near(matmul(gx, columns), expected, bound)) << vectors << ' ' << n << ' ' << k;
        EXPECT_TRUE(near(matmul(apart, gw.t()), expected, bound)) << vectors << ' ' << n;
        EXPECT_TRUE(near(matmul(gw, gx.t()), expected.t(), bound)) << vectors << ' ' << n;
        EXPECT_TRUE(near(matmul(columns.t(), gx.t()), expected.t(), bound)) << vectors << ' ' << n;
        EXPECT_TRUE(
            near(linear(gx, gw, bias.to(dtype).to(gpu_)), expected + bias.to(float64), bound));
        const Tensor both = stack({gx, gx * 2.0});
        EXPECT_TRUE(near(matmul(both, gw.t()).select(0, 1), expected * 2.0, 2 * bound));
      }
      const Tensor whole = (w * 100.0).to(int64);
      const Tensor wx = (x * 1e9).to(int64) * (int64_t{1} << 40);  // wraps
      EXPECT_EQ(matmul(wx.to(gpu_), whole.to(gpu_).t()).to_vector<int64_t>(),
                matmul(wx, whole.t()).to_vector<int64_t>());
    }
  }
}

TEST_F(OpenClMatmul, BatchesBroadcast) {
  const Tensor a = numbers({3, 1, 4, 5}, 1);
  const Tensor b = numbers({2, 5, 6}, 2);
  EXPECT_TRUE(near(matmul(a.to(gpu_), b.to(gpu_)), matmul(a.to(float64), b.to(float64)), 1e-6));
}

TEST_F(OpenClMatmul, AddsABias) {
  const Tensor x = numbers({9, 20}, 1);
  const Tensor w = numbers({13, 20}, 2);
  const Tensor bias = numbers({13}, 3);
  EXPECT_TRUE(near(linear(x.to(gpu_), w.to(gpu_), bias.to(gpu_)),
                   linear(x.to(float64), w.to(float64), bias.to(float64)), 1e-6));
}

TEST_F(OpenClMatmul, AnInnerSizeOfZeroGivesZeros) {
  EXPECT_EQ(matmul(zeros({2, 0}, gpu_), zeros({0, 3}, gpu_)).to_vector<float>(),
            std::vector<float>(6, 0.f));
}

TEST_F(OpenClMatmul, RunsAnEpilogue) {
  PointwiseBuilder b("relu_epilogue", 1);
  b.output(b.apply(Opcode::relu, b.input(0)));
  const ProgramPtr program = b.build();
  // The identity times x, through the contract itself.
  Backend& backend = gpu_.backend();
  void* a = backend.allocate(16);
  void* c = backend.allocate(16);
  const float values[] = {1.f, -2.f, 3.f, 4.f};
  const float identity[] = {1.f, 0.f, 0.f, 1.f};
  void* i = backend.allocate(16);
  backend.copy_from_host(a, 0, values, 16);
  backend.copy_from_host(i, 0, identity, 16);
  const auto view = [](void* buffer) { return TensorView{buffer, 0, float32, {2, 2}, {2, 1}}; };
  MatmulArgs args;
  args.a = view(i);
  args.b = view(a);
  args.out = view(c);
  args.epilogue.program = program.get();
  backend.matmul(args);
  float result[4];
  backend.copy_to_host(result, c, 0, 16);
  for (void* buffer : {a, c, i}) backend.deallocate(buffer, 16);
  EXPECT_EQ(std::vector<float>(result, result + 4), (std::vector<float>{1, 0, 3, 4}));
}

}  // namespace
}  // namespace ct::test
