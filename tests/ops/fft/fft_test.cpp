// Fourier transforms beyond what the reference data holds: long and awkward lengths, precision,
// threads, and what is refused.
#include "customtensor/fft.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <vector>

#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/ops/complex.hpp"
#include "customtensor/ops/window.hpp"
#include "customtensor/threads.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;

/// The largest difference, to the scale of what is expected.
double error_of(const Tensor& actual, const Tensor& expected) {
  return (abs(actual.to(complex128) - expected).amax() / abs(expected).amax()).item<double>();
}

TEST(Fft, FloatFollowsDoubleForEveryKindOfLength) {
  manual_seed(3);
  for (const int64_t n : {2, 60, 64, 243, 1000, 1001, 4096, 30030, 65536, 37, 1009, 65537}) {
    const Tensor x = complex(randn({n}), randn({n}));
    const Tensor exact = fft::fft(x.to(complex128));
    const double limit = 0x1p-24 * (2 + std::log2(static_cast<double>(n)));
    EXPECT_LT(error_of(fft::fft(x), exact), limit) << n;
    EXPECT_LT(error_of(fft::ifft(exact), x.to(complex128)), 1e-14) << n;
  }
}

TEST(Fft, IsTheSumThatItStandsFor) {
  const Tensor x = arange(7).to(float64);
  const auto y = fft::fft(x).to_vector<std::complex<double>>();
  for (int k = 0; k < 7; ++k) {
    std::complex<double> sum;
    for (int j = 0; j < 7; ++j) sum += std::polar(1.0 * j, -2 * M_PI * j * k / 7);
    EXPECT_NEAR(std::abs(y[static_cast<size_t>(k)] - sum), 0, 1e-13);
  }
}

TEST(Fft, DoesNotDependOnThreads) {
  manual_seed(1);
  const Tensor x = randn({300, 96});
  const int threads = num_threads();
  set_num_threads(1);
  const auto one = view_as_real(fft::rfft(x)).to_vector<float>();
  set_num_threads(4);
  EXPECT_EQ(view_as_real(fft::rfft(x)).to_vector<float>(), one);
  set_num_threads(threads);
}

TEST(Fft, NothingStaysNothing) {
  EXPECT_EQ(fft::fft(zeros({0, 4})).shape(), (Shape{0, 4}));
  EXPECT_EQ(fft::rfft(zeros({2, 0, 4})).shape(), (Shape{2, 0, 3}));
}

TEST(Fft, ReadsAnyStrides) {
  manual_seed(2);
  const Tensor z = complex(randn({6, 5}), randn({6, 5}));
  const Tensor expected = fft::fft(z.t().clone());
  EXPECT_LT(error_of(fft::fft(z.t()), expected.to(complex128)), 1e-7);
  EXPECT_LT(error_of(fft::fft(z, std::nullopt, 0).t(), expected.to(complex128)), 1e-7);
}

TEST(Fft, RefusesWhatItHasNot) {
  const Tensor x = ones({2, 4});
  EXPECT_EQ(message_of<ValueError>([&] { fft::fft(x, 4, -1, "none"); }),
            "fft: the norm \"none\" is none of \"backward\", \"ortho\" and \"forward\"");
  EXPECT_EQ(message_of<DTypeError>([&] { fft::fft(x.to(float16)); }),
            "fft: float16 has no transforms; convert with .to(ct::float32)");
  EXPECT_EQ(message_of<DTypeError>([&] { fft::rfft(x.to(complex64)); }),
            "rfft: the input is complex64: it must be real; take ct::real(x), or transform by fft");
  EXPECT_EQ(message_of<ValueError>([&] { fft::ifft(x, 0); }),
            "ifft: a transform of length 0: it must be positive");
  EXPECT_EQ(message_of<ValueError>([&] {
              fft::fftn(x, {3}, {0, 1});
            }),
            "fftn: 1 lengths for 2 axes: s (3), dim (0, 1)");
  EXPECT_EQ(message_of<ValueError>([&] {
              fft::fftn(x, {3, 3, 3});
            }),
            "fftn: 3 lengths for a tensor with 2 axes: (3, 3, 3)");
  EXPECT_EQ(message_of<ValueError>([&] {
              fft::fft2(x, {}, {0, -2});
            }),
            "fft2: axis 0 is named twice: dim (0, -2)");
  EXPECT_EQ(message_of<ValueError>([&] { fft::fftn(ones({})); }),
            "fftn: a number has no axis to transform along: shape ()");
  EXPECT_THROW(fft::fft(x, 4, 2), IndexError);
}

TEST(Stft, GoesThereAndBack) {
  manual_seed(4);
  const Tensor x = randn({2, 50}, {.dtype = float64});
  const Tensor window = hann_window(16, true, {.dtype = float64});
  const Tensor z = stft(x, 16, {.hop_length = 4, .window = window});
  EXPECT_EQ(z.shape(), (Shape{2, 9, 13}));
  EXPECT_TRUE(
      test::near(istft(z, 16, {.hop_length = 4, .window = window, .length = 50}), x, 1e-12));
}

TEST(Stft, RefusesWhatDoesNotFit) {
  const Tensor x = ones({20});
  EXPECT_EQ(message_of<ValueError>([&] { stft(x, 8, {.hop_length = 0}); }),
            "stft: frames need 0 < win_length <= n_fft and 0 < hop_length: n_fft 8, hop_length 0, "
            "win_length 8");
  EXPECT_EQ(message_of<ShapeError>([&] { stft(x, 8, {.window = ones({7})}); }),
            "stft: the window has shape (7): it must be (8)");
  EXPECT_EQ(message_of<ShapeError>([&] {
              stft(ones({1, 2, 20}), 8);
            }),
            "stft: the signal has shape (1, 2, 20): it must be (length) or (batch, length)");
  EXPECT_EQ(message_of<ShapeError>([&] { stft(ones({5}), 8, {.center = false}); }),
            "stft: a signal of 5 values is shorter than a frame of 8: shape (5)");
  EXPECT_EQ(message_of<ShapeError>([&] {
              istft(ones({5, 3}), 8);
            }),
            "istft: spectra are float32 (5, 3): they must be complex (…, 5, frames) for n_fft 8");
  const Tensor z = ones({5, 3}, {.dtype = complex64});
  EXPECT_EQ(message_of<ValueError>([&] { istft(z, 8, {.hop_length = 20}); }),
            "istft: the windows leave a gap: n_fft 8, hop_length 20: their squares must add up to "
            "more than 0 everywhere");
}

TEST(Window, RefusesWhatItCannotBe) {
  EXPECT_EQ(message_of<ValueError>([] { hann_window(-1); }), "hann_window: a window of -1 values");
  EXPECT_EQ(message_of<DTypeError>([] { kaiser_window(3, true, 12.0, {.dtype = int32}); }),
            "kaiser_window: windows are floating: int32 cannot hold them");
}

}  // namespace
}  // namespace ct
