// Complex tensors: making and reading them, parts, promotion, gradients as PyTorch defines them,
// and what is refused. Numbers of the ops themselves: tests/reference, tests/conformance.
#include "customtensor/ops/complex.hpp"

#include <gtest/gtest.h>

#include <complex>
#include <vector>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;
using C64 = std::complex<float>;
using C128 = std::complex<double>;

Tensor numbers() { return tensor({C64(1, 2), C64(-3, 0.5F), C64(0, 0)}); }

TEST(Complex, IsMadeOfAndReadAsStdComplex) {
  EXPECT_EQ(numbers().dtype(), complex64);
  EXPECT_EQ(numbers().to_vector<C64>(), (std::vector<C64>{{1, 2}, {-3, 0.5F}, {0, 0}}));
  EXPECT_EQ(numbers().to_vector<C128>()[1], C128(-3, 0.5));
  EXPECT_EQ(tensor(C128(1, -1)).item<C128>(), C128(1, -1));
  EXPECT_EQ(tensor({{C128(1, 2)}, {C128(3, 4)}}).dtype(), complex128);
  EXPECT_EQ(full({2}, 3, {.dtype = complex64}).to_vector<C64>(), (std::vector<C64>(2, {3, 0})));
  EXPECT_EQ(zeros({2}, {.dtype = complex128}).to_vector<C128>(), std::vector<C128>(2));
  std::vector<C64> memory = {{1, 2}, {3, 4}};
  EXPECT_EQ(from_blob(memory.data(), {2}).to_vector<C64>(), memory);
  EXPECT_EQ(tensor({1, 2}).to(complex64).to_vector<C64>(), (std::vector<C64>{{1, 0}, {2, 0}}));
}

TEST(Complex, PrintsAsNumPy) {
  EXPECT_EQ(numbers().to_string(), "[ 1.+2.j  -3.+0.5j  0.+0.j ]");
  EXPECT_EQ(tensor({C64(10, -0.25F), C64(1, 12)}).to_string(), "[10. -0.25j  1.+12.j  ]");
  EXPECT_EQ(tensor(C64(1, -2)).to_string(), "(1-2j)");
  EXPECT_EQ(tensor(C64(0, 0.5F)).to_string(), "0.5j");
}

TEST(Complex, PartsAreViews) {
  Tensor z = numbers();
  EXPECT_EQ(real(z).to_vector<float>(), (std::vector<float>{1, -3, 0}));
  EXPECT_EQ(imag(z).strides(), Strides{2});
  imag(z).fill_(7);
  EXPECT_EQ(z.to_vector<C64>()[0], C64(1, 7));
  EXPECT_EQ(view_as_real(z).shape(), (Shape{3, 2}));
  EXPECT_TRUE(view_as_complex(view_as_real(z)).shares_storage(z));
  EXPECT_EQ(real(ones({2})).to_vector<float>(), (std::vector<float>{1, 1}));
}

TEST(Complex, PromotesRealNumbers) {
  EXPECT_EQ((numbers() + 1).dtype(), complex64);
  EXPECT_EQ((numbers() * ones({3}, {.dtype = float64})).dtype(), complex128);
  EXPECT_EQ((numbers() * ones({}, {.dtype = float64})).dtype(), complex64);
  EXPECT_EQ((numbers() * tensor({1, 2, 3})).to_vector<C64>()[1], C64(-6, 1));
  EXPECT_EQ(abs(numbers().to(complex128)).dtype(), float64);
  EXPECT_EQ((numbers() == numbers()).to_vector<bool>(), std::vector<bool>(3, true));
  EXPECT_EQ((numbers() != 0).to_vector<bool>(), (std::vector<bool>{true, true, false}));
}

TEST(Complex, LargeDivisorsDoNotOverflow) {
  const Tensor z = tensor({C64(1e30F, 1e30F)});
  EXPECT_EQ((z / z).item<C64>(), C64(1, 0));
  EXPECT_FLOAT_EQ(abs(z).item<float>(), std::sqrt(2.F) * 1e30F);
}

TEST(Complex, GradientsAreConjugateWirtingerOnes) {
  // L = |z|² has dL/dx + i dL/dy = 2 z.
  Tensor z = numbers().requires_grad_();
  real(z * conj(z)).sum().backward();
  EXPECT_EQ(z.grad().to_vector<C64>(), (std::vector<C64>{{2, 4}, {-6, 1}, {0, 0}}));
  // L = Re(w z) has conj(w).
  Tensor w = tensor(C64(3, 4)), y = numbers().requires_grad_();
  real(y * w).sum().backward();
  EXPECT_EQ(y.grad().to_vector<C64>(), std::vector<C64>(3, {3, -4}));
  // Of a real number the real part.
  Tensor x = tensor({2.F}, {.requires_grad = true});
  real(x * w).sum().backward();
  EXPECT_EQ(x.grad().dtype(), float32);
  EXPECT_EQ(x.grad().item<float>(), 3.F);
  // Of |z| at 0 it is 0, as PyTorch's.
  Tensor zero = zeros({1}, {.dtype = complex64, .requires_grad = true});
  abs(zero).sum().backward();
  EXPECT_EQ(zero.grad().item<C64>(), C64(0, 0));
}

TEST(Complex, GradcheckTakesComplexInputs) {
  const Tensor z = tensor({C128(1, 2), C128(-0.5, 0.25)}).requires_grad_();
  EXPECT_TRUE(gradcheck([](const Tensors& x) { return exp(x[0]) * conj(x[0]); }, {z}));
  EXPECT_TRUE(gradgradcheck([](const Tensors& x) { return sqrt(x[0]) / (x[0] + 1); }, {z}));
  const auto forgets_one_part = [](const Tensors& x) {
    return complex(real(x[0]), imag(x[0]).detach());
  };
  EXPECT_THROW(gradcheck(forgets_one_part, {z}), AutogradError);
}

TEST(Complex, ChangesInPlaceAreRecorded) {
  Tensor z = numbers().requires_grad_();
  Tensor y = z * 2;
  real(y).mul_(3);
  y.add_(z);
  real(y).sum().backward();
  EXPECT_EQ(z.grad().to_vector<C64>(), std::vector<C64>(3, {7, 0}));
}

TEST(Complex, RefusesWhatItHasNot) {
  EXPECT_EQ(message_of<DTypeError>([] { numbers() < numbers(); }),
            "lt: complex numbers have no 'lt'; take ct::abs(x), ct::real(x) or ct::imag(x)");
  EXPECT_EQ(message_of<DTypeError>([] { sort(numbers()); }),
            "complex: this op has no complex form: complex64 (3); take ct::real(x), ct::imag(x) or "
            "ct::abs(x)");
  EXPECT_EQ(message_of<DTypeError>([] { numbers().amax(); }),
            "complex: this op has no complex form: complex64 (3); take ct::real(x), ct::imag(x) or "
            "ct::abs(x)");
  EXPECT_EQ(message_of<DTypeError>([] { numbers().to(float32); }),
            "to: complex64 (3) has no float32 of its own; take ct::real(x), ct::imag(x) or "
            "ct::abs(x)");
  EXPECT_EQ(message_of<DTypeError>([] { zeros({3}).copy_(numbers()); }),
            "copy_: float32 does not hold the numbers of complex64 (3); take ct::real(x)");
  EXPECT_THROW(zeros({3}).add_(numbers()), DTypeError);
  EXPECT_EQ(
      message_of<DTypeError>([] { numbers().select(0, 0).item<float>(); }),
      "item: the tensor is complex64: a real number does not hold it; ask for std::complex, or "
      "take ct::real(x)");
  EXPECT_EQ(message_of<DTypeError>([] { numbers().to_vector<float>(); }),
            "to_vector: the tensor is complex64: float32 does not hold its numbers; ask for "
            "std::complex, or take ct::real(x)");
  EXPECT_EQ(
      message_of<DTypeError>([] { complex(tensor({1}), ones({1})); }),
      "complex: the parts are int64 and float32: they must be float32 or float64; convert with "
      ".to()");
  EXPECT_EQ(message_of<DTypeError>([] { imag(ones({1})); }),
            "imag: the tensor is float32: it must be complex; make one with ct::complex");
  EXPECT_EQ(message_of<DTypeError>([] {
              view_as_complex(tensor({1, 2}));
            }),
            "view_as_complex: the tensor is int64: it must be float32 or float64; convert with "
            ".to()");
  EXPECT_EQ(message_of<ShapeError>([] {
              view_as_complex(ones({2, 3}).t());
            }),
            "view_as_complex: numbers do not lie in pairs: shape (3, 2), strides (1, 3), offset 0; "
            "the last axis needs size 2 and stride 1, all else even places: copy with contiguous() "
            "first");
}

}  // namespace
}  // namespace ct
